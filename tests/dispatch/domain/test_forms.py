"""J7: every column of every document is filled in from the case, or known to be written by hand."""

from dataclasses import replace

import pytest

from services.dispatch.domain.forms import copies, form_paper, register_paper
from services.dispatch.domain.sheet import COLUMNS, SERIAL, Sheet, value_of
from shared.paper.model import Fields, Signatures, Table
from shared.policy.library import built_in
from shared.policy.reports import Form

BY_HAND = {"签收人", "签收时间", "上级批示"}
"""What only ink can say."""

SHEET = Sheet(
    number="TS1", project="金碧湾", state="处理中", day="2026-03-02", time="09:30", name="张先生", phone="13800000001",
    place="3-2-1201", content="卫生间渗水", channel="来电", category="物业服务", severity="一般", department="工程部",
    cooperating="营销部", officer="王敏", liable="吴刚", leader="马超", required_by="2026-03-06 18:00",
    registered_at="2026-03-02 09:40", plan="重做防水", progress="已完工", result="已完工",
    steps=(("2026-03-02 09:40", "登记", "王敏", ""),), more={"情绪状态": "激动"},
)  # fmt: skip

FORMS = [(policy, form) for policy in built_in().all() for form in policy.form]


@pytest.mark.parametrize(("policy", "form"), FORMS, ids=[f"{policy.id}-{form.id}" for policy, form in FORMS])
def test_every_column_of_the_documents_is_known(policy, form) -> None:  # type: ignore[no-untyped-def]
    own = {field.name for field in policy.record.fields}
    own |= {field.name for step in policy.step for field in step.fields}
    unknown = set(form.columns) - COLUMNS.keys() - own - BY_HAND - {SERIAL}
    assert not unknown


def test_the_documents_ask_for_forms() -> None:
    assert {policy.id for policy, _ in FORMS} == {policy.id for policy in built_in().all()}


def test_a_field_of_the_policy_s_own_goes_before_what_the_system_would_say() -> None:
    assert value_of(SHEET, "情绪状态") == "激动"
    assert value_of(replace(SHEET, more={"处理结果": "和解"}), "处理结果") == "和解"
    assert value_of(SHEET, "上级批示") == ""


def test_a_form_has_its_columns_in_their_order_and_a_box_for_everybody_who_signs() -> None:
    form = Form(
        id="f", name="单", clause="1", copies=2, signatories=["leader", "customer", "leader"],
        columns=["序号", "投诉日期", "投诉内容", "处理部门", "联系电话", "备注"],
    )  # fmt: skip
    made = form_paper(form, SHEET, "恒信", "2026-03-02 10:00")
    fields, boxes = made.blocks
    assert isinstance(fields, Fields)
    assert isinstance(boxes, Signatures)
    assert [[field.label for field in row] for row in fields.rows] == [
        ["投诉日期"], ["投诉内容"], ["处理部门", "联系电话"], ["备注"],
    ]  # fmt: skip
    assert [box.title for box in boxes.boxes] == ["分管领导（第 1 次）", "客户", "分管领导（第 2 次）"]
    assert made.copies == ("第一联（共 2 联）", "第二联（共 2 联）")


def test_a_form_without_columns_tells_the_whole_record() -> None:
    made = form_paper(Form(id="f", name="单", clause="1"), SHEET, "恒信", "")
    fields, steps = made.blocks
    assert isinstance(fields, Fields)
    assert isinstance(steps, Table)
    assert "重做防水" in {field.value for row in fields.rows for field in row}
    assert steps.rows == SHEET.steps
    assert made.copies == ()


def test_a_register_is_numbered_and_signed_by_no_customer() -> None:
    form = Form(id="f", name="册", clause="1", signatories=["customer", "officer"], columns=["序号", "投诉内容"])
    table, boxes = register_paper(form, [SHEET, SHEET], "恒信", "三月", "").blocks
    assert isinstance(table, Table)
    assert isinstance(boxes, Signatures)
    assert table.rows == (("1", "卫生间渗水"), ("2", "卫生间渗水"))
    assert [box.title for box in boxes.boxes] == ["客服专员"]


def test_many_copies_are_all_numbered() -> None:
    assert copies(Form(id="f", name="单", clause="1", copies=11))[-1] == "第11联（共 11 联）"
