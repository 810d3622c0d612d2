"""What the market holds from the first start: categories."""

from msgspec.structs import asdict

from holobase.community.market.categories import CATEGORIES
from holobase.domain.declaration import Fixture

FIXTURES: tuple[Fixture, ...] = tuple(
    Fixture("template_categories", category.id, {**asdict(category), "position": position})
    for position, category in enumerate(CATEGORIES, start=1)
)
