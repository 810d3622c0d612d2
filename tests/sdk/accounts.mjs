// Codes, second factors and mailed links with the SDK. Arguments: the server's URL, the folder of its
// mails, and the superuser's address and password.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import PocketBase, { ClientResponseError } from "pocketbase";

const [url, folder, rootEmail, rootPassword] = process.argv.slice(2);
const password = "a long enough password";
const unique = `${Date.now()}${Math.floor(Math.random() * 1e6)}`;
const email = `fan${unique}@example.com`;

const root = new PocketBase(url);
root.autoCancellation(false);
await root.collection("_superusers").authWithPassword(rootEmail, rootPassword);
const club = await root.collections.create({
  name: `club${unique}`,
  type: "auth",
  createRule: "",
  viewRule: "id = @request.auth.id",
  otp: { enabled: true, duration: 180, length: 6 },
});

const pb = new PocketBase(url);
pb.autoCancellation(false);
const members = pb.collection(club.name);

// The text of the newest of so many mails to somebody.
async function mail(to, number) {
  for (let tries = 0; tries < 1000; tries++) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const found = names
      .filter((name) => name.endsWith(".eml"))
      .sort()
      .map((name) => readFileSync(`${folder}/${name}`, "utf8"))
      .filter((text) => text.includes(`\r\nTo: ${to}\r\n`));
    if (found.length >= number) {
      return found[number - 1].replaceAll("=\r\n", "").replaceAll("=3D", "=");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`no mail ${number} to ${to}`);
}
const tokenIn = (text) => text.match(/\/(ey[\w-]+\.[\w-]+\.[\w-]+)/)[1];
const codeIn = (text) => text.match(/\b\d{6}\b(?=\.)/)[0];

async function refused(promise, status) {
  try {
    await promise;
  } catch (error) {
    assert(error instanceof ClientResponseError, String(error));
    assert.equal(error.status, status, JSON.stringify(error.response));
    return error.response;
  }
  assert.fail(`was not refused with ${status}`);
}

const me = await members.create({ email, password, passwordConfirm: password });
const methods = await members.listAuthMethods();
assert.deepEqual(methods.otp, { enabled: true, duration: 180 });
assert.deepEqual(methods.mfa, { enabled: false, duration: 0 });

// a link confirms the address
await members.authWithPassword(email, password);
assert.equal(await members.requestVerification(email), true);
assert.equal(await members.confirmVerification(tokenIn(await mail(email, 1))), true);
assert.equal(pb.authStore.record.verified, true);

// a code lets in
const { otpId } = await members.requestOTP(email);
const code = codeIn(await mail(email, 2));
await refused(members.authWithOTP(otpId, "0"), 400);
const entered = await members.authWithOTP(otpId, code);
assert.equal(entered.record.id, me.id);
assert(pb.authStore.isValid);
await refused(members.authWithOTP(otpId, code), 400);

// two steps
await root.collections.update(club.id, { mfa: { enabled: true, duration: 600 } });
pb.authStore.clear();
const first = await refused(members.authWithPassword(email, password), 401);
assert.deepEqual(Object.keys(first), ["mfaId"]);
const second = await members.requestOTP(email);
await members.authWithOTP(second.otpId, codeIn(await mail(email, 3)), { mfaId: first.mfaId });
assert.equal(pb.authStore.record.id, me.id);
await root.collections.update(club.id, { mfa: { enabled: false } });

// a new address
const other = `new${email}`;
assert.equal(await members.requestEmailChange(other), true);
const change = tokenIn(await mail(other, 1));
assert.equal(await members.confirmEmailChange(change, password), true);
assert.equal(pb.authStore.isValid, false, "all tokens have ended, so the SDK forgets its own");
await members.authWithPassword(other, password);

// a forgotten password
const old = pb.authStore.token;
assert.equal(await members.requestPasswordReset(other), true);
const reset = tokenIn(await mail(other, 2));
assert.equal(await members.confirmPasswordReset(reset, "another password", "another password"), true);
pb.authStore.save(old, pb.authStore.record);
await refused(members.authRefresh(), 401);
await members.authWithPassword(other, "another password");
assert.equal(await members.requestPasswordReset("nobody@example.com"), true);

console.log("ok");
