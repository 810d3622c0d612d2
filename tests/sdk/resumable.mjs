// Uploads that are gone on with, by the client that most pages use for them.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import PocketBase from "pocketbase";
import * as tus from "tus-js-client";

const [url, email, password] = process.argv.slice(2);
const root = new PocketBase(url);
await root.collection("_superusers").authWithPassword(email, password);
const rules = { listRule: "", viewRule: "", createRule: "", updateRule: "", deleteRule: "" };
await root.collections.create({
  name: "reels", type: "base", ...rules,
  fields: [{ name: "film", type: "file", maxSelect: 1, maxSize: 50_000_000 }],
});

const film = randomBytes(12_000_000);
const options = {
  endpoint: `${url}/api/uploads`,
  headers: { Authorization: root.authStore.token },
  metadata: { filename: "Opening Day.mp4", filetype: "video/mp4" },
  retryDelays: [0, 200, 500],
};

// Broken off in the middle, gone on with by another object that knows nothing but the address.
const begun = await new Promise((resolve, reject) => {
  const upload = new tus.Upload(film, {
    ...options, chunkSize: 3_000_000, onError: reject,
    onChunkComplete: async (_, accepted) => {
      if (accepted >= 6_000_000) { await upload.abort(); resolve(upload.url); }
    },
  });
  upload.start();
});
const seen = [];
const finished = await new Promise((resolve, reject) => {
  const upload = new tus.Upload(film, {
    ...options, uploadUrl: begun, onError: reject, onSuccess: () => resolve(upload.url),
    onProgress: (sent) => seen.push(sent),
  });
  upload.start();
});
assert.equal(finished, begun);
assert.ok(seen[0] >= 6_000_000, "what had been sent was not sent again");

const made = await root.collection("reels").create({ film: `upload:${begun.split("/").pop()}` });
assert.match(made.film, /^opening_day_[a-z0-9]{10}\.mp4$/);
const fetched = Buffer.from(await (await fetch(root.files.getURL(made, made.film))).arrayBuffer());
assert.ok(fetched.equals(film));

// With the first bytes in the creation; then given up.
const other = await new Promise((resolve, reject) => {
  const upload = new tus.Upload(film.subarray(0, 1000), {
    ...options, uploadDataDuringCreation: true, onError: reject, onSuccess: () => resolve(upload),
  });
  upload.start();
});
await other.abort(true);
const gone = await fetch(other.url, {
  method: "HEAD", headers: { ...options.headers, "Tus-Resumable": "1.0.0" },
});
assert.equal(gone.status, 404);
await root.collections.delete("reels");
console.log("done");
