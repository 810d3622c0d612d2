"""The queue of mails, and what is forgotten in time, on every store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from holobase.domain.principal import MFAS, OTPS
from holobase.domain.record import Record
from holobase.domain.settings import Smtp
from holobase.engine.accounts import purging
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.kernel import Kernel
from holobase.engine.mail.postbox import Mailers, Postbox
from holobase.engine.mail.queue import LEASE_SECONDS, RESEND_SECONDS, RETRY_SECONDS, Letter, Queue
from holobase.engine.mail.sender import Sender
from holobase.engine.unit import Unit
from holobase.kit import ids
from holobase.ports.command import Command
from holobase.ports.mailer import Mail, MailFailed
from holobase.ports.store import Store
from holobase.runtime.product import SYSTEM
from tests.stores.conftest import OpenStore
from tests.stores.kernels import SEALER, giving
from tests.stores.notes import NOW

TO = "fan@example.com"


@dataclass
class Office:
    """A kernel with a postbox, a clock that is set by hand, and a mailer that notes what it got."""

    kernel: Kernel
    moment: list[int]
    refusal: MailFailed | None = None
    sent: list[str] = field(default_factory=list)
    told: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.postbox = Postbox(
            Queue(self.kernel.store), KeptSettings(self.kernel), Mailers(self, self), print
        )

    async def send(self, mail: Mail, server: Smtp) -> None:
        await asyncio.sleep(0)
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(mail.message_id)

    def pass_seconds(self, seconds: float) -> None:
        self.moment[0] += int(seconds * 1000)

    async def post(self, about: str = "", seconds: int = 3600, otp: str = "") -> str:
        mail = _mail(ids.record_id())
        letter = Letter(mail, self.moment[0] + seconds * 1000, otp)
        await self.run(lambda unit: self.postbox.queue.put(unit, letter, about))
        return mail.message_id

    async def step(self) -> None:
        def on_failure(mail: object, error: Exception, is_over: bool) -> None:
            self.told.append(is_over)

        def on_trouble(error: Exception) -> None:
            raise AssertionError from error

        await Sender(self.kernel, self.postbox, on_failure, on_trouble).step()

    async def run(self, command: object) -> object:
        request = self.kernel.service_request("t")
        return await self.kernel.run(request, command)  # type: ignore[arg-type]

    async def account(self) -> Record:
        values = {"email": TO, "tokenKey": "k" * 50, "password": "x", "verified": True}
        record = await self.run(lambda unit: unit.create("_superusers", values))
        assert isinstance(record, Record)
        return record

    async def left(self, name: str, account: Record, **values: str) -> str:
        owner = {"collectionRef": account.collection_id, "recordRef": account.id}
        record = await self.run(lambda unit: unit.create(name, {**owner, **values}))
        assert isinstance(record, Record)
        return record.id

    async def find(self, name: str, record_id: str) -> Record | None:
        found = await self.run(lambda unit: unit.find(name, record_id))
        assert found is None or isinstance(found, Record)
        return found


async def office(store: Store, moment: list[int]) -> Office:
    kernel = Kernel(SYSTEM.declarations, SYSTEM.reactions, SEALER, lambda: moment[0])
    await kernel.open(giving(store), ())
    return Office(kernel, moment)


@asynccontextmanager
async def opened(open_store: OpenStore) -> AsyncIterator[Office]:
    async with open_store() as store:
        yield await office(store, [NOW])


async def test_a_mail_is_sent_once(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        posted = [await here.post() for _ in range(3)]
        for _ in range(3):
            await here.step()
        assert sorted(here.sent) == sorted(posted)
        assert await here.postbox.queue.next_due() is None


async def test_two_processes_send_a_mail_once(open_store: OpenStore) -> None:
    async with open_store() as one, open_store() as two:
        moment = [NOW]
        here, there = await office(one, moment), await office(two, moment)
        posted = [await here.post() for _ in range(15)]
        for _ in range(3):
            await asyncio.gather(here.step(), there.step())
        assert sorted([*here.sent, *there.sent]) == sorted(posted)


async def test_a_mail_of_a_process_that_died_is_sent_by_another(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        posted = await here.post()
        await here.run(here.postbox.queue.take)
        here.pass_seconds(LEASE_SECONDS - 1)
        await here.step()
        assert here.sent == []
        here.pass_seconds(2)
        await here.step()
        assert here.sent == [posted]


async def test_a_failed_mail_is_tried_again_with_longer_pauses(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        posted = await here.post()
        here.refusal = MailFailed("the server is away")
        for pause in (RETRY_SECONDS, 2 * RETRY_SECONDS, 4 * RETRY_SECONDS):
            await here.step()
            assert await here.postbox.queue.next_due() == here.moment[0] + pause * 1000
            here.pass_seconds(pause)
        here.refusal = None
        await here.step()
        assert here.sent == [posted]
        assert here.told == [False, False, False]


async def test_a_mail_that_will_never_be_taken_is_given_up(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        account = await here.account()
        code = await here.left(OTPS, account, password="x")
        await here.post(otp=code)
        here.refusal = MailFailed("no such person", is_final=True)
        await here.step()
        assert here.told == [True]
        assert await here.find(OTPS, code) is None
        assert await here.postbox.queue.next_due() is None


async def test_a_mail_is_not_tried_for_longer_than_it_is_of_use(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        await here.post(seconds=RETRY_SECONDS)
        here.refusal = MailFailed("the server is away")
        await here.step()
        assert here.told == [True]
        assert await here.postbox.queue.next_due() is None


async def test_a_code_that_was_sent_knows_where_to(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        code = await here.left(OTPS, await here.account(), password="x")
        await here.post(otp=code)
        await here.step()
        found = await here.find(OTPS, code)
        assert found is not None and found.values["sentTo"] == TO


async def test_the_same_mail_is_not_sent_again_at_once(open_store: OpenStore) -> None:
    async with opened(open_store) as here:

        async def is_guarded() -> bool:
            return bool(await here.run(lambda unit: here.postbox.queue.is_guarded(unit, "a")))

        assert not await is_guarded()
        await here.post("a")
        assert await is_guarded()
        await here.step()
        assert await is_guarded()
        here.pass_seconds(RESEND_SECONDS)
        assert not await is_guarded()
        await here.step()
        assert await here.postbox.queue.next_due() is None, "nothing stays behind"
        await here.post("a")
        await here.run(lambda _: here.postbox.queue.lift("a"))
        assert not await is_guarded()


async def test_a_mail_that_was_given_up_stands_in_no_others_way(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        await here.post("a")
        here.refusal = MailFailed("no such person", is_final=True)
        await here.step()
        assert not await here.run(lambda unit: here.postbox.queue.is_guarded(unit, "a"))


async def test_a_command_that_fails_posts_nothing(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        mail = Letter(_mail(), NOW + 1000)

        def failing(unit: Unit) -> Command[None]:
            yield from here.postbox.queue.put(unit, mail)
            raise ZeroDivisionError

        with suppress(ZeroDivisionError):
            await here.run(failing)
        assert await here.postbox.queue.next_due() is None


async def test_what_waits_is_sealed(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        await here.post()
        queue = here.postbox.queue
        statement = queue._due
        rows = await here.kernel.store.fetch(statement, statement.bind(given={"now": NOW}))
        assert TO.encode() not in bytes(rows[0][4])


async def test_what_is_over_is_forgotten_every_hour(open_store: OpenStore) -> None:
    async with opened(open_store) as here:
        account = await here.account()
        old = [
            await here.left(MFAS, account, method="otp"),
            await here.left(OTPS, account, password="x"),
        ]
        here.pass_seconds(175)
        young = await here.left(OTPS, account, password="x")
        here.pass_seconds(6)
        first, codes = purging.jobs(here.kernel)
        await codes.run()
        assert await here.find(OTPS, old[1]) is None
        assert await here.find(OTPS, young) is not None
        here.pass_seconds(430)
        await first.run()
        assert await here.find(MFAS, old[0]) is None
        fresh = await here.left(MFAS, account, method="otp")
        here.pass_seconds(599)
        await first.run()
        assert await here.find(MFAS, fresh) is not None


def _mail(message_id: str = "x@example.com") -> Mail:
    return Mail(
        message_id=message_id,
        at=NOW,
        sender_name="Cards",
        sender_address="cards@example.com",
        to=TO,
        subject="Hello",
        text="text",
        html="<p>text</p>",
    )
