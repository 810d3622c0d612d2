// The life of one card through the official SDK.
//   npm install pocketbase
//   node first_card.mjs http://127.0.0.1:8090
import PocketBase from "pocketbase";

const pb = new PocketBase(process.argv[2] ?? "http://127.0.0.1:8090");

// Sign up and log in. The server adds a public fan profile (unified_users) by itself.
const email = `fan-${Date.now()}@example.com`;
const password = "a long enough password";
const user = await pb.collection("users").create({
  email,
  password,
  passwordConfirm: password,
  name: "First Fan",
});
await pb.collection("users").authWithPassword(email, password);

// Make a card.
const cards = pb.collection("unified_cards");
const card = await cards.create({
  title: "Opening day",
  photocard_rarity: "epic",
  community_is_public: true,
  community_tags: ["opening", "stadium"],
  community_creator: user.id,
});
console.log(`made ${card.title}: ${card.photocard_rarity}, rank ${card.rarity_rank}`);

// Find it: filter, sort, and the creator in the same answer.
const found = await cards.getList(1, 20, {
  filter: pb.filter("community_creator = {:me} && rarity_rank >= {:rank}", { me: user.id, rank: 3 }),
  sort: "-created",
  expand: "community_creator",
});
console.log(`found ${found.totalItems} by ${found.items[0].expand.community_creator.name}`);

// Change it, look at it, take it away.
await cards.update(card.id, { title: "Opening night" });
console.log(`now called ${(await cards.getOne(card.id)).title}`);
await cards.delete(card.id);
console.log("and gone");
