"""A collection that is joined with one of a foreign folder: nothing of either is lost quietly."""

import msgspec

from holobase.domain.auth_options import (
    AuthOptions,
    MappedFields,
    Mfa,
    OAuth2,
    PasswordAuth,
    Provider,
    Template,
    TokenOptions,
)
from holobase.domain.collection import Collection
from holobase.domain.fields import TextField
from holobase.engine.moving.definitions import joined


def text(identifier: str, name: str) -> TextField:
    return TextField(id=identifier, name=name)


def people(identifier: str, *fields: TextField, **options: object) -> Collection:
    auth = msgspec.structs.replace(AuthOptions(), **options)
    return Collection(id=identifier, name="users", type="auth", fields=fields, auth=auth)


def auth_of(here: Collection, source: Collection, *, is_system: bool = False) -> AuthOptions:
    after = joined(here, source, is_system=is_system).auth
    assert after is not None
    return after


def test_fields_get_ids_that_nobody_has() -> None:
    here = people("a", text("t1", "one"), text("t1_2", "two"), text("x" * 100, "long"))
    source = people(
        "b", text("t1", "three"), text("t1_3", "four"), text("x" * 100, "five"), text("t2", "one")
    )
    fields = joined(here, source, is_system=False).fields
    assert [field.name for field in fields] == ["one", "two", "long", "three", "four", "five"]
    ids = [field.id for field in fields]
    assert len(set(ids)) == len(ids)
    assert all(len(each) <= 100 for each in ids)
    assert ids[4] == "t1_3", "an id that is free is kept"


def test_ways_to_log_in_are_those_of_both() -> None:
    ours = Provider(name="google", client_id="ours")
    theirs = (Provider(name="google", client_id="theirs"), Provider(name="github"))
    here = people("a", oauth2=OAuth2(providers=(ours,), mapped_fields=MappedFields(name="n")))
    source = people(
        "b",
        oauth2=OAuth2(providers=theirs, enabled=True, mapped_fields=MappedFields(name="m")),
        password_auth=PasswordAuth(identity_fields=("email", "username")),
    )
    after = auth_of(here, source)
    assert after.oauth2.providers == (ours, theirs[1])
    assert after.oauth2.enabled
    assert after.oauth2.mapped_fields.name == "n"
    assert after.password_auth.identity_fields == ("email", "username")
    alone = auth_of(people("a"), source)
    assert alone.oauth2 == source.auth.oauth2 if source.auth else False


def test_tokens_of_the_folder_stay_good() -> None:
    here = people("a", auth_token=TokenOptions(duration=10, secret="ours"))
    source = people("b", auth_token=TokenOptions(duration=20, secret="theirs"))
    for is_system in (False, True):
        assert auth_of(here, source, is_system=is_system).auth_token.secret == "theirs"


def test_what_was_chosen_here_stays_and_the_rest_comes() -> None:
    mine, their = Template(subject="mine", body="m"), Template(subject="theirs", body="t")
    here = people("a", auth_rule="verified = true", reset_password_template=mine)
    source = people(
        "b",
        auth_rule=None,
        manage_rule="",
        reset_password_template=their,
        verification_template=their,
        mfa=Mfa(enabled=True),
    )
    after = auth_of(here, source)
    assert (after.auth_rule, after.manage_rule) == ("verified = true", None)
    assert (after.reset_password_template, after.verification_template) == (mine, their)
    assert after.mfa.enabled
