// Running an instance: health, request logs, jobs and SQL.
import assert from "node:assert/strict";
import PocketBase from "pocketbase";

const [url, email, password] = process.argv.slice(2);
const root = new PocketBase(url);
await root.collection("_superusers").authWithPassword(email, password);

const health = await root.health.check();
assert.deepEqual([health.code, health.data.realIP], [200, "127.0.0.1"]);

await assert.rejects(root.send("/api/nope", {}), { status: 404 });
const logs = await root.logs.getList(1, 10, { filter: "data.status = 404", sort: "-created" });
assert.equal(logs.totalItems, 1);
assert.equal(logs.items[0].data.url, "/api/nope");
assert.deepEqual(await root.logs.getOne(logs.items[0].id), logs.items[0]);
const [hour] = await root.logs.getStats({ filter: "level > 0" });
assert.equal(hour.total, 1);
assert.equal(await root.logs.truncate(), true);

const jobs = await root.crons.getFullList();
assert.ok(jobs.some((job) => job.id === "__pbLogsCleanup__"));
assert.equal(await root.crons.run("__pbLogsCleanup__"), true);

const found = await root.sql.run("SELECT email, 1 FROM _superusers");
assert.deepEqual(found.rows, [[email, "1"]]);
assert.equal(found.columns[0].name, "email");
await assert.rejects(root.sql.run("DELETE FROM _superusers"), { status: 400 });

const guest = new PocketBase(url);
const rules = [{ label: "/api/health", audience: "", duration: 60, maxRequests: 1 }];
await root.settings.update({ rateLimits: { enabled: true, rules } });
await guest.health.check();
await assert.rejects(guest.health.check(), { status: 429 });

console.log("ok");
