// Files through the official SDK: File objects in, addresses out, tokens for what is protected.
import assert from "node:assert/strict";
import PocketBase from "pocketbase";

const [url, email, password] = process.argv.slice(2);
const root = new PocketBase(url);
await root.collection("_superusers").authWithPassword(email, password);
const open = { listRule: "", viewRule: null, createRule: "", updateRule: "", deleteRule: "" };
await root.collections.create({
  name: "crates", type: "base", ...open,
  fields: [
    { name: "title", type: "text" },
    { name: "meta", type: "json" },
    { name: "many", type: "file", maxSelect: 5 },
    { name: "guarded", type: "file", maxSelect: 1, protected: true },
  ],
});

const pb = new PocketBase(url);
const text = (content, name) => new File([content], name, { type: "text/plain" });
const crates = pb.collection("crates");
const made = await crates.create({
  title: "First", meta: { a: [1, "x"] }, many: [text("one", "One File.txt"), text("two", "two.txt")],
  guarded: text("secret", "secret.txt"),
});
assert.deepEqual(made.meta, { a: [1, "x"] });
assert.match(made.many[0], /^one_file_[a-z0-9]{10}\.txt$/);
const read = async (address) => { const r = await fetch(address); return [r.status, await r.text()]; };
assert.deepEqual(await read(pb.files.getURL(made, made.many[0])), [200, "one"]);

const added = await crates.update(made.id, { "many+": text("three", "three.txt"), "many-": made.many[1] });
assert.equal(added.many.length, 2);
assert.deepEqual(await read(pb.files.getURL(added, added.many[1])), [200, "three"]);

assert.equal((await read(pb.files.getURL(made, made.guarded)))[0], 404);
const token = await root.files.getToken();
assert.deepEqual(await read(pb.files.getURL(made, made.guarded, { token })), [200, "secret"]);

await root.settings.update({ batch: { enabled: true, maxRequests: 10, timeout: 20 } });
const batch = pb.createBatch();
batch.collection("crates").create({ title: "B", many: [text("four", "four.txt")] });
batch.collection("crates").update(made.id, { many: null });
const [first, second] = await batch.send();
assert.deepEqual(await read(pb.files.getURL(first.body, first.body.many[0])), [200, "four"]);
assert.deepEqual(second.body.many, []);

await assert.rejects(
  crates.create({ many: Array.from({ length: 6 }, (_, n) => text("x", `${n}.txt`)) }),
  (error) => error.response.data.many.code === "validation_too_many_files",
);
assert.deepEqual(await crates.delete(made.id), true);
await root.collections.delete("crates");
console.log("done");
