// The official SDK listens: it is told of records, comes back after the server was killed, and stops.
import PocketBase from "pocketbase";
import { createInterface } from "node:readline";

const [url] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (...words) => console.log(words.join(" "));
const heard = async () => (await lines.next()).value;

function fail(why) {
    console.error(why);
    process.exit(1);
}

/** Keeps what is told until it is asked for. */
class Inbox {
    told = [];
    waiting = [];
    put = (event) => {
        const next = this.waiting.shift();
        next ? next(event) : this.told.push(event);
    };
    take = () =>
        this.told.length ? Promise.resolve(this.told.shift()) : new Promise((r) => this.waiting.push(r));
}

const pb = new PocketBase(url);
pb.autoCancellation(false);
const name = `listener${Date.now() % 1e9}`;
await pb.collection("users").create({
    username: name,
    email: `${name}@example.com`,
    password: "password123",
    passwordConfirm: "password123",
});
const { record: me } = await pb.collection("users").authWithPassword(`${name}@example.com`, "password123");
const cards = pb.collection("unified_cards");

const inbox = new Inbox();
const mine = new Inbox();
await cards.subscribe("*", inbox.put, { expand: "community_creator", filter: "title ~ 'card'" });
const made = await cards.create({ title: "My card", community_creator: me.id });
let event = await inbox.take();
if (event.action !== "create" || event.record.id !== made.id) fail("no create");
if (event.record.expand.community_creator.email !== me.email) fail("no expand");

const stop = await cards.subscribe(made.id, mine.put);
await cards.update(made.id, { title: "My other card" });
if ((await mine.take()).record.title !== "My other card") fail("no update of one");
if ((await inbox.take()).record.title !== "My other card") fail("no update of all");

await stop();
await cards.update(made.id, { title: "My third card" });
if ((await inbox.take()).record.title !== "My third card") fail("no update after stopping");
if (mine.told.length) fail("told after stopping");

// The server is killed now, and started again at the same address.
let reconnected;
await pb.realtime.subscribe("PB_CONNECT", () => reconnected?.());
const again = new Promise((resolve) => (reconnected = resolve));
say("kill");
if ((await heard()) !== "started") fail("no word");
await again;
// The topics are posted anew right after the connection: a change may come before them.
const wait = setInterval(() => cards.update(made.id, { title: `My card ${Date.now()}` }), 300);
if ((await inbox.take()).action !== "update") fail("no update after coming back");
clearInterval(wait);

await cards.delete(made.id);
do {
    event = await inbox.take();
} while (event.action !== "delete");
await cards.unsubscribe();
await pb.realtime.unsubscribe();
if (pb.realtime.isConnected) fail("still connected");
say("ok");
process.exit(0);
