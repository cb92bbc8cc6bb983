"""A6: what others see of a customer, and who is not one of those others."""

import pytest

from services.dispatch.domain.masking import handles, mask_customer, mask_name, mask_phone, mask_text
from shared.org.liability import CaseStanding
from shared.policy.library import built_in
from tests.dispatch.handling import GROUP
from tests.kit.desk import MORNING, demo

POLICY = built_in().get(*GROUP)


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王*明"), ("张三", "张*"), ("李", "李*"), ("", "*"), ("欧阳小明", "欧**明")]
)
def test_a_masked_name_keeps_its_ends(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+8613800008000", "138****8000"), ("13800008000", "138****8000"), ("95588", "95****"), ("", "****")],
)
def test_a_masked_phone_keeps_head_and_tail(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_numbers_in_a_text_are_masked() -> None:
    assert mask_text("请回电 13911112222 或 013911112222，房号 1201") == "请回电 139****2222 或 013911112222，房号 1201"


def test_a_masked_customer_has_no_home() -> None:
    masked = mask_customer({"name": "王小明", "phone": "+8613800008000", "room": "3-2-1201", "address": "x"})
    assert masked == {"name": "王*明", "phone": "138****8000"}


@pytest.mark.parametrize(
    ("person", "handling"),
    [
        ("wang.min", True), ("liu.yan", True), ("zhang.lan", False), ("wu.gang", True), ("ma.chao", True),
        ("lin.fang", True), ("chen.wei", False), ("sun.li", True), ("gao.feng", True), ("qian.hui", False),
        ("tang.bo", False), ("yuan.bin", True), ("zhou.tao", True), ("li.qiang", False), ("bai.xue", False),
        ("nobody", False),
    ],
)  # fmt: skip
def test_who_handles_a_property_case(person: str, handling: bool) -> None:
    case = CaseStanding("jinbi-bay", "property_service", "general", "wang.min")
    assert handles(POLICY, demo(), case, ["engineering"], person, MORNING) is handling
