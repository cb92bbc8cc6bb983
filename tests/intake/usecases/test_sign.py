from typing import Any

import pytest

from services.intake.domain.signature import sha256
from shared.events.dispatch import CaseClosedV1, OrderSubmittedV1
from shared.events.intake import ComplaintSignedV1
from shared.kernel.errors import Code
from tests.kit.desk import SYSTEM, Desk, customer
from tests.kit.pictures import data_url, noisy_name


async def test_the_customer_signs_the_text_of_the_record(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    answer = await desk.do("complaint.sign", customer(case), case, signature="张先生")
    assert (answer["state"], answer["version"]) == ("registered", 2)
    (row,) = await desk.rows("signature")
    assert (row.taken_by, row.signature, row.text_sha256) == ("customer", "张先生", sha256(row.text))
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintSignedV1)
    assert (event.text_sha256, event.closes, event.by) == (row.text_sha256, False, "customer")


async def test_the_officer_holds_the_terminal(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.sign", "liu.yan", case, signature="张先生")
    assert (await desk.rows("complaint"))[0].signed is True


async def test_a_drawn_signature_of_a_usual_size_is_taken(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    drawn = data_url(noisy_name())
    assert len(drawn) > 100_000
    await desk.do("complaint.sign", customer(case), case, signature=drawn)
    assert (await desk.rows("signature"))[0].signature == drawn


async def test_signing_what_was_solved_on_the_spot_closes_it(desk: Desk) -> None:
    case = (await desk.register(on_the_spot=True))["complaint"]
    answer = await desk.do("complaint.sign", customer(case), case, signature="张先生")
    assert answer["state"] == "closed"
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintSignedV1)
    assert event.closes is True
    refused = await desk.refused(Code.state_not_allowed, "complaint.sign", customer(case), case, signature="张先生")
    assert "已结案" in refused.detail


async def test_an_order_already_submitted_is_not_closed_by_a_signature(desk: Desk) -> None:
    case = (await desk.register(on_the_spot=True))["complaint"]
    await desk.hears(
        desk.fact(
            OrderSubmittedV1, complaint_id=case, project_id="jinbi-bay", by="wang.min", state_before="registered",
            state="order_submitted", order_id=desk.other_ids.new(), version=1, first_department="property",
            required_by=None,
        )
    )  # fmt: skip
    answer = await desk.do("complaint.sign", customer(case), case, signature="张先生")
    assert answer["state"] == "order_submitted"
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintSignedV1)
    assert event.closes is False


async def test_what_dispatch_closed_is_not_signed_any_more(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.hears(
        desk.fact(
            CaseClosedV1, complaint_id=case, project_id="jinbi-bay", by="gao.feng", state_before="closure_reviewed",
            state="closed", ground="approved",
        )
    )  # fmt: skip
    await desk.refused(Code.state_not_allowed, "complaint.sign", customer(case), case, signature="张先生")


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (Code.field_missing, {}),
        (Code.field_missing, {"signature": ""}),
        (Code.field_missing, {"signature": "  "}),
        (Code.field_invalid, {"signature": 5}),
        (Code.field_invalid, {"signature": "a\x00"}),
        (Code.field_invalid, {"signature": "data:text/html,<b>"}),
        (Code.field_invalid, {"signature": "x" * 400_001}),
        (Code.field_invalid, {"signature": "x", "at": "2026-03-02"}),
    ],
)
async def test_a_bad_signature_is_refused(desk: Desk, code: Code, data: dict[str, Any]) -> None:
    case = (await desk.register())["complaint"]
    await desk.refused(code, "complaint.sign", customer(case), case, **data)


async def test_only_the_customer_of_the_case_or_its_officers_sign(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    other = (await desk.register("sun.yue", project="lakeside"))["complaint"]
    await desk.refused(Code.scope_not_allowed, "complaint.sign", customer(other), case, signature="x")
    await desk.refused(Code.scope_not_allowed, "complaint.sign", customer(), case, signature="x")
    await desk.refused(Code.scope_not_allowed, "complaint.sign", "sun.yue", case, signature="x")
    await desk.refused(Code.role_not_allowed, "complaint.sign", "wu.gang", case, signature="x")
    await desk.refused(Code.role_not_allowed, "complaint.sign", SYSTEM, case, signature="x")


async def test_an_unknown_case_and_a_stale_version_are_refused(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.refused(Code.not_found, "complaint.sign", "wang.min", desk.other_ids.new(), signature="x")
    await desk.refused(Code.not_found, "complaint.sign", "wang.min", None, signature="x")
    await desk.refused(Code.version_conflict, "complaint.sign", "wang.min", case, version=2, signature="x")
    await desk.do("complaint.sign", "wang.min", case, version=1, signature="x")
