"""Who owns which collection, and what each service may name beyond its own.

A service reaches its *closure*: the collections it owns, those its rules name, the accounts behind
tokens, all that relations of these lead to, and what it declares with `reads`. Everything else does
not exist for it. `ownership` works this out from the declarations and refuses what reaches
further; the result is what the split shape, its gateway and the docs are made from.

Collections made at run time are not declared: accounts among them belong to `identity`, all others
to `custom`, views too, which read what they show in the replicas of its sources.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import msgspec

from holobase.domain.declaration import Declaration, Fixture, place
from holobase.domain.derived import Count
from holobase.engine.reactions import ACCOUNTS, OwnershipError, Reaction

_NAMED = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|@collection\.(?P<whole>\w+)|\b(?P<back>\w+)_via_\w"""
)
"""Collections in a rule; quoted texts are matched so that they are passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service as it is declared. `reads`: collections of others that nothing else implies."""

    name: str
    collections: tuple[Declaration, ...]
    reactions: tuple[Reaction, ...] = ()
    fixtures: tuple[Fixture, ...] = ()
    reads: tuple[str, ...] = ()
    place: str = field(default_factory=lambda: place(2), compare=False)


class Ownership(msgspec.Struct, frozen=True):
    """What a service owns, and the collections of others it needs replicas of, with the reasons.

    A reason reads `cards.template` (a relation), `counts cards.likes` (a derived field),
    `rules of likes`, `reaction NAME`, `tokens` or `reads`.
    """

    service: str
    owned: tuple[str, ...]
    replicas: Mapping[str, tuple[str, ...]]


def ownership(services: Iterable[Service]) -> tuple[Ownership, ...]:
    """The map of all services, in declared order. Raises OwnershipError."""
    services = tuple(services)
    known = _owners(services)
    by_id = {declaration.collection.id: declaration for declaration in known.values()}
    return tuple(_Closure(service, known, by_id).ownership() for service in services)


def _owners(services: tuple[Service, ...]) -> dict[str, Declaration]:
    known: dict[str, Declaration] = {}
    for service in services:
        for declaration in service.collections:
            other = known.setdefault(declaration.name, declaration)
            if other is not declaration:
                raise OwnershipError(
                    f"Collection {declaration.name} has two owners: {other.owner} ({other.place})"
                    f" and {declaration.owner} ({declaration.place})."
                )
            if declaration.owner != service.name:
                raise OwnershipError(
                    f"Service {service.name} ({service.place}) lists {declaration.name}, which"
                    f" names {declaration.owner} as its owner ({declaration.place})."
                )
    return known


class _Closure:
    """The closure of one service while it is worked out."""

    def __init__(
        self, service: Service, known: Mapping[str, Declaration], by_id: Mapping[str, Declaration]
    ) -> None:
        self._service = service
        self._known = known
        self._by_id = by_id
        self._own = {declaration.name for declaration in service.collections}
        self._reasons: dict[str, list[str]] = {}

    def ownership(self) -> Ownership:
        """The service's part of the map; everything it names has been checked."""
        self._follow_relations(self._roots())
        for name in self._service.reads:
            self._need(name, "reads", f"reads= of the service ({self._service.place})")
        for declaration in self._service.collections:
            self._check_derived(declaration)
        for fixture in self._service.fixtures:
            if fixture.collection not in self._own:
                why = "only its owner may"
                self._refuse("a fixture", fixture.place, "fills", fixture.collection, why)
        for reaction in self._service.reactions:
            self._check_reaction(reaction)
        return Ownership(
            self._service.name,
            tuple(declaration.name for declaration in self._service.collections),
            {name: tuple(self._reasons[name]) for name in self._known if name in self._reasons},
        )

    def _roots(self) -> Iterator[Declaration]:
        """What relations are followed from: own collections, those in rules, and all accounts."""
        for declaration in self._service.collections:
            yield declaration
            for name in dict.fromkeys(_named_in_rules(declaration)):
                what = f"a rule of {declaration.name} ({declaration.place})"
                self._need(name, f"rules of {declaration.name}", what)
                yield self._known[name]
        for declaration in self._known.values():
            if declaration.collection.is_auth:
                self._need(declaration.name, "tokens", "")
                yield declaration

    def _follow_relations(self, roots: Iterator[Declaration]) -> None:
        waiting = list({root.name: root for root in roots}.values())
        seen = {declaration.name for declaration in waiting}
        for declaration in waiting:  # grows while it is read
            for relation in declaration.collection.relations:
                target = self._by_id.get(relation.collection_id)
                if target is None:
                    where = declaration.fields[relation.name].place
                    what = f"{declaration.name}.{relation.name}"
                    self._refuse(what, where, "points to", relation.collection_id, "unknown")
                if target is not declaration:
                    self._need(target.name, f"{declaration.name}.{relation.name}", "")
                if target.name not in seen:
                    seen.add(target.name)
                    waiting.append(target)

    def _check_derived(self, declaration: Declaration) -> None:
        for name, declared in declaration.fields.items():
            if isinstance(declared.derived, Count):
                what = f"{declaration.name}.{name}"
                self._reach(declared.derived.of, what, declared.place, "counts")
                self._need(declared.derived.of, f"counts {what}", what)

    def _check_reaction(self, reaction: Reaction) -> None:
        what = f"reaction {reaction.name}"
        if reaction.owner != self._service.name:
            self._refuse(what, reaction.place, "belongs to", reaction.owner, "another service")
        for verb, names in (
            ("writes", reaction.writes),
            ("reacts to", reaction.causes),
            ("reads", reaction.reads),
        ):
            for name in sorted(names - {ACCOUNTS}):
                if verb == "writes" and name in self._known and name not in self._own:
                    owner = self._known[name].owner
                    self._refuse(what, reaction.place, verb, name, f"owned by {owner}")
                self._reach(name, what, reaction.place, verb)
                self._need(name, what, what)

    def _reach(self, name: str, what: str, where: str, verb: str) -> None:
        if name not in self._own and name not in self._reasons:
            self._refuse(what, where, verb, name)

    def _need(self, name: str, reason: str, what: str) -> None:
        if name not in self._known:
            raise OwnershipError(
                f"Service {self._service.name}: {what} names {name}, which nobody owns."
            )
        if name not in self._own:
            reasons = self._reasons.setdefault(name, [])
            if reason not in reasons:
                reasons.append(reason)

    def _refuse(self, what: str, where: str, verb: str, name: str, why: str = "") -> NoReturn:
        reason = why or (
            "outside its closure; name it in reads= of the service"
            if name in self._known
            else "unknown"
        )
        raise OwnershipError(
            f"Service {self._service.name}: {what} ({where}) {verb} {name}: {reason}."
        )


def _named_in_rules(declaration: Declaration) -> Iterator[str]:
    """The collections that the rules of a collection name, by `@collection.x` or `x_via_y`."""
    collection = declaration.collection
    auth = collection.auth
    rules = {
        collection.list_rule,
        collection.view_rule,
        collection.create_rule,
        collection.update_rule,
        collection.delete_rule,
        *((auth.auth_rule, auth.manage_rule) if auth else ()),
    }
    for rule in sorted(filter(None, rules)):
        for match in _NAMED.finditer(rule):
            name = match["whole"] or match["back"]
            if name:
                yield name
