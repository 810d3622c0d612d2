"""What every instance holds from its first start is valid and the same everywhere."""

from collections import Counter

import pytest

from holobase.community.fixtures import FIXTURES
from holobase.community.identity.permissions import MEMBER
from holobase.community.product import DECLARATIONS
from holobase.domain.declaration import Fixture
from holobase.domain.derived import Computed

BY_NAME = {declaration.name: declaration for declaration in DECLARATIONS}


def test_there_are_ten_teams_five_levels_six_roles_and_some_categories() -> None:
    counts = Counter(fixture.collection for fixture in FIXTURES)
    assert counts["kbo_teams"] == 10
    assert counts["fan_levels"] == 5
    assert counts["roles"] == 6
    assert counts["template_categories"] > 0


def test_ids_are_unique() -> None:
    assert len({fixture.id for fixture in FIXTURES}) == len(FIXTURES)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda f: f.id)
def test_values_are_normalised_and_valid(fixture: Fixture) -> None:
    declaration = BY_NAME[fixture.collection]
    fields = declaration.collection.field_by_name
    assert fields["id"].validate(fixture.id) is None
    for name, value in fixture.values.items():
        assert fields[name].normalise(value) == value
        assert fields[name].validate(value) is None
        assert not isinstance(declaration.fields[name].derived, Computed)


def test_the_role_given_at_sign_up_exists() -> None:
    assert BY_NAME["users"].fields["roles"].default == [MEMBER.id]
    assert any(fixture.id == MEMBER.id for fixture in FIXTURES)
