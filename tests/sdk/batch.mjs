// Settings and batches through the official SDK.
import assert from "node:assert/strict";
import PocketBase from "pocketbase";

const [url, email, password] = process.argv.slice(2);
const root = new PocketBase(url);
root.autoCancellation(false);
await root.collection("_superusers").authWithPassword(email, password);

const before = await root.settings.getAll();
assert.equal(before.batch.enabled, false);
assert.ok(!("password" in before.smtp));
const changed = await root.settings.update({ batch: { enabled: true, maxRequests: 10 } });
assert.deepEqual(changed.batch, { ...before.batch, enabled: true, maxRequests: 10 });
await assert.rejects(root.settings.update({ meta: { appName: "" } }), (error) => {
  assert.equal(error.status, 400);
  assert.equal(error.response.data.meta.appName.code, "validation_required");
  return true;
});

const made = root.createBatch();
made.collection("tags").create({ name: "sdk-one", color: "#112233" });
made.collection("tags").upsert({ id: "sdkbatchtag0001", name: "sdk-two" }, { fields: "id,name" });
made.collection("tags").update("sdkbatchtag0001", { name: "sdk-three" });
const [one, two, three] = await made.send();
assert.deepEqual([one.status, two.status, three.status], [200, 200, 200]);
assert.equal(one.body.name, "sdk-one");
assert.deepEqual(two.body, { id: "sdkbatchtag0001", name: "sdk-two" });
assert.equal((await root.collection("tags").getOne("sdkbatchtag0001")).name, "sdk-three");

const failing = root.createBatch();
failing.collection("tags").delete("sdkbatchtag0001");
failing.collection("tags").create({ name: "" });
await assert.rejects(failing.send(), (error) => {
  assert.equal(error.status, 400);
  const { code, response } = error.response.data.requests["1"];
  assert.equal(code, "batch_request_failed");
  assert.equal(response.status, 400);
  assert.equal(response.data.name.code, "validation_required");
  return true;
});
assert.equal((await root.collection("tags").getOne("sdkbatchtag0001")).name, "sdk-three");

const gone = root.createBatch();
gone.collection("tags").delete("sdkbatchtag0001");
gone.collection("tags").delete(one.body.id);
assert.deepEqual(await gone.send(), [
  { body: null, status: 204 },
  { body: null, status: 204 },
]);
console.log("ok");
