"""The records that every instance holds from its first start: roles, teams, levels, categories."""

from holobase.community.product import SERVICES
from holobase.domain.declaration import Fixture

FIXTURES: tuple[Fixture, ...] = tuple(f for service in SERVICES for f in service.fixtures)
