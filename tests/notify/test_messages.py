from uuid import uuid4
from shared.events.intake import ComplaintRegisteredV1, Customer
from shared.events.dispatch import OrderIssuedV1, CaseClosedV1
from shared.events.sla import ReminderDueV1
from tests.kit.desk import *
from services.notify.usecases.reads import messages, outcome
async def test_smoke(desk):
    c=desk.other_ids.new()
    reg=desk.fact(ComplaintRegisteredV1,complaint_id=c,project_id="jinbi-bay",by="wang.min",number="TS20260302-0001",policy_id="group-after-sales",policy_version="2020-01-01",channel="phone",contact_ended_at=MORNING,officer="wang.min",handed_in=False,kind="complaint",validity=None,category="property_service",severity="general",severity_reason="x",required_by=None,customer=Customer(name="张",phone="+8613800000001"),content="x",on_the_spot=False,signed=False,closed=False)
    iss=desk.fact(OrderIssuedV1,complaint_id=c,project_id="jinbi-bay",by="gao.feng",state_before="order_reviewed",state="handling",order_id=desk.other_ids.new(),version=1,number="DB-1",liable="wu.gang",leader="ma.chao",chairman="lin.fang")
    await desk.hears(iss)
    await desk.hears(iss)
    print(await desk.counts())
    await desk.hears(reg)
    await desk.hears(reg)
    print(await desk.counts())
    import datetime
    for k in (1,2):
        await desk.hears(desk.fact(ReminderDueV1,key="k",template="reminder.daily",channel="sms",recipient="wu.gang",local_date=datetime.date(2026,3,3),complaints=[c],numbers=["TS20260302-0001"]))
    print(await outcome(desk.room))
    print(await messages(desk.room, person("wu.gang")))
    print(await messages(desk.room, person("gao.feng"), limit=1))
    print(await messages(desk.room, person("wang.min"), complaint_id=c))
    print(desk.room.consumers.keys(), await desk.room.next_wake(desk.room)); await desk.room.tick(desk.room)
