// Runs the blocks marked `js` of how-to pages with the SDK, as printed, but for the server's address.
// Arguments: the server's URL, the superuser's address and password, the folder of mails, and the
// blocks as JSON, by page. Says in one line which of them failed, and how.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import PocketBase from "pocketbase";

const [url, rootEmail, rootPassword, mails, told] = process.argv.slice(2);
const AsyncFunction = (async () => {}).constructor;
const secret = "a long enough password";
const WAIT_MILLISECONDS = 20_000;
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const CODE = /\b(\d{8})\b/;
const LINK = /\/(ey[\w.-]+)/;
let people = 0;

function client() {
  const made = new PocketBase(url);
  made.autoCancellation(false);
  return made;
}

async function person(roles = []) {
  const email = `reader${(people += 1)}@example.com`;
  const fields = { email, password: secret, passwordConfirm: secret, roles, locale: "en" };
  const { id } = await root.collection("users").create(fields);
  const pb = client();
  await pb.collection("users").authWithPassword(email, secret);
  return { pb, id, email };
}

// What the next mail with such a text in it brings, however long it takes to come.
const read = new Set(readdirSync(mails));
function brought(pattern) {
  const end = Date.now() + WAIT_MILLISECONDS;
  while (Date.now() < end) {
    for (const name of readdirSync(mails)) {
      if (!name.endsWith(".eml") || read.has(name)) continue;
      read.add(name);
      const text = readFileSync(join(mails, name), "utf8").replaceAll(/=\r?\n/g, "");
      const found = pattern.exec(text);
      if (found) return found[1];
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  throw new Error("no mail has come");
}

const root = client();
await root.collection("_superusers").authWithPassword(rootEmail, rootPassword);
const all = await root.collection("roles").getFullList();
const roles = Object.fromEntries(all.map((role) => [role.name, role.id]));

// What the pages take for granted, beside what all of them do.
const given = {
  "codes-and-second-factors": async () => {
    const fan = { email: "fan@example.com", password: secret, passwordConfirm: secret, locale: "en" };
    await root.collection("users").create(fan);
    return {
      get code() {
        return brought(CODE);
      },
      askFor: async () => brought(CODE),
    };
  },
  "passwords-and-addresses": async () => ({
    get token() {
      return brought(LINK);
    },
  }),
  "instance-settings": async () => ({ email: rootEmail, password: rootPassword }),
  collections: async () => ({ pb: root }),
  views: async () => ({ pb: root }),
  roles: async () => {
    const admin = await person([roles.member, roles.admin]);
    return { pb: admin.pb, annasId: (await person()).id, operatorRoleId: roles.operator };
  },
  sessions: async ({ email, pb }) => {
    await client().collection("users").authWithPassword(email, secret);
    const { items } = await pb.send("/api/sessions", {});
    return { id: items.find((each) => !each.current).id, annasId: (await person()).id };
  },
  "page-and-edit-safely": async ({ pb, me }) => {
    const card = { title: "Old", community_creator: me };
    const { id } = await pb.collection("unified_cards").create(card);
    const fetched = (path, init) => fetch(url + path, init);
    return { id, token: pb.authStore.token, fetch: fetched };
  },
  files: async () => {
    await root.collections.create({
      name: "papers",
      type: "base",
      viewRule: "",
      fields: [{ name: "document", type: "file", protected: true }],
    });
    const document = new File(["private"], "paper.txt");
    return { record: await root.collection("papers").create({ document }) };
  },
};

async function scope(page) {
  const { pb, id: me, email } = await person();
  const usual = { pb, root, me, email, password: secret, PocketBase, bytes: PICTURE };
  const silent = { show() {}, showOnline() {}, showTyping() {}, askAgain() {} };
  const more = (await given[page]?.({ pb, me, email })) ?? {};
  return Object.defineProperties({ ...usual, ...silent }, Object.getOwnPropertyDescriptors(more));
}

const failed = [];
for (const [page, blocks] of Object.entries(JSON.parse(told))) {
  const [settings, users] = [await root.settings.getAll(), await root.collections.getOne("users")];
  const names = await scope(page);
  for (const block of blocks) {
    const code = block.replaceAll("http://127.0.0.1:8090", url);
    try {
      await new AsyncFunction("names", `with (names) {\n${code}\n}`)(names);
    } catch (error) {
      const why = JSON.stringify(error.response ?? {});
      failed.push(`${page}: ${error} ${why}\n${code}`);
    }
  }
  await names.pb.realtime.unsubscribe();
  await root.settings.update(settings);
  await root.collections.update("users", users);
}
console.log(JSON.stringify(failed));
process.exit(0);
