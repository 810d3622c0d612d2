// Sessions, acting as somebody else, and new collections of older SDKs, with the SDK. Arguments: the
// server's URL, and the superuser's address and password.
import assert from "node:assert/strict";
import PocketBase, { ClientResponseError } from "pocketbase";

const [url, rootEmail, rootPassword] = process.argv.slice(2);
const password = "a long enough password";
const unique = `${Date.now()}${Math.floor(Math.random() * 1e6)}`;
const email = `fan${unique}@example.com`;

function client() {
  const made = new PocketBase(url);
  made.autoCancellation(false);
  return made;
}

async function isOut(pb) {
  const token = pb.authStore.token;
  try {
    await pb.collection(name).authRefresh();
  } catch (error) {
    assert(error instanceof ClientResponseError && error.status === 401, String(error));
    return true;
  }
  assert(token && pb.authStore.isValid);
  return false;
}

const [root, phone, laptop] = [client(), client(), client()];
await root.collection("_superusers").authWithPassword(rootEmail, rootPassword);
const name = `club${unique}`;
const schema = [{ name: "nick", type: "text", required: true, options: { max: 20 } }];
const club = await root.collections.create({ name, type: "auth", schema });
assert.deepEqual(club.fields.find((field) => field.name === "nick").max, 20);
const me = await root.collection(name).create({ nick: "Ann", email, password, passwordConfirm: password });

// where somebody is logged in, and the end of it
for (const pb of [phone, laptop]) {
  await pb.collection(name).authWithPassword(email, password);
}
const { items } = await laptop.send("/api/sessions", {});
assert.equal(items.length, 2);
const other = items.find((session) => !session.current);
await laptop.send(`/api/sessions/${other.id}`, { method: "DELETE" });
assert.equal(await isOut(phone), true);
assert.equal(await isOut(laptop), false);

// a superuser acts as somebody, who sees it and ends it with all others
const acting = await root.collection(name).impersonate(me.id, 60);
assert.equal(acting.authStore.record.id, me.id);
const given = acting.authStore.token;
await acting.collection(name).authRefresh();
assert.equal(acting.authStore.token, given, "it cannot be refreshed");
const seen = await laptop.send("/api/sessions", {});
assert(seen.items.some((session) => session.method === "impersonation"));
const fresh = await laptop.send("/api/sessions/end-others", { method: "POST" });
laptop.authStore.save(fresh.token, fresh.record);
assert.equal(await isOut(acting), true);
assert.equal(await isOut(laptop), false);

console.log("ok");
