"""What people do about their accounts by mail: codes, new passwords, confirmed addresses.

Whoever asks learns nothing of who has an account: the answer is the same, and so is the work.
"""

import msgspec

from holobase.engine.flows.codes import Codes
from holobase.engine.flows.desk import Desk
from holobase.engine.flows.email_changes import EmailChanges
from holobase.engine.flows.resets import Resets
from holobase.engine.flows.trials import Trials
from holobase.engine.flows.verifications import Verifications
from holobase.engine.login import Login
from holobase.ports.hub import Hub

__all__ = ["Desk", "Flows", "flows"]


class Flows(msgspec.Struct, frozen=True):
    """All of them."""

    codes: Codes
    resets: Resets
    verifications: Verifications
    email_changes: EmailChanges
    trials: Trials


def flows(desk: Desk, login: Login, hub: Hub) -> Flows:
    """All flows at one desk. `hub` counts, for all processes, the codes that are tried."""
    return Flows(
        Codes(desk, login, hub),
        Resets(desk),
        Verifications(desk),
        EmailChanges(desk),
        Trials(desk),
    )
