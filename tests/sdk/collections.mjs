// Every call of `pb.collections`, against a running server.
import assert from "node:assert/strict";
import PocketBase from "pocketbase";

const [url, email, password] = process.argv.slice(2);
const pb = new PocketBase(url);
await pb.collection("_superusers").authWithPassword(email, password);

const scaffolds = await pb.collections.getScaffolds();
assert.deepEqual(Object.keys(scaffolds).sort(), ["auth", "base", "view"]);

const made = await pb.collections.create({
  ...scaffolds.base,
  name: "sdk_events",
  listRule: "",
  fields: [...scaffolds.base.fields, { name: "title", type: "text", required: true }],
  indexes: ["CREATE INDEX sdk_titles ON sdk_events (title)"],
});
assert.equal(made.fields[1].name, "title");

const record = await pb.collection("sdk_events").create({ title: "Opening" });
made.fields[1].name = "heading";
const changed = await pb.collections.update(made.id, {
  name: "sdk_shows",
  fields: made.fields,
  indexes: ["CREATE INDEX sdk_titles ON sdk_shows (heading)"],
});
assert.equal(changed.name, "sdk_shows");
assert.equal((await pb.collection("sdk_shows").getOne(record.id)).heading, "Opening");

assert.equal((await pb.collections.getOne("SDK_shows")).id, made.id);
assert.equal((await pb.collections.getFirstListItem(`name = "sdk_shows"`)).id, made.id);
const listed = await pb.collections.getList(1, 1, { filter: `id = "${made.id}"` });
assert.equal(listed.totalItems, 1);
const all = await pb.collections.getFullList({ sort: "name" });
assert.ok(all.length > 3);

await pb.collections.import([{ ...changed, listRule: null }, { name: "sdk_more", type: "auth" }]);
assert.equal((await pb.collections.getOne("sdk_shows")).listRule, null);
assert.equal((await pb.collections.getOne("sdk_more")).authToken.duration, 432000);

await pb.collections.truncate("sdk_shows");
assert.equal((await pb.collection("sdk_shows").getList()).totalItems, 0);
for (const name of ["sdk_shows", "sdk_more"]) {
  assert.equal(await pb.collections.delete(name), true);
}
await assert.rejects(pb.collections.getOne("sdk_shows"), { status: 404 });
await assert.rejects(pb.collections.create({ name: "a b" }), (error) => {
  return error.response.data.name.code === "validation_match_invalid";
});
console.log("ok");
