"""How a declaration meets what is stored: whose rule, field and index it is to be."""

import msgspec
import pytest

from holobase.domain.auth_options import Mfa
from holobase.domain.collection import AuthOptions, Collection, PasswordAuth
from holobase.domain.declaration import Declaration, declare, number, text
from holobase.domain.errors import DamagedData
from holobase.domain.fields import BoolField, TextField
from holobase.engine.definitions import reconcile

replace = msgspec.structs.replace


def notes(*, rule: str | None = "", indexes: tuple[str, ...] = ("title",)) -> Declaration:
    """A declaration of now."""
    return declare(
        "notes", text("title"), owner="tests", rules={"list": rule, "view": ""}, indexes=indexes
    )


def stored(declaration: Declaration, **changed: object) -> Collection:
    """What a first start with the declaration has stored, and what somebody has made of it."""
    first = reconcile(declaration, None)
    assert first is not None
    return replace(first, created="then", updated="then", **changed)


def met(declaration: Declaration, before: Collection) -> Collection:
    """What a start makes of it."""
    return reconcile(declaration, before) or before


def test_what_is_as_declared_is_left_alone() -> None:
    assert reconcile(notes(), stored(notes())) is None


def test_a_superusers_rule_stays_while_its_declaration_does() -> None:
    before = stored(notes(rule="id != ''"), list_rule="title != ''")
    assert reconcile(notes(rule="id != ''"), before) is None
    other = declare("notes", text("title"), owner="tests", rules={"list": "id != ''", "view": None})
    after = met(other, before)
    assert (after.list_rule, after.view_rule) == ("title != ''", None)


def test_a_rule_that_is_declared_anew_wins() -> None:
    before = stored(notes(rule="id != ''"), list_rule="title != ''")
    after = met(notes(rule="id != 'x'"), before)
    assert after.list_rule == "id != 'x'"
    assert met(notes(rule="id != 'x'"), replace(after, list_rule=None)).list_rule is None


def test_a_superusers_fields_and_indexes_stay_in_their_places() -> None:
    own = BoolField(id="own", name="own")
    before = stored(notes())
    before = replace(
        before,
        fields=(own, *before.fields),
        indexes=("CREATE INDEX own ON notes (own)", *before.indexes),
    )
    assert reconcile(notes(), before) is None
    wider = declare("notes", text("title"), number("size"), owner="tests", rules={"list": ""})
    after = met(wider, before)
    assert after.field_names == ("own", *stored(notes()).field_names, "size")
    assert after.indexes[0] == "CREATE INDEX own ON notes (own)"


def test_words_about_a_field_stay_and_its_options_are_as_declared() -> None:
    before = stored(notes())
    title = replace(before.fields[1], help="Short.", presentable=True)
    before = replace(before, fields=(before.fields[0], title, *before.fields[2:]))
    assert reconcile(notes(), before) is None
    longer = declare("notes", text("title", max=9), owner="tests", rules={"list": "", "view": ""})
    after = met(longer, before)
    found = after.fields[1]
    assert isinstance(found, TextField)
    assert (found.max, found.help, found.presentable) == (9, "Short.", True)


def test_an_index_that_is_declared_otherwise_takes_the_place_of_the_one_before() -> None:
    before = stored(notes())
    after = met(notes(indexes=("UNIQUE title",)), before)
    assert after.indexes == ("CREATE UNIQUE INDEX `idx_notes_title` ON `notes` (`title`)",)


def test_options_of_accounts_stay_and_secrets_that_are_new_are_made() -> None:
    accounts = declare("people", owner="tests", type="auth", rules={})
    before = stored(accounts)
    assert before.auth is not None
    changed = replace(
        before.auth,
        mfa=Mfa(duration=60),
        password_auth=PasswordAuth(enabled=False),
        file_token=replace(before.auth.file_token, secret=""),
    )
    after = met(accounts, replace(before, auth=changed))
    assert after.auth is not None
    assert (after.auth.mfa.duration, after.auth.password_auth.enabled) == (60, False)
    assert after.auth.auth_token == before.auth.auth_token
    assert len(after.auth.file_token.secret) == 50
    stricter = declare(
        "people", owner="tests", type="auth", rules={}, auth=AuthOptions(auth_rule="id != ''")
    )
    assert met(stricter, after).auth.auth_rule == "id != ''"  # type: ignore[union-attr]


def test_a_new_field_of_a_name_that_somebody_has_taken_stops_the_start() -> None:
    own = TextField(id="own", name="SIZE")
    before = stored(notes())
    wider = declare("notes", text("title"), number("size"), owner="tests", rules={})
    with pytest.raises(DamagedData, match=r"notes\.size"):
        reconcile(wider, replace(before, fields=(*before.fields, own)))
