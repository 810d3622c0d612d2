// Everything the first users of the SDK do, checked call by call. Argument: the server's URL.
import assert from "node:assert/strict";
import PocketBase, { ClientResponseError } from "pocketbase";

const pb = new PocketBase(process.argv[2]);
pb.autoCancellation(false);
const unique = `${Date.now()}${Math.floor(Math.random() * 1e6)}`;
const email = `fan${unique}@example.com`;
const password = "a long enough password";

async function refused(promise, status) {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof ClientResponseError, String(error));
    assert.equal(error.status, status, JSON.stringify(error.response));
    assert.equal(error.response.status, status);
    assert.equal(typeof error.response.message, "string");
    assert.equal(typeof error.response.data, "object");
    return error.response;
  }
  assert.fail(`was not refused with ${status}`);
}

// health
const health = await pb.health.check();
assert.equal(health.code, 200);

// sign up
const users = pb.collection("users");
const user = await users.create({ email, password, passwordConfirm: password, name: "Thread" });
assert.match(user.id, /^[a-z0-9]{15}$/);
assert.equal(user.collectionName, "users");
assert.equal(user.password, undefined);
assert.equal(user.tokenKey, undefined);
assert.match(user.username, /^[a-zA-Z0-9_]{3,20}$/);

// refused sign-ups: the shape of validation errors
const taken = await refused(users.create({ email, password, passwordConfirm: password }), 400);
assert.equal(taken.data.email.code, "validation_not_unique");
const other = `x${email}`;
const mismatch = await refused(
  users.create({ email: other, password, passwordConfirm: "another long one" }),
  400,
);
assert.equal(mismatch.data.passwordConfirm.code, "validation_values_mismatch");
const short = await refused(
  users.create({ email: other, password: "short", passwordConfirm: "short" }),
  400,
);
assert.equal(short.data.password.code, "validation_min_text_constraint");
assert.equal(typeof short.data.password.message, "string");

// log in
await refused(users.authWithPassword(email, "the wrong password"), 400);
assert.equal(pb.authStore.isValid, false);
const login = await users.authWithPassword(email, password);
assert.equal(login.record.id, user.id);
assert.equal(login.record.email, email);
assert(pb.authStore.isValid);
assert.equal(pb.authStore.isSuperuser, false);

// refresh
const before = pb.authStore.token;
const refreshed = await users.authRefresh();
assert.equal(refreshed.record.id, user.id);
assert.equal(refreshed.token.split(".").length, 3);
assert.notEqual(before, "");

// the profile the server made at sign-up
const profile = await pb
  .collection("unified_users")
  .getFirstListItem(pb.filter("user_id = {:id}", { id: user.id }));
assert.equal(profile.user_id, user.id);

// create
const cards = pb.collection("unified_cards");
const made = [];
for (const [title, photocard_rarity] of [
  ["Common", "common"],
  ["Legend", "legendary"],
  ["Quote \" ' \\ 홀로", "rare"],
]) {
  made.push(
    await cards.create({
      title,
      photocard_rarity,
      community_is_public: true,
      community_creator: user.id,
      community_likes: 99, // derived: ignored
    }),
  );
}
assert.equal(made[0].community_likes, 0);
assert.equal(made[1].rarity_rank, 4);
assert.equal(made[0].holographic_effect, "overlay");
const untitled = await refused(cards.create({ community_creator: user.id }), 400);
assert.equal(untitled.data.title.code, "validation_required");

// list: filter, sort, expand, fields
const mine = pb.filter("community_creator = {:id}", { id: user.id });
const list = await cards.getList(1, 2, { filter: mine, sort: "-rarity_rank", expand: "community_creator" });
assert.equal(list.page, 1);
assert.equal(list.perPage, 2);
assert.equal(list.totalItems, 3);
assert.equal(list.totalPages, 2);
assert.deepEqual(list.items.map((card) => card.title), ["Legend", "Quote \" ' \\ 홀로"]);
assert.equal(list.items[0].expand.community_creator.id, user.id);
const quoted = await cards.getFirstListItem(pb.filter("title = {:t}", { t: made[2].title }) + ` && ${mine}`);
assert.equal(quoted.id, made[2].id);
const slim = await cards.getList(1, 1, { filter: mine, fields: "id,title" });
assert.deepEqual(Object.keys(slim.items[0]).sort(), ["id", "title"]);
const all = await cards.getFullList({ filter: mine, batch: 2, sort: "created" });
assert.equal(all.length, 3);
const uncounted = await cards.getList(1, 2, { filter: mine, skipTotal: true });
assert.equal(uncounted.totalItems, -1);
await refused(cards.getList(1, 2, { filter: "title = " }), 400);
await refused(cards.getOne("aaaaaaaaaaaaaaa"), 404);

// update, seen at once
const changed = await cards.update(made[0].id, { title: "Renamed" });
assert.equal(changed.title, "Renamed");
assert.equal((await cards.getOne(made[0].id)).title, "Renamed");

// somebody else cannot
const guest = new PocketBase(process.argv[2]);
await refused(guest.collection("unified_cards").update(made[0].id, { title: "Mine" }), 404);
await refused(guest.collection("unified_cards").delete(made[0].id), 404);
await refused(guest.collection("unified_cards").create({ title: "x", community_creator: user.id }), 400);
await refused(guest.collection("users").authRefresh(), 401);
const seen = await guest.collection("users").getOne(user.id).catch(() => null);
assert(seen === null || seen.email === undefined || seen.email === "");

// delete
for (const card of made) assert.equal(await cards.delete(card.id), true);
await refused(cards.getOne(made[0].id), 404);
assert.equal((await cards.getList(1, 1, { filter: mine })).totalItems, 0);

console.log("ok");
