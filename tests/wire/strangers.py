"""People at a provider, and the club that each logs in to."""

from typing import Any

import httpx

from tests.stub_provider import Reply, Role, Stage
from tests.wire.clubs import Club
from tests.wire.test_oauth2 import LOGIN, using
from tests.wire.world import RECORDS, World


class Someone:
    """A person at a provider, and the club that they log in to."""

    def __init__(self, world: World, stage: Stage, **options: Any) -> None:
        self.world = world
        self.id = world.fresh("person")
        self.email = f"{self.id}@example.com"
        told = {"sub": self.id, "name": "Ann", "email": self.email, "email_verified": True}
        self.role: Role = stage.play(user=told)
        providers = [self.role.config(name) for name in ("oidc", "oidc2")]
        self.club: Club = using(world, *providers, **options)

    def tells(self, **told: Any) -> None:
        """Changes what the provider says."""
        user = {**self.role.replies["/user"].body, **told}
        self.role.replies["/user"] = Reply(user)

    def comes(self, provider: str = "oidc", **more: Any) -> httpx.Response:
        """Logs in."""
        token = more.pop("token", "")
        headers = {"authorization": token} if token else {}
        query = more.pop("query", None)
        body = {"provider": provider, "code": "the code", **more}
        return self.club.post(LOGIN, body, headers=headers, query=query)

    def enters(self, provider: str = "oidc", **more: Any) -> dict[str, Any]:
        """Logs in, and may."""
        answer = self.comes(provider, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts of the club."""
        answer = self.world.ask("root", "GET", RECORDS.format(self.club.name))
        return list(answer.json()["items"])

    def links(self) -> list[tuple[str, str, str]]:
        """Who is linked to whom in the club."""
        query = {"filter": f"collectionRef = '{self.club.id}'", "sort": "created"}
        answer = self.world.ask("root", "GET", RECORDS.format("_externalAuths"), query=query)
        names = ("recordRef", "provider", "providerId")
        return [(row[names[0]], row[names[1]], row[names[2]]) for row in answer.json()["items"]]

    def is_known_by(self, token: str) -> bool:
        """Whether a token is still good for anything."""
        path = f"{self.club.path}/auth-refresh"
        answer = self.world.ask("guest", "POST", path, headers={"authorization": token})
        return answer.status_code == 200
