"""The definitions in force: what every request, command and rule looks collections up in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from holobase.domain.collection import Collection, Schema
from holobase.domain.declaration import Declaration, DeclaredField
from holobase.domain.derived import Computed
from holobase.domain.errors import NotFound
from holobase.domain.fields import AutodateField, Field, FileField, PasswordField, TextField, Value
from holobase.domain.principal import SUPERUSERS

Revisions: TypeAlias = frozenset[tuple[str, int]]
"""Id and revision of every definition in force at one moment."""

ALWAYS_SECRET = frozenset({"tokenKey"})
"""Fields of auth collections that nobody gets to know, beside passwords."""

NEVER_NAMED = frozenset({"password", "tokenKey"})
"""Fields of auth collections that no answer so much as names; other passwords are shown empty."""


@dataclass(frozen=True)
class Definition:
    """A collection at one revision, with what its declaration adds where it is one of ours.

    `revisions` are those of all definitions that were in force with it: what is prepared with this
    one may run only while they still are.
    """

    collection: Collection
    revision: int
    declaration: Declaration | None = None
    revisions: Revisions = field(default=frozenset(), compare=False, repr=False)

    @property
    def key(self) -> tuple[str, int]:
        """What tells this definition from all others, earlier ones of its collection included."""
        return self.collection.id, self.revision

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.collection.name

    @cached_property
    def declared(self) -> Mapping[str, DeclaredField]:
        """The server-side meaning of fields by name; empty for collections made at run time."""
        return self.declaration.fields if self.declaration else {}

    @cached_property
    def passwords(self) -> tuple[PasswordField, ...]:
        """The fields that hold hashes."""
        return tuple(f for f in self.collection.fields if isinstance(f, PasswordField))

    @cached_property
    def password(self) -> PasswordField:
        """The field in which its accounts have their password."""
        return next(field for field in self.passwords if field.name == "password")

    @cached_property
    def files(self) -> tuple[FileField, ...]:
        """The fields that name files."""
        return tuple(f for f in self.collection.fields if isinstance(f, FileField))

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Names of the fields that nobody ever gets."""
        passwords = {field.name for field in self.passwords}
        return frozenset(passwords | (ALWAYS_SECRET if self.collection.is_auth else set()))

    @cached_property
    def sealed(self) -> frozenset[str]:
        """Names of the fields that enter events only as ciphertext."""
        personal = {name for name, declared in self.declared.items() if declared.personal}
        if self.collection.is_auth:
            personal.add("email")
        return frozenset(personal | self.secrets)

    @cached_property
    def person_field(self) -> str:
        """The field that names whose personal values these are; empty: the instance's key."""
        if self.declaration:
            return self.declaration.person
        return "id" if self.collection.is_auth else ""

    @cached_property
    def wire_fields(self) -> tuple[tuple[str, Field | None], ...]:
        """Everything a record can show, by key in byte order; None for the two collection keys."""
        unnamed = NEVER_NAMED if self.collection.is_auth else frozenset()
        shown: dict[str, Field | None] = {
            field.name: field for field in self.collection.fields if field.name not in unnamed
        }
        shown |= {"collectionId": None, "collectionName": None}
        return tuple(sorted(shown.items()))

    @cached_property
    def zeros(self) -> Mapping[str, Value]:
        """The value of every field of a record that was given none."""
        return {field.name: field.zero for field in self.collection.fields}

    @cached_property
    def initial(self) -> Mapping[str, Value]:
        """The values of a new record before anything is sent: defaults, else zero."""
        defaults = {
            name: declared.default
            for name, declared in self.declared.items()
            if declared.default is not None
        }
        return {**self.zeros, **defaults}

    @cached_property
    def computed(self) -> tuple[tuple[Field, Computed], ...]:
        """The fields that follow from the record's others, in declared order."""
        return tuple(
            (declared.field, declared.derived)
            for declared in self.declared.values()
            if isinstance(declared.derived, Computed)
        )

    @cached_property
    def autodates(self) -> tuple[AutodateField, ...]:
        """The fields that the server dates."""
        return tuple(f for f in self.collection.fields if isinstance(f, AutodateField))

    @cached_property
    def generated(self) -> tuple[TextField, ...]:
        """The texts that are generated where they are left empty."""
        return tuple(
            field
            for field in self.collection.fields
            if isinstance(field, TextField) and field.autogenerate_pattern
        )

    @cached_property
    def optional(self) -> frozenset[str]:
        """Names of the fields that nothing is wrong with while they are zero."""
        return frozenset(
            field.name
            for field in self.collection.fields
            if not field.is_required and type(field).check_zero is Field.check_zero
        )

    @cached_property
    def judged(self) -> tuple[tuple[Field, bool, Value], ...]:
        """The fields whose values can be wrong, each with whether its zero never is, and that."""
        return tuple(
            (field, field.name in self.optional, self.zeros[field.name])
            for field in self.collection.fields
            if not isinstance(field, AutodateField)
        )

    @cached_property
    def plain(self) -> frozenset[str]:
        """Names of the fields whose values are JSON as they are."""
        fields = self.collection.fields
        return frozenset(f.name for f in fields if type(f).to_wire is Field.to_wire)

    @cached_property
    def open(self) -> frozenset[str]:
        """Names of the fields that anybody's values count for."""
        return frozenset(
            field.name
            for field in self.collection.fields
            if not field.hidden and not isinstance(field, AutodateField)
            if not self._is_guarded(field.name)
        )

    def _is_guarded(self, name: str) -> bool:
        declared = self.declared.get(name)
        return bool(declared and (declared.derived is not None or declared.server is not None))

    @cached_property
    def guarded(self) -> Mapping[str, str]:
        """The fields that somebody with a permission may set, each with that permission."""
        return {name: each.server for name, each in self.declared.items() if each.server}

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Names of the fields that only superusers see."""
        return frozenset(field.name for field in self.collection.fields if field.hidden)

    @cached_property
    def has_hidden(self) -> bool:
        """Whether superusers see more than others."""
        return any(field is not None and field.hidden for _, field in self.wire_fields)


class Catalogue:
    """All definitions in force. Replaced as a whole, so a reader never sees half a change."""

    def __init__(self, declarations: Iterable[Declaration] = ()) -> None:
        self.declarations = {declared.collection.id: declared for declared in declarations}
        self._definitions: dict[str, Definition] = {}
        self._named: dict[str, Definition] = {}
        self.schema = Schema(())
        self.revisions: Revisions = frozenset()

    def replace(self, definitions: Iterable[tuple[int, Collection]]) -> None:
        """Takes these definitions, and no others, as those in force."""
        found = list(definitions)
        revisions = frozenset((collection.id, revision) for revision, collection in found)
        self._definitions = {
            collection.id: Definition(
                collection, revision, self.declarations.get(collection.id), revisions
            )
            for revision, collection in found
        }
        self.schema = Schema(tuple(d.collection for d in self._definitions.values()))
        by_name = {each.name: each for each in self._definitions.values()}
        self._named = {**by_name, **self._definitions}
        self.revisions = revisions

    def find(self, id_or_name: str) -> Definition | None:
        """By exact id, else by name without regard to case."""
        if id_or_name in self._named:
            return self._named[id_or_name]
        collection = self.schema.find(id_or_name)
        return self._definitions.get(collection.id) if collection else None

    def by_id(self, identifier: str) -> Definition | None:
        """By exact id alone."""
        return self._definitions.get(identifier)

    def get(self, id_or_name: str) -> Definition:
        """As `find`, for a collection that must exist."""
        definition = self.find(id_or_name)
        if definition is None:
            raise LookupError(id_or_name)
        return definition

    def named(self, name: str) -> Definition:
        """As `find`, for what a client names. Raises NotFound."""
        definition = self.find(name)
        if definition is None:
            raise NotFound("not_found")
        return definition

    def of_accounts(self, name: str) -> Definition:
        """As `named`, among the collections of accounts."""
        definition = self.named(name)
        if not definition.collection.is_auth:
            raise NotFound("not_found")
        return definition

    @property
    def superusers(self) -> Definition:
        """The system collection of superusers."""
        return self.get(SUPERUSERS)

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._definitions.values())
