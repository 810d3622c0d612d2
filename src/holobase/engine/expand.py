"""Expand: the records that relations name, with one query per relation and level.

Each related collection is asked by its view rule; what the caller may not see is left out, and a
path that makes no sense, or goes by a hidden relation, is left out too, with all that leads there.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa

from holobase.domain.errors import BadRequest
from holobase.domain.fields import RelationField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import Rules, is_waived
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.render import members_for, with_expand
from holobase.kit import json
from holobase.ports.statement import Statement
from holobase.ports.store import Reads
from holobase.rules import Access, RuleError, last_tie
from holobase.rules.cell_types import NUMBER_VALUE
from holobase.rules.dialect import Items
from holobase.rules.place import alias_names
from holobase.rules.resolve import has_unique_index_of_some
from holobase.rules.tables import record_columns, record_table

DEPTH_MAX = 6
"""Levels of nested expand; deeper parts are ignored."""

PATHS_MAX = 100
"""Paths in one request; more would be a way to make the server work for nothing."""

BACK_RELATIONS_MAX = 1_000
"""Records that a back-relation gives per parent."""

RECORDS_MAX = 20_000
"""Records in one answer, each as often as it is in there: two tenths of a second of everybody's
time."""

_OLDER: Final = re.compile(r"(\w+)\((\w+)\)")

ExpandTree: TypeAlias = dict[str, "ExpandTree"]
"""Segment to what is expanded below it."""


def parse_expand(text: str) -> ExpandTree | None:
    """The tree of an `expand` parameter; None where it asks for nothing."""
    tree: ExpandTree = {}
    for path in text.replace(" ", "").split(",")[:PATHS_MAX]:
        segments = path.strip(".").split(".")
        if not all(segments):
            continue
        below = tree
        for segment in segments[:DEPTH_MAX]:
            below = below.setdefault(segment, {})
    return tree or None


class Path(msgspec.Struct, frozen=True):
    """One resolved segment: which records it leads to, and how they are found."""

    target: Definition
    relation: RelationField
    is_back: bool
    is_single: bool


@dataclass(slots=True)
class Shown:
    """The members of a record, and how many records there are in them with all expands."""

    members: dict[str, Any]
    weight: int = 1


class Expander:
    """Shows records with their relations expanded."""

    def __init__(self, catalogue: Catalogue, store: Reads, rules: Rules) -> None:
        self._catalogue = catalogue
        self._store = store
        self._rules = rules

    async def show_all(
        self,
        definition: Definition,
        records: list[Record],
        tree: ExpandTree,
        request: Request,
        managed: Container[str] = frozenset(),
    ) -> list[dict[str, Any]]:
        """The members of each record, with `expand` where a path of the tree is valid. Raises
        BadRequest where that leads to more than `RECORDS_MAX` records."""
        shown, _ = await self._show(definition, records, tree, request, managed)
        return [each.members for each in shown]

    async def _show(
        self,
        definition: Definition,
        records: list[Record],
        tree: ExpandTree,
        request: Request,
        managed: Container[str] = frozenset(),
    ) -> tuple[list[Shown], bool]:
        """The records, and whether any path of the tree is valid for them."""
        shown = [Shown(members_for(definition, each, request, managed)) for each in records]
        expands: list[dict[str, Any]] = [{} for _ in records]
        is_valid = False
        for segment, below in sorted(tree.items()):
            path = self._resolve(definition, segment)
            if path is None or not (request.is_superuser or _is_open(path)):
                continue
            related = await self._related(path, records, below, request)
            if related is None:
                continue
            is_valid = True
            for one, expand, record in zip(shown, expands, records, strict=True):
                found = _pick(path, record, related)
                if found:
                    members = [each.members for each in found]
                    expand[segment] = members[0] if path.is_single else members
                    one.weight += sum(each.weight for each in found)
            if sum(one.weight for one in shown) > RECORDS_MAX:
                raise BadRequest("expand_too_large")
        if is_valid:
            for one, expand in zip(shown, expands, strict=True):
                one.members = with_expand(one.members, expand)
        return shown, is_valid

    def _resolve(self, definition: Definition, segment: str) -> Path | None:
        field = definition.collection.field_by_name.get(segment)
        if isinstance(field, RelationField):
            target = self._catalogue.find(field.collection_id)
            return Path(target, field, False, not field.is_multiple) if target else None
        name, field_name = _back_relation(segment)
        source = self._catalogue.find(name) if field_name else None
        back = source.collection.field_by_name.get(field_name) if source else None
        if source is None or not isinstance(back, RelationField):
            return None
        if back.collection_id != definition.collection.id:
            return None
        is_single = not back.is_multiple and has_unique_index_of_some(source.collection, back.name)
        return Path(source, back, True, is_single)

    async def _related(
        self, path: Path, records: list[Record], below: ExpandTree, request: Request
    ) -> Mapping[str, list[Shown]] | None:
        """By the key that `_pick` looks under: the related records, shown. None where there are
        some and no path goes on from them."""
        keys = list(dict.fromkeys(_keys(path, records)))
        found = await self._load(path, keys, request) if keys else []
        managed = {record.id for record, is_managed in found if is_managed}
        loaded = [record for record, _ in found]
        shown, goes_on = await self._show(path.target, loaded, below, request, managed)
        if loaded and below and not goes_on:
            return None
        related: dict[str, list[Shown]] = defaultdict(list)
        for record, one in zip(loaded, shown, strict=True):
            if path.is_back:
                for parent in path.relation.items(record.values[path.relation.name]):
                    if len(related[parent]) < BACK_RELATIONS_MAX:
                        related[parent].append(one)
            else:
                related[record.id].append(one)
        return related

    async def _load(
        self, path: Path, keys: list[str], request: Request
    ) -> list[tuple[Record, bool]]:
        """The records that the caller may view, each with whether it is an account they manage."""
        rule = path.target.collection.view_rule
        text = "" if is_waived(rule, request) else rule or ""
        auth = self._rules.auth_collection(request)
        statement = self._rules.cached(
            (
                "expand",
                path.target.key,
                path.relation.id,
                path.is_back,
                text,
                auth and auth.id,
            ),
            lambda: self._statement(path, text, request),
        )
        if statement is None:
            return []
        given = {"keys": json.encode(keys).decode()}
        rows = await self._store.fetch(
            statement, statement.bind(request.but(context="expand"), given)
        )
        if len(rows) > RECORDS_MAX:
            raise BadRequest("expand_too_large")
        return [(Record.from_cells(path.target.collection, row[1:]), bool(row[0])) for row in rows]

    def _statement(self, path: Path, rule: str, request: Request) -> Statement | None:
        collection = path.target.collection
        table = record_table(collection)
        keys = Items(sa.bindparam("keys", type_=sa.Text())).table_valued("value")
        wanted = sa.select(keys.c.value)
        condition: sa.ColumnElement[bool]
        if not path.is_back:
            condition = table.c.id.in_(wanted)
        elif path.relation.is_multiple:
            items = Items(table.c[path.relation.name]).table_valued("value", name="held")
            condition = sa.exists().where(items.c.value.in_(wanted))
        else:
            condition = table.c[path.relation.name].in_(wanted)
        conditions: list[sa.ColumnElement[bool]] = [condition]
        names = alias_names()
        if rule:
            try:
                expression = self._rules.expression(path.target, rule, request, Access.RULE)
            except RuleError:
                return None
            conditions.append(expression.condition(table, names))
        managed = self._rules.managed(path.target, request, table, names)
        columns = [managed, *record_columns(table, collection)]
        query = sa.select(*columns).select_from(table).where(*conditions)
        if path.is_back:
            query = _first_of_each(path, table, columns, conditions)
        return self._store.statement(query.limit(_number(RECORDS_MAX + 1)))


def _first_of_each(
    path: Path, table: sa.FromClause, columns: list[Any], conditions: list[Any]
) -> sa.Select[Any]:
    """What refers to the parents in the order of insertion, no more for each than are shown."""
    order = last_tie(path.target.collection, table)
    if path.relation.is_multiple:
        return sa.select(*columns).select_from(table).where(*conditions).order_by(order)
    place = sa.func.row_number().over(partition_by=table.c[path.relation.name], order_by=order)
    numbered = (
        sa.select(
            *(column.label(f"hb_cell{n}") for n, column in enumerate(columns)),
            sa.type_coerce(place, NUMBER_VALUE).label("hb_place"),
        )
        .select_from(table)
        .where(*conditions)
        .subquery("hb_numbered")
    )
    *cells, found = numbered.c
    return sa.select(*cells).where(found <= _number(BACK_RELATIONS_MAX)).order_by(found)


def _number(value: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(value), NUMBER_VALUE)


def _back_relation(segment: str) -> tuple[str, str]:
    """The names of the collection and the field in `X_via_Y`, or `X(Y)` as clients once wrote."""
    older = _OLDER.fullmatch(segment)
    if older is not None:
        return older[1], older[2]
    name, _, field_name = segment.partition("_via_")
    return name, field_name


def _is_open(path: Path) -> bool:
    """Whether others than superusers may go this way: a hidden relation is not there for them."""
    return path.target.collection.view_rule is not None and not path.relation.hidden


def _keys(path: Path, records: Iterable[Record]) -> Iterable[str]:
    for record in records:
        if path.is_back:
            yield record.id
        else:
            yield from path.relation.items(record.values[path.relation.name])


def _pick(path: Path, record: Record, related: Mapping[str, list[Shown]]) -> list[Shown]:
    found = [one for key in _keys(path, [record]) for one in related.get(key, ())]
    return found[:1] if path.is_single else found
