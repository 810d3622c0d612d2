// The SDK with the add-on: what happens while the server is away is told afterwards, once.
import { createInterface } from "node:readline";
import PocketBase from "pocketbase";
import { resuming } from "./resuming_add_on.mjs";

const [url] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (...words) => console.log(words.join(" "));
const told = [];
let onTold = () => {};

const pb = resuming(new PocketBase(url));
await pb.collection("community_posts").subscribe("*", ({ action, record }) => {
    told.push(`${action} ${record.caption}`);
    onTold();
});
say("listening");
for (;;) {
    const { value } = await lines.next();
    const expected = value.split(",");
    while (told.length < expected.length) await new Promise((resolve) => (onTold = resolve));
    if (told.join(",") !== value) {
        console.error(`told ${told} instead of ${value}`);
        process.exit(1);
    }
    say("told");
    if (expected.at(-1).startsWith("delete")) process.exit(0);
}
