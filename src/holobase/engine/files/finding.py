"""From an address to a file: whether the record names it, and whether the caller may have it."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from holobase.domain.errors import NotFound
from holobase.domain.fields import FileField
from holobase.domain.principal import Request
from holobase.domain.record import Record
from holobase.engine.access import RECORD_ID, Rules
from holobase.engine.accounts.principals import Principals
from holobase.engine.catalogue import Catalogue, Definition
from holobase.engine.files import marks, tokens
from holobase.engine.instance_settings import KeptSettings
from holobase.ports.store import Store
from holobase.rules.dialect import HasItem
from holobase.rules.tables import origin_of, record_columns, record_table

FILE_NAME: Final = "file name"
"""Key of the parameter for the name of a file."""

CONTEXT: Final = "protectedFile"
"""What rules see as the context of a request for a protected file."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a record names: the key it is stored under, and which field of what names it."""

    key: str
    name: str
    field: FileField
    definition: Definition
    record_id: str


class Finder:
    """Finds files for whoever asks."""

    def __init__(
        self,
        catalogue: Catalogue,
        store: Store,
        rules: Rules,
        principals: Principals,
        settings: KeptSettings,
    ) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._store = store
        self._rules = rules
        self._principals = principals

    async def find(
        self, definition: Definition, record_id: str, name: str, token: str, request: Request
    ) -> Found:
        """The file of this name. Raises NotFound where there is none for this caller, who is whom
        the file token names, whatever else the request says."""
        record = await self._load(definition, record_id)
        field = _field_of(definition, record, name) if record else None
        if record is None or field is None:
            raise NotFound("not_found")
        if field.protected and not await self._may_see(definition, record, token, request):
            raise NotFound("not_found")
        kept_by, kept_in = await self.origin(definition, record.id, field, name)
        owner = self._catalogue.get(kept_by)
        return Found(marks.key_of(kept_by, kept_in, name), name, field, owner, kept_in)

    async def origin(
        self, definition: Definition, record_id: str, field: FileField, name: str
    ) -> tuple[str, str]:
        """The ids of the collection and of the record that a file is kept for: of a view, those
        that it shows. Raises NotFound where that is no record's any more."""
        shown: str = field.name
        while definition.collection.is_view:
            record_id, found = "", origin_of(definition.collection, shown)
            source = self._catalogue.by_id(found[0]) if found else None
            if source is None or found is None:
                raise NotFound("not_found")
            definition, shown = source, found[1]
        return definition.collection.id, record_id or await self._keeper(definition, shown, name)

    async def _keeper(self, definition: Definition, field: str, name: str) -> str:
        """The id of the record whose field names the file."""
        collection = definition.collection

        def query() -> sa.Select[tuple[object, ...]]:
            table = record_table(collection)
            wanted = sa.bindparam(FILE_NAME, type_=sa.Text())
            is_list = collection.field_by_name[field].is_multiple
            has_it = HasItem(table.c[field], wanted) if is_list else table.c[field] == wanted
            return sa.select(table.c.id).select_from(table).where(has_it)

        statement = self._rules.cached(
            ("keeper of", definition.key, field), lambda: self._store.statement(query())
        )
        rows = await self._store.fetch(statement, statement.bind(given={FILE_NAME: name}))
        if not rows:
            raise NotFound("not_found")
        return str(rows[0][0])

    async def is_named(self, found: Found) -> bool:
        """Whether the record still names the file."""
        record = await self._load(found.definition, found.record_id)
        return record is not None and _field_of(found.definition, record, found.name) is not None

    async def _may_see(
        self, definition: Definition, record: Record, token: str, request: Request
    ) -> bool:
        account = await tokens.resolve(token, self._catalogue, self._principals)
        asking = request.but(auth=account, context=CONTEXT)
        if asking.is_superuser and not self._settings.lets_superuser_in(request.address):
            asking = asking.but(auth=None)
        rule = definition.collection.view_rule
        if asking.is_superuser or rule == "":
            return True
        if rule is None:
            return False
        check = self._rules.record_check(definition, rule, asking)
        return await self._rules.passes(check, asking, record.id)

    async def _load(self, definition: Definition, record_id: str) -> Record | None:
        collection = definition.collection

        def query() -> sa.Select[tuple[object, ...]]:
            table = record_table(collection)
            columns = record_columns(table, collection)
            return sa.select(*columns).where(table.c.id == sa.bindparam(RECORD_ID))

        statement = self._rules.cached(
            ("files of", definition.key), lambda: self._store.statement(query())
        )
        rows = await self._store.fetch(statement, statement.bind(given={RECORD_ID: record_id}))
        return Record.from_cells(collection, rows[0]) if rows else None


def _field_of(definition: Definition, record: Record, name: str) -> FileField | None:
    return next((f for f in definition.files if name in f.items(record.values[f.name])), None)
