"""What is easily missed in the reference about logins by other services: one test for each entry,
named after it. The tests of each part say more.
"""

from urllib.parse import urlsplit

from tests.listener import listen
from tests.stub_provider import Stage
from tests.wire.strangers import Someone
from tests.wire.test_oauth2 import methods
from tests.wire.test_oauth2_redirect import TOPIC, back
from tests.wire.world import World


def test_9_verifying_ends_earlier_links_and_then_all_tokens(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join()
    token = member.token()
    ann.enters(token=token)
    assert ann.is_known_by(token)
    member.change(verified=True)
    assert ann.links() == []
    assert not ann.is_known_by(token)


def test_24_a_login_onto_an_unverified_account_resets_it(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    member = ann.club.join(email=ann.email)
    token = member.token()
    assert ann.enters()["record"]["id"] == member.id
    assert member.log_in().status_code == 400
    assert not ann.is_known_by(token)


def test_25_a_token_links_the_provider_instead_of_an_address(world: World, stage: Stage) -> None:
    ann = Someone(world, stage)
    by_address, member = ann.club.join(email=ann.email, verified=True), ann.club.join(verified=True)
    assert ann.enters(token=member.token())["record"]["id"] == member.id
    assert by_address.left("_externalAuths") == []


def test_26_the_address_stays_open_ended_and_sorted(world: World, stage: Stage) -> None:
    [offer, _] = methods(Someone(world, stage).club)["oauth2"]["providers"]
    assert offer["authURL"].endswith("&redirect_uri=")
    names = [pair.partition("=")[0] for pair in urlsplit(offer["authURL"]).query.split("&")][:-1]
    assert names == sorted(names)


def test_27_providers_of_old_sdks_are_a_list_when_off_and_have_no_logo(
    world: World, stage: Stage
) -> None:
    club = Someone(world, stage).club
    assert {provider["logo"] for provider in methods(club)["authProviders"]} == {""}
    club.change(oauth2={"enabled": False})
    assert methods(club)["authProviders"] == []


def test_28_the_redirect_tells_the_two_methods_apart(world: World) -> None:
    with listen(world.url) as page:
        for method, status in (("GET", 307), ("POST", 303)):
            page.subscribe(TOPIC)
            assert back(world, method, state=page.id, code="x").status_code == status
            assert page.next().event == TOPIC
