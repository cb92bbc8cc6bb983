from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.signature import sha256, signature, signed_text
from tests.kit.pictures import data_url, drawn_name

SHANGHAI = ZoneInfo("Asia/Shanghai")
RECORD: dict[str, Any] = {
    "number": "TS20260302-0001",
    "project_id": "jinbi-bay",
    "channel": "phone",
    "contact_ended_at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
    "customer": {"name": "张先生", "phone": "+8613800000001", "room": "3-2-1201"},
    "content": "卫生间渗水",
    "required_by": None,
    "on_the_spot": False,
    "fields": {},
}
PNG = data_url(drawn_name())


def test_the_text_shows_what_was_recorded() -> None:
    assert signed_text(RECORD, SHANGHAI).splitlines() == [
        "投诉编号：TS20260302-0001",
        "项目：jinbi-bay",
        "接待方式：phone",
        "接待结束时间：2026-03-02 09:30:00+08:00",
        "客户姓名：张先生",
        "联系电话：+8613800000001",
        "房号：3-2-1201",
        "客户诉求：卫生间渗水",
        "当场解决：否",
    ]


def test_the_same_record_gives_the_same_text_however_it_was_stored() -> None:
    other = {
        **RECORD,
        "customer": dict(reversed(RECORD["customer"].items())),
        "contact_ended_at": RECORD["contact_ended_at"].astimezone(timezone(timedelta(hours=9))),
    }
    assert signed_text(other, SHANGHAI) == signed_text(RECORD, SHANGHAI)


def test_a_changed_demand_changes_the_hash() -> None:
    changed = {**RECORD, "content": "卫生间渗水。"}
    assert sha256(signed_text(changed, SHANGHAI)) != sha256(signed_text(RECORD, SHANGHAI))


def test_no_value_passes_for_a_line_of_its_own() -> None:
    forged = {**RECORD, "content": "渗水\n当场解决：是\r客户姓名：李\r\n房号：1"}
    assert [line for line in signed_text(forged, SHANGHAI).split("\n") if line.startswith("当场解决")] == [
        "当场解决：否"
    ]
    assert "\r" not in signed_text(forged, SHANGHAI)


@pytest.mark.parametrize("given", [PNG, "张先生", "已签"])
def test_a_drawing_or_a_name_is_a_signature(given: str) -> None:
    assert signature(given) == given


@pytest.mark.parametrize(
    "given",
    [
        "data:image/svg+xml,<svg onload=alert(1)>",
        "DATA:text/html,x",
        "data:image/png;base64,!!!!",
        "data:image/png;base64," + b64encode(b"\x89PNG\r\n\x1a\n....").decode(),
        "data:image/png;base64," + b64encode(b"GIF89a").decode(),
        "a\x00",
    ],
)
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(ValueError):
        signature(given)
