"""What intake said, in whatever order it came."""

from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any
from uuid import UUID

from services.dispatch.domain.fold import fold
from shared.events.base import Event
from shared.events.intake import ComplaintClassifiedV1, ComplaintCorrectedV1, ComplaintRegisteredV1, ComplaintSignedV1
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from tests.kit.desk import MORNING

IDS = Ids(ManualClock(MORNING), Random(3))
CASE = UUID(int=7)


def fact(kind: type[Event], minutes: int, /, **fields: Any) -> Event:
    at = MORNING + timedelta(minutes=minutes)
    common = {"complaint_id": CASE, "project_id": "jinbi-bay", "by": "wang.min"}
    return kind(event_id=IDS.new(), occurred_at=at, recorded_at=at, correlation_id=CASE, **{**common, **fields})


def registered(**changed: Any) -> Event:
    fields = {
        "number": "C-1", "policy_id": "p", "policy_version": "1", "channel": "phone", "contact_ended_at": MORNING,
        "officer": "wang.min", "handed_in": False, "kind": "complaint", "validity": None, "category": None,
        "severity": "general", "severity_reason": "", "required_by": None, "content": "x", "on_the_spot": True,
        "customer": {"name": "张", "phone": "+8613800000001"}, "signed": False, "closed": False,
    }  # fmt: skip
    return fact(ComplaintRegisteredV1, 0, **{**fields, **changed})


def classified(minutes: int, severity: str) -> Event:
    return fact(
        ComplaintClassifiedV1, minutes, kind="complaint", validity="valid", category="leasing", severity=severity,
        severity_reason=severity, reason=None,
    )  # fmt: skip


def test_the_order_of_arrival_changes_nothing() -> None:
    signed = fact(ComplaintSignedV1, 3, text_sha256="0", closes=True)
    facts = [registered(), classified(1, "major"), classified(2, "group"), signed]
    pictures = [fold(order) for order in permutations(facts)]
    assert all(picture == pictures[0] for picture in pictures)
    first = pictures[0]
    assert first is not None
    assert (first.severity, first.category, first.validity, first.signed) == ("group", "leasing", "valid", True)
    assert first.solved == signed


def test_without_a_registration_there_is_no_case() -> None:
    assert fold([classified(1, "major")]) is None


def test_a_signature_that_does_not_close_leaves_the_case_open() -> None:
    picture = fold([registered(), fact(ComplaintSignedV1, 1, text_sha256="0", closes=False)])
    assert picture is not None
    assert picture.signed
    assert picture.solved is None


def test_a_case_registered_as_closed_is_solved_by_its_registration() -> None:
    picture = fold([registered(closed=True, signed=True)])
    assert picture is not None
    assert picture.solved is picture.registered


def test_the_last_correction_tells_the_record_whatever_came_first() -> None:
    right = [
        fact(
            ComplaintCorrectedV1, minutes, content=f"第 {minutes} 次", contact_ended_at=MORNING, reason="误录",
            customer={"name": "李", "phone": "+8613900000009"}, fields={"n": minutes},
        )
        for minutes in (1, 2)
    ]  # fmt: skip
    first = registered()
    before = fold([first])
    assert before is not None
    assert before.recorded == first
    for order in permutations([first, *right]):
        picture = fold(order)
        assert picture is not None
        assert picture.recorded == right[1]
