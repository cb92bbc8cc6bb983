"""B8: what a customer is told at registration, and that his key stays his."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.notify.domain.promise import promised, without_key
from services.notify.domain.templates import text_of
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.policy.protection import Told
from tests.kit.desk import MORNING, demo
from tests.notify.facts import registered

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = next(policy for policy in built_in().all() if policy.id == "service-industry")
KEY = "k" * 43


class _Desk:
    """As much of a desk as makes facts."""

    def __init__(self) -> None:
        self.ids = Ids(ManualClock(MORNING))

    def fact(self, kind: Any, /, **fields: Any) -> Any:
        stamps = {"occurred_at": MORNING, "recorded_at": MORNING}
        return kind(event_id=self.ids.new(), correlation_id=self.ids.new(), **stamps, **fields)


def told(policy: Any = POLICY, url: str | None = "https://ccrm.example.cn", **said: Any) -> str:
    fact = registered(_Desk(), UUID(int=1), **said)  # type: ignore[arg-type]
    return text_of("customer.registered", [fact.number], promised(policy, fact, demo(), url, ZONE))


def test_it_names_number_next_step_time_contact_and_link() -> None:
    text = told(required_by=MORNING.replace(day=6), tracking=KEY, contact="400-800-1234")
    for part in ("TS20260302-0001", "我们将核实情况", "预计2026-03-06 09:40前", "400-800-1234",
                 f"https://ccrm.example.cn/t/{KEY}"):  # fmt: skip
        assert part in text


def test_without_a_hotline_the_officer_is_the_contact() -> None:
    assert "客服专员王敏，电话13800000035" in told()


def test_without_a_promise_the_length_of_the_policys_clock_is_told() -> None:
    finance = next(policy for policy in built_in().all() if policy.id == "finance")
    promising = finance.model_copy(update={"told": Told(clause="004§5", next="我们将核实", clock="resolve")})
    assert "预计3 个工作日内办理" in told(promising)


def test_what_nobody_promised_is_not_told() -> None:
    assert "预计" not in told()


@pytest.mark.parametrize(("url", "tracking"), [(None, KEY), ("https://ccrm.example.cn", None)])
def test_without_address_or_key_there_is_no_link(url: str | None, tracking: str | None) -> None:
    assert "查询进度" not in told(url=url, tracking=tracking)


def test_the_text_that_others_read_has_no_key() -> None:
    text = told(tracking=KEY)
    assert KEY in text
    assert KEY not in without_key(text)
    assert without_key(text).endswith("https://ccrm.example.cn/t/***")
