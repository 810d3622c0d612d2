// Logging in by a real provider with a code, as a server or a native app does. Arguments: the
// server's URL, the collection, where the provider sends people back to.
import assert from "node:assert/strict";
import PocketBase, { ClientResponseError } from "pocketbase";

const [url, collection, back] = process.argv.slice(2);
const pb = new PocketBase(url);
pb.autoCancellation(false);
const members = pb.collection(collection);
const person = `sdk${Date.now()}`;

// A browser without a window: follows redirects with its cookies, fills in the login form.
async function codeFor(address) {
  const cookies = new Map();
  let [next, form] = [address, null];
  for (let hop = 0; hop < 10; hop += 1) {
    const answer = await fetch(next, {
      redirect: "manual",
      method: form ? "POST" : "GET",
      body: form,
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(";")[0].split("=");
      cookies.set(name, value);
    }
    form = null;
    if (answer.status < 300) {
      form = new URLSearchParams({ prompt: "login", login: person, password: "any" });
      continue;
    }
    next = new URL(answer.headers.get("location"), next).href;
    if (next.startsWith(back)) return new URL(next).searchParams;
  }
  return assert.fail("the provider sent nobody back");
}

async function logIn(name) {
  const { oauth2 } = await members.listAuthMethods();
  assert.equal(oauth2.enabled, true);
  const offer = oauth2.providers.find((provider) => provider.name === name);
  const told = await codeFor(offer.authURL + encodeURIComponent(back));
  assert.equal(told.get("state"), offer.state);
  return [told.get("code"), offer.codeVerifier];
}

// a stranger gets an account
const [code, verifier] = await logIn("oidc");
const login = await members.authWithOAuth2Code("oidc", code, verifier, back, { name: "Sent" });
assert.equal(login.meta.isNew, true);
assert.equal(login.meta.email, `${person}@example.com`);
assert.equal(login.meta.rawUser.preferred_username, person);
assert.equal(login.record.email, `${person}@example.com`);
assert.equal(login.record.verified, true);
assert.equal(login.record.name, "Sent");
assert(pb.authStore.isValid);
assert.equal((await members.authRefresh()).record.id, login.record.id);

// a code is good once
await assert.rejects(members.authWithOAuth2Code("oidc", code, verifier, back), (error) => {
  assert(error instanceof ClientResponseError);
  assert.equal(error.status, 400);
  assert.deepEqual(error.response.data, {});
  return true;
});

// another provider is linked to whoever is logged in; then both lead to one account
const [second, secondVerifier] = await logIn("oidc2");
const linked = await members.authWithOAuth2Code("oidc2", second, secondVerifier, back);
assert.equal(linked.record.id, login.record.id);
assert.equal(linked.meta.isNew, false);
const links = await members.listExternalAuths(login.record.id);
assert.deepEqual(links.map((link) => link.provider).sort(), ["oidc", "oidc2"]);
assert.equal(await members.unlinkExternalAuth(login.record.id, "oidc2"), true);
assert.equal((await members.listExternalAuths(login.record.id)).length, 1);

console.log("ok");
