// An add-on for the PocketBase SDK: realtime that resumes.
//
//     import PocketBase from "pocketbase";
//     import { resuming } from "./resuming.mjs";
//
//     const pb = resuming(new PocketBase("http://127.0.0.1:8090"), { onResync: () => reload() });
//     await pb.collection("unified_cards").subscribe("*", (event) => …);
//
// The SDK connects anew after every interruption, but what happened meanwhile is lost to it. With
// this it tells the server where it stands, and is told what it has missed; what comes twice is left
// out. `onResync` is called when it has missed too much: read your lists again then.

/** Has the realtime of an SDK client resume; gives the same client. */
export function resuming(pb, { onResync = () => {} } = {}) {
    let position = "";
    let floor = -1; // everything up to here has been told, under every topic
    const last = new Map(); // by topic: the position of what was told last
    const decided = new WeakMap(); // by message: whether it is new, the same for all its listeners

    function isNew(topic, { lastEventId }) {
        if (topic.startsWith("@") || !/^[0-9]+$/.test(lastEventId)) return true;
        if (Number(lastEventId) <= Math.max(floor, last.get(topic) ?? -1)) return false;
        last.set(topic, Number(lastEventId));
        position = lastEventId;
        return true;
    }

    function onlyNew(topic, listener) {
        return (message) => {
            if (!decided.has(message)) decided.set(message, isNew(topic, message));
            if (decided.get(message)) listener(message);
        };
    }

    function stand(at) {
        // Coming back, the server repeats where we stand: that may have been told in part only.
        if (at !== position) floor = Number(at);
        position = at;
    }

    class ResumingEventSource extends EventSource {
        #wrapped = new Map();

        constructor(url) {
            super(`${url}?since=${position}`);
            super.addEventListener("position", ({ lastEventId }) => stand(lastEventId));
            super.addEventListener("resync", ({ lastEventId }) => {
                stand(lastEventId);
                onResync();
            });
        }

        addEventListener(topic, listener) {
            const wrapped = this.#wrapped.get(listener) ?? onlyNew(topic, listener);
            this.#wrapped.set(listener, wrapped);
            super.addEventListener(topic, wrapped);
        }

        removeEventListener(topic, listener) {
            super.removeEventListener(topic, this.#wrapped.get(listener) ?? listener);
            this.#wrapped.delete(listener);
        }
    }

    // The SDK makes its connections with the EventSource of the page.
    const connect = pb.realtime.initConnect;
    pb.realtime.initConnect = function () {
        const own = globalThis.EventSource;
        globalThis.EventSource = ResumingEventSource;
        try {
            return connect.call(this);
        } finally {
            globalThis.EventSource = own;
        }
    };
    return pb;
}
