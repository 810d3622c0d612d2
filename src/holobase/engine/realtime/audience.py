"""The audience: which clients listen to what, so that an event is looked at once for all of them.

Clients that sent the same topic share it. Under a topic they are kept by account, because for one
event and one account there is one outcome.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from holobase.domain.errors import Unavailable
from holobase.engine.realtime.accounts import Account
from holobase.engine.realtime.clients import Client
from holobase.engine.realtime.topics import ALL, PRESENCE, Topic, bytes_of, parse_topic

HELD_BYTES_MAX = 256 * 1024 * 1024
"""Topics of all clients together: a million with an ordinary topic, forty thousand with a filter of
sixty characters."""


class Followed:
    """A topic that somebody listens to. `plans` is what a judge keeps about it."""

    __slots__ = ("listeners", "plans", "topic")

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.plans: dict[Any, Any] = {}
        self.listeners: dict[Account, set[Client]] = {}

    def clients(self) -> Iterator[Client]:
        """Everybody who listens."""
        for clients in self.listeners.values():
            yield from clients


class Audience:
    """Topics and who listens to them."""

    def __init__(self) -> None:
        self._by_text: dict[str, Followed] = {}
        self._by_name: dict[str, dict[str, Followed]] = {}
        self._held_bytes = 0
        self.presence: set[str] = set()
        """The topics that tell who listens to them."""

    def __bool__(self) -> bool:
        return bool(self._by_text)

    def subscribe(self, client: Client, texts: Iterable[str], account: Account) -> None:
        """Has the client listen to these topics and no others, as this account.

        Raises Unavailable where all clients together would listen to too much.
        """
        wanted = tuple(dict.fromkeys(filter(None, texts)))
        more = bytes_of(wanted) - bytes_of(client.topics)
        if more > 0 and self._held_bytes + more > HELD_BYTES_MAX:
            raise Unavailable("too many topics are listened to")
        self._held_bytes += more
        self._remove(client)
        client.account, client.topics = account, wanted
        for text in wanted:
            followed = self._by_text.get(text) or self._follow(text)
            followed.listeners.setdefault(account, set()).add(client)

    def rebind(self, client: Client, account: Account) -> None:
        """Has the client listen to the same as another account."""
        self.subscribe(client, client.topics, account)

    def named(self, text: str) -> Followed | None:
        """The topic with exactly this text."""
        return self._by_text.get(text)

    def of_record(self, names: Iterable[str], record_id: str) -> list[tuple[Followed, bool]]:
        """The topics about a record of a collection with these names (its id is one of them), each
        with whether it is about all records."""
        found: list[tuple[Followed, bool]] = []
        for name in names:
            for key, is_list in ((name + ALL, True), (name, True), (f"{name}/{record_id}", False)):
                followed = self._by_name.get(key)
                if followed:
                    found += [(each, is_list) for each in followed.values()]
        return found

    def _follow(self, text: str) -> Followed:
        topic = parse_topic(text)
        followed = self._by_text[text] = Followed(topic)
        if text.startswith(PRESENCE):
            self.presence.add(text)
        if topic.is_sendable:
            self._by_name.setdefault(topic.name, {})[text] = followed
        return followed

    def _remove(self, client: Client) -> None:
        for text in client.topics:
            followed = self._by_text[text]
            clients = followed.listeners[client.account]
            clients.discard(client)
            if not clients:
                del followed.listeners[client.account]
            if not followed.listeners:
                self._forget(followed.topic)

    def _forget(self, topic: Topic) -> None:
        del self._by_text[topic.text]
        self.presence.discard(topic.text)
        same = self._by_name.get(topic.name, {})
        same.pop(topic.text, None)
        if not same:
            self._by_name.pop(topic.name, None)
