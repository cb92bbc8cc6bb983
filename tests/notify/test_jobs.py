"""Gateways that stand outside: what is owed goes out once, whatever breaks."""

import asyncio
from datetime import timedelta

import pytest

from services.notify.app import build
from services.notify.domain.message import Message, Receipt, Status
from services.notify.jobs import GIVE_UP_WAITING, RETRY_DELAYS, next_due, send_due
from services.notify.usecases.send import GATEWAYS
from shared.kernel.errors import Transient
from shared.kernel.ids import Ids
from tests.kit.desk import MORNING, Desk
from tests.notify.facts import due


class Provider:
    """Answers what it is told to; a text is delivered as often as it was accepted."""

    name = "provider"
    local = False

    def __init__(self, *answers: Receipt | Exception, deduplicates: bool = False) -> None:
        self.deduplicates = deduplicates
        self.answers = list(answers)
        self.calls: list[Message] = []

    async def send(self, message: Message) -> Receipt:
        self.calls.append(message)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else Receipt(Status.sent, "r1")
        if isinstance(answer, Exception):
            raise answer
        return answer


class Killed(BaseException):
    """The process dies here."""


def use(desk: Desk, provider: Provider) -> None:
    desk.room.extra[GATEWAYS] = {"sms": provider}


async def status(desk: Desk) -> list[str]:
    return [row.status for row in await desk.rows("message")]


async def test_it_waits_in_the_queue_until_the_job_sends_it(desk: Desk) -> None:
    provider = Provider()
    use(desk, provider)
    await desk.hears(due(desk))
    assert (await status(desk), await desk.events(), await next_due(desk.room)) == (["queued"], [], MORNING)
    desk.clock.advance(timedelta(seconds=1))
    assert await send_due(desk.room) == 1
    (row,) = await desk.rows("message")
    assert (row.status, row.reference, row.sent_at) == ("sent", "r1", MORNING + timedelta(seconds=1))
    assert len(await desk.events()) == 1
    assert (await send_due(desk.room), await next_due(desk.room), len(provider.calls)) == (0, None, 1)


async def test_what_was_not_taken_is_tried_again_later_with_the_same_key(desk: Desk) -> None:
    provider = Provider(Transient("busy"))
    use(desk, provider)
    await desk.hears(due(desk))
    await send_due(desk.room)
    assert (await status(desk), await send_due(desk.room)) == (["queued"], 0)
    desk.clock.advance(RETRY_DELAYS[0])
    await send_due(desk.room)
    assert await status(desk) == ["sent"]
    assert len({call.key for call in provider.calls}) == 1


async def test_after_the_last_try_it_has_failed(desk: Desk) -> None:
    provider = Provider(*[Transient("busy")] * 20)
    use(desk, provider)
    await desk.hears(due(desk))
    for _ in range(20):
        await send_due(desk.room)
        desk.clock.advance(timedelta(hours=1))
    assert (await status(desk), len(provider.calls), await desk.events()) == (["failed"], len(RETRY_DELAYS) + 1, [])


async def test_a_refusal_is_final(desk: Desk) -> None:
    use(desk, Provider(Receipt(Status.failed, detail="blacklisted")))
    await desk.hears(due(desk))
    await send_due(desk.room)
    (row,) = await desk.rows("message")
    assert (row.status, row.detail, row.sent_at) == ("failed", "blacklisted", None)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), ValueError("bad reply")])
async def test_a_lost_answer_is_uncertain_and_never_sent_again(desk: Desk, error: Exception) -> None:
    provider = Provider(error)
    use(desk, provider)
    await desk.hears(due(desk))
    for _ in range(3):
        await send_due(desk.room)
        desk.clock.advance(timedelta(hours=1))
    assert (await status(desk), len(provider.calls)) == (["uncertain"], 1)


async def test_a_gateway_that_knows_the_key_may_be_asked_again(desk: Desk) -> None:
    provider = Provider(TimeoutError(), deduplicates=True)
    use(desk, provider)
    await desk.hears(due(desk))
    await send_due(desk.room)
    desk.clock.advance(RETRY_DELAYS[0])
    await send_due(desk.room)
    assert (await status(desk), len(provider.calls)) == (["sent"], 2)


@pytest.mark.parametrize(("point", "calls"), [("notify.before_send", 0), ("notify.after_send", 1)])
@pytest.mark.parametrize(("deduplicates", "then"), [(False, "uncertain"), (True, "sent")])
async def test_a_process_killed_around_the_call(
    desk: Desk, point: str, calls: int, deduplicates: bool, then: str
) -> None:
    provider = Provider(deduplicates=deduplicates)
    use(desk, provider)
    await desk.hears(due(desk))

    def die(name: str) -> None:
        if name == point:
            raise Killed

    desk.room.failpoint = die
    with pytest.raises(Killed):
        await send_due(desk.room)
    desk.room.failpoint = lambda name: None
    assert (await status(desk), len(provider.calls)) == (["sending"], calls)
    assert await send_due(desk.room) == 0
    desk.clock.advance(GIVE_UP_WAITING)
    await send_due(desk.room)
    assert await status(desk) == [then]
    assert len(provider.calls) == calls + (1 if deduplicates else 0)


async def test_a_process_that_wakes_after_it_was_taken_for_dead_changes_nothing(desk: Desk) -> None:
    woke, asleep = asyncio.Event(), asyncio.Event()

    class Slow(Provider):
        async def send(self, message: Message) -> Receipt:
            asleep.set()
            await woke.wait()
            return await super().send(message)

    use(desk, Slow())
    await desk.hears(due(desk))
    paused = asyncio.create_task(send_due(desk.room))
    await asleep.wait()
    desk.clock.advance(GIVE_UP_WAITING)
    await send_due(desk.room)
    assert await status(desk) == ["uncertain"]
    woke.set()
    await paused
    assert (await status(desk), await desk.events()) == (["uncertain"], [])


async def test_replicas_share_the_work_and_send_nothing_twice(desk: Desk) -> None:
    provider = Provider()
    use(desk, provider)
    for number in range(120):
        await desk.hears(due(desk, f"k{number}"))
    other = build(desk.room.db, desk.clock, Ids(desk.clock), desk.room.policies)
    other.extra[GATEWAYS] = {"sms": provider}
    while sum(await asyncio.gather(send_due(desk.room), send_due(other))):
        pass
    assert set(await status(desk)) == {"sent"}
    assert len(provider.calls) == len({call.key for call in provider.calls}) == 120


async def test_a_mobile_that_came_with_a_later_directory_is_used(desk: Desk) -> None:
    provider = Provider()
    use(desk, provider)
    table = desk.room.tables.directory
    async with desk.room.db.begin() as session:
        connection = await session.connection()
        kept = (await connection.execute(table.select())).mappings().one()
        await connection.execute(table.delete())
    await desk.hears(due(desk))
    assert (await desk.rows("message"))[0].address is None
    async with desk.room.db.begin() as session:
        await (await session.connection()).execute(table.insert(), dict(kept))
    await send_due(desk.room)
    assert provider.calls[0].address is not None


async def test_the_tick_sends_all_that_is_due(desk: Desk) -> None:
    provider = Provider()
    use(desk, provider)
    for number in range(60):
        await desk.hears(due(desk, f"k{number}"))
    assert desk.room.tick is not None
    await desk.room.tick(desk.room)
    assert len(provider.calls) == 60
