"""I6: what is owed arrives by the first channel that can take it, and once, whatever breaks on the way."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.message import Receipt, Status
from services.notify.domain.wording import read_mapping
from services.notify.gateways.aliyun import AliyunGateway
from services.notify.gateways.delivery import DELIVERY, Delivery
from services.notify.gateways.http_call import Caller
from services.notify.gateways.outbox import OutboxGateway
from services.notify.jobs import GIVE_UP_WAITING, next_due, send_all, send_due
from services.notify.usecases.conclude import UNPROVEN
from services.notify.usecases.receipts import reporting, take_reports
from services.notify.usecases.send import GATEWAYS
from shared.events.dispatch import DirectoryPublishedV1
from tests.kit.desk import MORNING, Desk, demo
from tests.notify.facts import due, registered
from tests.notify.gateways.fakes import KEY, KEY_ID, FakeAliyun, listening
from tests.notify.test_jobs import Killed, Provider

MAPPING = 'sign = "金碧"\n[templates."reminder.daily"]\ncode = "SMS_1"\nvariables = { numbers = "{numbers}" }\n'
MINUTE = timedelta(minutes=1)


def set_up(desk: Desk, channels: dict[str, Any], **changed: Any) -> Delivery:
    desk.room.extra[GATEWAYS] = {"outbox": OutboxGateway(), **channels}
    desk.room.extra[DELIVERY] = Delivery(**changed)
    found: Delivery = desk.room.extra[DELIVERY]
    return found


def use_aliyun(desk: Desk, fake: FakeAliyun, seconds: float = 3.0, **changed: Any) -> AliyunGateway:
    gateway = AliyunGateway(
        Caller(seconds=seconds, most=10),
        desk.clock,
        key_id=KEY_ID,
        key_secret=KEY,
        base_url=fake.url,
        absence_after=10 * MINUTE,
    )
    said = {"templates": read_mapping(MAPPING), "needs_template": frozenset({"sms"}), **changed}
    set_up(desk, {"sms": gateway}, **said)
    return gateway


async def passes(desk: Desk, time: timedelta, step: timedelta = MINUTE) -> None:
    """The clock goes on, and the job runs at every step."""
    end = desk.clock.now() + time
    while desk.clock.now() < end:
        desk.clock.advance(min(step, end - desk.clock.now()))
        await send_all(desk.room)


async def only(desk: Desk) -> Any:
    (row,) = await desk.rows("message")
    return row


async def states(desk: Desk) -> list[tuple[str, str | None]]:
    return [(row.status, row.via) for row in await desk.rows("message")]


# ---- receipts


async def test_a_message_is_sent_and_later_known_to_have_arrived(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake)
        await desk.hears(due(desk, numbers=["TS20260302-0001"]))
        await send_all(desk.room)
        row = await only(desk)
        assert (row.status, row.reference, row.gateway, fake.taken[0]["OutId"]) == (
            "sent", "biz-1", "aliyun", str(row.id),
        )  # fmt: skip
        await passes(desk, 5 * MINUTE)
        assert (await only(desk)).status == "sent"
        fake.states[str(row.id)] = 3
        await passes(desk, 10 * MINUTE)
        row = await only(desk)
        assert (row.status, row.sent_at, row.delivered_at > MORNING) == ("delivered", MORNING, True)
        assert (len(await desk.events()), await next_due(desk.room), len(fake.taken)) == (1, None, 1)


async def test_an_answer_lost_on_the_way_back_is_found_by_asking(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake)
        fake.steps = ["drop"]
        await desk.hears(due(desk))
        await send_all(desk.room)
        assert ((await only(desk)).status, len(fake.taken)) == ("uncertain", 1)
        await passes(desk, 59 * timedelta(seconds=1))
        assert fake.calls == ["SendSms"]
        await passes(desk, timedelta(seconds=1))
        assert ((await only(desk)).status, fake.calls) == ("sent", ["SendSms", "QuerySendDetails"])
        await passes(desk, timedelta(hours=3), 10 * MINUTE)
        assert (len(fake.taken), len(await desk.events())) == (1, 1)


async def test_a_slow_answer_is_not_waited_for_and_not_asked_for_twice(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake, seconds=0.3)
        fake.pause = 0.8
        await desk.hears(due(desk))
        await send_all(desk.room)
        assert (await only(desk)).status == "uncertain"
        await asyncio.sleep(0.6)
        fake.pause = 0
        await passes(desk, timedelta(hours=1))
        assert ((await only(desk)).status, fake.calls.count("SendSms")) == ("sent", 1)


async def test_only_proof_that_it_never_arrived_leads_to_one_more_call(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake)
        fake.steps = ["refuse"]
        await desk.hears(due(desk))
        await send_all(desk.room)
        await passes(desk, 10 * MINUTE - timedelta(seconds=1), timedelta(seconds=20))
        assert ((await only(desk)).status, "SendSms" in fake.calls) == ("uncertain", False)
        await passes(desk, timedelta(seconds=1))
        assert ((await only(desk)).status, len(fake.taken)) == ("sent", 1)


async def test_a_second_loss_is_left_to_a_person(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake)
        await desk.hears(due(desk))
        fake.steps = ["refuse"]
        await send_all(desk.room)
        while "QuerySendDetails" not in fake.calls or (await only(desk)).again == 0:
            if desk.clock.now() - MORNING == 9 * MINUTE:
                # The question that proves it, then the second call: the latter is lost as well.
                fake.steps = [{"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}, "refuse"]
            await passes(desk, MINUTE)
        await passes(desk, timedelta(hours=24), timedelta(minutes=20))
        row = await only(desk)
        assert (row.status, row.detail, row.again) == ("uncertain", UNPROVEN, 1)
        assert (fake.taken, await next_due(desk.room)) == ([], None)


async def test_a_process_killed_after_the_call_finds_out_by_asking(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        use_aliyun(desk, fake)
        await desk.hears(due(desk))

        def die(name: str) -> None:
            if name == "notify.after_send":
                raise Killed

        desk.room.failpoint = die
        with pytest.raises(Killed):
            await send_due(desk.room)
        desk.room.failpoint = lambda name: None
        use_aliyun(desk, fake)  # a new process knows nothing but what is stored
        await passes(desk, GIVE_UP_WAITING + 2 * MINUTE)
        assert ((await only(desk)).status, fake.calls) == ("sent", ["SendSms", "QuerySendDetails"])


# ---- receipts that come by themselves


async def test_a_receipt_counts_once_however_often_it_comes(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        gateway = use_aliyun(desk, fake)
        await desk.hears(due(desk))
        await send_all(desk.room)
        row = await only(desk)
        good = f'[{{"out_id": "{row.id}", "biz_id": "biz-1", "success": true, "err_code": "DELIVERED"}}]'.encode()
        bad = good.replace(b"true", b"false")
        assert reporting(desk.room, "aliyun") is gateway
        assert reporting(desk.room, "outbox") is None
        assert await take_reports(desk.room, gateway, gateway.reports(good)) == 1
        assert await take_reports(desk.room, gateway, gateway.reports(good)) == 0
        assert await take_reports(desk.room, gateway, gateway.reports(bad)) == 0
        stranger = good.replace(str(row.id).encode(), b"019c0000-0000-7000-8000-000000000009")
        assert await take_reports(desk.room, gateway, gateway.reports(stranger)) == 0
        assert ((await only(desk)).status, len(await desk.events())) == ("delivered", 1)


async def test_a_receipt_of_a_message_taken_for_lost_ends_the_doubt(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        gateway = use_aliyun(desk, fake)
        fake.steps = ["drop"]
        await desk.hears(due(desk))
        await send_all(desk.room)
        body = f'[{{"out_id": "{(await only(desk)).id}", "biz_id": "biz-1", "success": true}}]'.encode()
        assert await take_reports(desk.room, gateway, gateway.reports(body)) == 1
        row = await only(desk)
        assert (row.status, row.reference, await next_due(desk.room)) == ("delivered", "biz-1", None)


async def test_what_did_not_arrive_goes_by_the_next_channel(desk: Desk) -> None:
    async with listening(FakeAliyun()) as fake:
        assert isinstance(fake, FakeAliyun)
        gateway = use_aliyun(desk, fake, fallbacks=["wecom", "outbox"])
        wecom = Provider(Receipt(Status.sent, "w"))
        desk.room.extra[GATEWAYS]["wecom"] = wecom
        await desk.hears(due(desk))
        await send_all(desk.room)
        body = f'[{{"out_id": "{(await only(desk)).id}", "success": false, "err_code": "MK:0001"}}]'.encode()
        assert await take_reports(desk.room, gateway, gateway.reports(body)) == 1
        await send_all(desk.room)
        row = await only(desk)
        assert (row.status, row.via, row.note, len(wecom.calls)) == ("sent", "wecom", "sms：未送达：MK:0001", 1)
        assert len(await desk.events()) == 1
        assert await take_reports(desk.room, gateway, gateway.reports(body)) == 0


# ---- other channels


async def test_a_message_without_a_template_goes_by_the_next_channel_that_can(desk: Desk) -> None:
    sms, email, wecom = Provider(), Provider(), Provider(Receipt(Status.failed, detail="没有这位成员"))
    channels = {"sms": sms, "email": email, "wecom": wecom}
    set_up(desk, channels, fallbacks=["email", "wecom", "outbox"], needs_template=frozenset({"sms"}))
    await desk.hears(due(desk))
    await send_all(desk.room)
    row = await only(desk)
    assert (row.status, row.via, row.gateway) == ("sent", "outbox", "outbox")
    assert row.note == "sms：短信模板未映射；email：没有电子邮箱；wecom：没有这位成员"
    assert (len(sms.calls), len(email.calls), len(wecom.calls)) == (0, 0, 1)


async def test_where_no_channel_is_left_it_has_failed(desk: Desk) -> None:
    set_up(desk, {"sms": Provider()}, needs_template=frozenset({"sms"}))
    await desk.hears(due(desk))
    await send_all(desk.room)
    assert ((await only(desk)).status, (await only(desk)).detail) == ("failed", "短信模板未映射")


async def test_a_customer_is_not_told_by_the_staffs_channels(desk: Desk) -> None:
    wecom = Provider()
    channels = {"sms": Provider(Receipt(Status.failed, detail="空号")), "wecom": wecom}
    set_up(desk, channels, fallbacks=["wecom", "outbox"])
    await desk.hears(registered(desk, desk.other_ids.new()))
    await send_all(desk.room)
    (row,) = [row for row in await desk.rows("message") if row.recipient == "customer"]
    assert (row.status, row.via, row.detail, wecom.calls) == ("failed", None, "空号", [])


async def test_a_person_with_an_address_gets_a_letter_there(desk: Desk) -> None:
    directory = demo()
    people = [
        one.model_copy(update={"email": "wu@example.cn"}) if one.id == "wu.gang" else one for one in directory.people
    ]
    await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=directory.with_changes(people=people)))
    desk.clock.advance(timedelta(seconds=2))
    email = Provider()
    set_up(desk, {"sms": Provider(Receipt(Status.failed, detail="空号")), "email": email}, fallbacks=["email"])
    await desk.hears(due(desk))
    await send_all(desk.room)
    assert ((await only(desk)).via, email.calls[0].address) == ("email", "wu@example.cn")
    assert email.calls[0].name == "吴刚"
