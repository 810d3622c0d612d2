"""What happens to an account without changing it, or beside a change, as facts: by whom, and from
where. Address and device are personal to the account, so they are sealed; no fact has a secret.
"""

from collections.abc import Mapping
from typing import Any

from holobase.domain.principal import Request
from holobase.engine.accounts.origins import address_of, device_of
from holobase.engine.unit import Unit
from holobase.ports.command import Applied, Command


def place_of(request: Request) -> dict[str, str]:
    """Where a request comes from: its address, and what the client calls itself."""
    return {"address": address_of(request), "device": device_of(request)}


def tell(
    unit: Unit,
    collection: str,
    record_id: str,
    kind: str,
    data: Mapping[str, Any],
    cause: Applied | None = None,
) -> Command[None]:
    """A fact about an account of a collection, e.g. `signed_in`; about nobody of it without id."""
    place = place_of(unit.request)
    sealed = place if any(place.values()) else {}
    yield from unit.fact(f"{collection}.{kind}", collection, record_id, data, cause, sealed)
