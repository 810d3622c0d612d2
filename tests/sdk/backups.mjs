// Backups: made, listed, downloaded, sent, restored and deleted.
import assert from "node:assert/strict";
import PocketBase from "pocketbase";

const [url, email, password] = process.argv.slice(2);
const root = new PocketBase(url);
await root.collection("_superusers").authWithPassword(email, password);

const notes = await root.collections.create({
  name: "notes",
  type: "base",
  listRule: "",
  viewRule: "",
  fields: [
    { name: "text", type: "text" },
    { name: "picture", type: "file", maxSelect: 1 },
  ],
});
const first = await root.collection("notes").create({
  text: "first",
  picture: new File(["as it was"], "note.txt"),
});

assert.equal(await root.backups.create("first.zip"), true);
const [backup] = await root.backups.getFullList();
assert.equal(backup.key, "first.zip");
assert.equal((await root.health.check()).data.canBackup, true);

const token = await root.files.getToken();
const archive = await (await fetch(root.backups.getDownloadURL(token, "first.zip"))).blob();
assert.equal(archive.size, backup.size);
assert.equal(await root.backups.upload({ file: new File([archive], "sent.zip") }), true);
await assert.rejects(root.backups.upload({ file: new File(["no zip"], "x.zip") }), (error) => {
  assert.equal(error.response.data.file.code, "validation_invalid_mime_type");
  return error.status === 400;
});
await assert.rejects(root.backups.create("first.zip"), { status: 400 });
await assert.rejects(root.backups.restore("none.zip"), { status: 400 });
await assert.rejects(new PocketBase(url).backups.getFullList(), { status: 401 });

await root.collection("notes").delete(first.id);
await root.collection("notes").create({ text: "second" });
assert.equal(await root.backups.restore("sent.zip"), true);

// A moment later every process shows what was; whoever was logged in then still is.
const guest = new PocketBase(url);
const deadline = Date.now() + 60_000;
let calm = 0;
while (calm < 20) {
  assert.ok(Date.now() < deadline, "the restored state did not come");
  const texts = await guest
    .collection("notes")
    .getFullList({ requestKey: null })
    .then((found) => found.map((note) => note.text).join())
    .catch(() => "");
  calm = texts === "first" ? calm + 1 : 0;
  await new Promise((resolve) => setTimeout(resolve, 25));
}
const restored = await guest.collection("notes").getOne(first.id);
assert.deepEqual(restored, first);
const file = await fetch(guest.files.getURL(restored, restored.picture));
assert.equal(await file.text(), "as it was");
assert.equal((await root.collections.getOne("notes")).id, notes.id);
await root.collection("notes").create({ text: "third" });
const fact = (await root.send("/api/audit", { query: { perPage: 2 } })).items[1];
assert.deepEqual([fact.type, fact.data.name], ["_backups.restored", "sent.zip"]);

for (const { key } of await root.backups.getFullList()) {
  assert.equal(await root.backups.delete(key), true);
}
assert.deepEqual(await root.backups.getFullList(), []);
console.log("ok");
