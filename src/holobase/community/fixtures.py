"""The records that every instance holds from its first start: roles, teams, levels, categories."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from holobase.community.identity.fan_levels import LEVELS, FanLevel
from holobase.community.identity.permissions import ROLES
from holobase.community.identity.teams import TEAMS
from holobase.community.market.categories import CATEGORIES


@dataclass(frozen=True, slots=True)
class Fixture:
    """A record with a fixed id; `values` are normalised, as the engine holds them."""

    collection: str
    id: str
    values: Mapping[str, Any]


def _level_values(level: FanLevel) -> dict[str, Any]:
    perks = {"points_factor": level.factor_percent / 100, "items": level.perks}
    return {
        "level": level.level,
        "name": level.name,
        "required_points": level.required_points,
        "perks": msgspec.json.encode(perks).decode(),
    }


FIXTURES: tuple[Fixture, ...] = (
    *(
        Fixture("roles", role.id, {"name": role.name, "permissions": list(role.permissions)})
        for role in ROLES
    ),
    *(Fixture("kbo_teams", team.id, asdict(team)) for team in TEAMS),
    *(Fixture("fan_levels", level.id, _level_values(level)) for level in LEVELS),
    *(
        Fixture("template_categories", category.id, {**asdict(category), "position": position})
        for position, category in enumerate(CATEGORIES, start=1)
    ),
)
