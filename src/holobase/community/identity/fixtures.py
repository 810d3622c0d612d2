"""What identity holds from the first start: roles, teams, levels."""

from typing import Any

import msgspec
from msgspec.structs import asdict

from holobase.community.identity.fan_levels import LEVELS, FanLevel
from holobase.community.identity.permissions import ROLES
from holobase.community.identity.teams import TEAMS
from holobase.domain.declaration import Fixture


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
        Fixture(
            "roles",
            role.id,
            {"name": role.name, "permissions": list(role.permissions)},
            follows=True,
        )
        for role in ROLES
    ),
    *(Fixture("kbo_teams", team.id, asdict(team)) for team in TEAMS),
    *(Fixture("fan_levels", level.id, _level_values(level)) for level in LEVELS),
)
