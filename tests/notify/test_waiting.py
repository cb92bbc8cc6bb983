"""I6: messages that wait, for a limit, for the morning or for a gateway that is away, and go out in time or never."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Text, literal, select, update

from services.notify.domain.limits import Limits
from services.notify.domain.message import Message, Receipt, Status
from services.notify.domain.quiet import quiet_of
from services.notify.domain.wording import read_mapping
from services.notify.gateways.breaker import FAILURES, FIRST_PAUSE
from services.notify.gateways.port import GatewayAway
from services.notify.jobs import next_due, send_all
from services.notify.tables import MessageRow
from services.notify.usecases.claim import AWAY_MOST
from shared.db.statements import fetch, run
from tests.kit.desk import MORNING, Desk
from tests.notify.facts import due, registered
from tests.notify.test_delivery import MAPPING, MINUTE, only, passes, set_up, states
from tests.notify.test_jobs import Provider

# ---- limits


async def test_the_eleventh_notice_of_a_day_goes_by_another_channel(desk: Desk) -> None:
    sms, wecom = Provider(), Provider()
    set_up(desk, {"sms": sms, "wecom": wecom}, fallbacks=["wecom"], limits={"sms": Limits(per_day=10)})
    for number in range(12):
        await desk.hears(due(desk, f"k{number}"))
    await desk.hears(due(desk, "other", recipient="ma.chao"))
    await send_all(desk.room)
    assert (len(sms.calls), len(wecom.calls)) == (11, 2)
    last = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    desk.clock.move_to(last)
    await desk.hears(due(desk, "last"))
    await send_all(desk.room)
    assert (len(sms.calls), len(wecom.calls)) == (11, 3)
    desk.clock.move_to(last + timedelta(seconds=1))
    await desk.hears(due(desk, "tomorrow"))
    await send_all(desk.room)
    assert (len(sms.calls), len(wecom.calls)) == (12, 3)


async def test_a_try_that_was_not_taken_is_counted_once(desk: Desk) -> None:
    sms = Provider(GatewayAway("busy"), GatewayAway("busy"))
    set_up(desk, {"sms": sms}, limits={"sms": Limits(per_day=1)})
    await desk.hears(due(desk))
    await send_all(desk.room)
    await passes(desk, MINUTE, timedelta(seconds=5))
    assert ((await only(desk)).status, len(sms.calls)) == ("sent", 3)


async def test_a_template_has_a_limit_of_its_own(desk: Desk) -> None:
    sms = Provider()
    limits = Limits(per_day=10, per_template=2)
    set_up(desk, {"sms": sms}, fallbacks=["outbox"], limits={"sms": limits}, templates=read_mapping(MAPPING))
    for number in range(3):
        await desk.hears(due(desk, f"k{number}"))
    for number in range(9):
        await desk.hears(due(desk, f"other{number}", template="urge.leader"))
    await send_all(desk.room)
    told = [call.template for call in sms.calls]
    assert (told.count("reminder.daily"), told.count("urge.leader")) == (2, 8)


async def test_two_replicas_keep_the_limit_together(desk: Desk) -> None:
    sms = Provider()
    set_up(desk, {"sms": sms}, fallbacks=["outbox"], limits={"sms": Limits(per_day=10)})
    for number in range(60):
        await desk.hears(due(desk, f"k{number}"))
    await asyncio.gather(send_all(desk.room), send_all(desk.room))
    assert len(sms.calls) == 10
    assert {status for status, _ in await states(desk)} == {"sent"}


async def test_wecom_gets_thirty_a_minute_and_none_at_the_half_hour(desk: Desk) -> None:
    wecom = Provider()
    limits = {"wecom": Limits(per_minute=30, avoids_busy=True)}
    set_up(desk, {"wecom": wecom}, limits=limits)
    desk.clock.move_to(datetime(2026, 3, 2, 1, 30, tzinfo=UTC))
    for number in range(31):
        await desk.hears(due(desk, f"k{number}", channel="wecom"))
    await send_all(desk.room)
    assert (wecom.calls, await next_due(desk.room)) == ([], datetime(2026, 3, 2, 1, 31, tzinfo=UTC))
    await passes(desk, MINUTE)
    assert len(wecom.calls) == 30
    await passes(desk, MINUTE)
    assert len(wecom.calls) == 31


# ---- quiet hours


@pytest.mark.parametrize(
    ("at", "goes"),
    [
        ("13:59:59", None),
        ("14:00:00", "23:00:00"),
        ("22:59:59", "23:00:00"),
        ("23:00:00", None),
    ],
)
@pytest.mark.parametrize("outside", [True, False])
async def test_customers_are_left_alone_at_night(desk: Desk, at: str, goes: str | None, outside: bool) -> None:
    """22:00-07:00 in Shanghai is 14:00-23:00 UTC."""
    sms = Provider()
    set_up(desk, {"sms": sms} if outside else {}, quiet=quiet_of("22:00-07:00"))
    desk.clock.move_to(datetime.fromisoformat(f"2026-03-02T{at}+00:00"))
    await desk.hears(registered(desk, desk.other_ids.new()))
    await send_all(desk.room)

    async def told() -> list[Any]:
        return [row for row in await desk.rows("message") if row.recipient == "customer"]

    (row,) = await told()
    if goes is None:
        assert row.status == "sent"
        return
    morning = datetime.fromisoformat(f"2026-03-02T{goes}+00:00")
    assert (row.status, row.next_try_at) == ("queued", morning)
    desk.clock.move_to(morning - timedelta(microseconds=1))
    await send_all(desk.room)
    assert (await told())[0].status == "queued"
    desk.clock.move_to(morning)
    await send_all(desk.room)
    assert ((await told())[0].status, (await told())[0].sent_at) == ("sent", morning)


async def test_a_reminder_goes_out_in_quiet_hours_too(desk: Desk) -> None:
    set_up(desk, {}, quiet=quiet_of("00:00-23:59"))
    await desk.hears(due(desk))
    assert (await only(desk)).status == "sent"


# ---- a gateway that is away


async def test_while_the_gateway_is_away_messages_wait_and_no_try_is_counted(desk: Desk) -> None:
    sms = Provider(*[GatewayAway("429")] * 40)
    set_up(desk, {"sms": sms}, concurrency=1)
    for number in range(30):
        await desk.hears(due(desk, f"k{number}"))
    await send_all(desk.room)
    assert len(sms.calls) == FAILURES
    assert {(row.status, row.attempts) for row in await desk.rows("message")} == {("queued", 0)}
    await passes(desk, FIRST_PAUSE - timedelta(seconds=1), timedelta(seconds=7))
    assert len(sms.calls) == FAILURES
    await passes(desk, timedelta(seconds=1))
    assert len(sms.calls) == FAILURES + 1, "one goes ahead of the others"
    sms.answers = []
    await passes(desk, 10 * MINUTE, timedelta(seconds=15))
    assert {status for status, _ in await states(desk)} == {"sent"}
    assert len(sms.calls) == FAILURES + 1 + 30


async def test_the_gateway_itself_may_say_when_to_come_again(desk: Desk) -> None:
    sms = Provider(GatewayAway("503", timedelta(minutes=3)))
    set_up(desk, {"sms": sms}, concurrency=1)
    await desk.hears(due(desk))
    await send_all(desk.room)
    assert await next_due(desk.room) == MORNING + timedelta(minutes=3)


async def test_a_reminder_whose_gateway_is_away_all_day_expires_at_midnight(desk: Desk) -> None:
    midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)
    sms = Provider(*[GatewayAway("away")] * 10_000)
    set_up(desk, {"sms": sms}, fallbacks=["outbox"])
    await desk.hears(due(desk, expires_at=midnight))
    desk.clock.move_to(midnight - timedelta(hours=1))
    await passes(desk, timedelta(hours=1) - timedelta(seconds=1), 5 * MINUTE)
    assert (await only(desk)).status == "queued"
    sms.answers = []
    desk.clock.move_to(midnight)
    await send_all(desk.room)
    assert (await only(desk)).status == "expired"


async def test_what_does_not_expire_goes_by_another_channel_after_a_day(desk: Desk) -> None:
    sms = Provider(*[GatewayAway("away")] * 10_000)
    set_up(desk, {"sms": sms}, fallbacks=["outbox"])
    for number in range(FAILURES):
        await desk.hears(due(desk, f"k{number}"))
    await send_all(desk.room)
    await passes(desk, AWAY_MOST, timedelta(hours=1))
    assert set(await states(desk)) == {("sent", "outbox")}


# ---- many at once


async def test_one_slow_call_does_not_hold_up_the_others(desk: Desk) -> None:
    others = 119

    class OneSlow(Provider):
        at_once = most = done = 0
        all_done = asyncio.Event()

        async def send(self, message: Message) -> Receipt:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
            if message.key == "k0":
                await asyncio.wait_for(self.all_done.wait(), 30)
            else:
                await asyncio.sleep(0)
                self.done += 1
            if self.done == others:
                self.all_done.set()
            self.at_once -= 1
            return Receipt(Status.sent)

    sms = OneSlow()
    set_up(desk, {"sms": sms}, concurrency=7)
    for number in range(others + 1):
        await desk.hears(due(desk, f"k{number}"))
    await send_all(desk.room)
    assert {status for status, _ in await states(desk)} == {"sent"}
    assert sms.most == 7


async def test_a_message_that_cannot_be_opened_holds_up_none_of_the_others(desk: Desk) -> None:
    sms = Provider()
    set_up(desk, {"sms": sms})
    for number in range(3):
        await desk.hears(due(desk, f"k{number}"))
    table = MessageRow.__table__  # type: ignore[attr-defined]
    async with desk.room.db.begin() as session:
        ((first,),) = await fetch(session, select(table.c.id).order_by(table.c.id).limit(1))
        ruined = literal(f"v1:new:{'A' * 60}", Text())
        await run(session, update(table).where(table.c.id == first).values(text=ruined))
    await send_all(desk.room)
    assert len(sms.calls) == 2
