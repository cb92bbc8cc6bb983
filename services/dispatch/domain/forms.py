"""J7: a document's forms and registers as papers, drawn from its `[[form]]` data alone. Pure."""

from collections.abc import Sequence

from services.dispatch.domain.sheet import ORDER_NUMBERS, SERIAL, WIDE, Sheet, value_of
from shared.paper.model import Column, Field, Fields, Paper, Signature, Signatures, Table
from shared.policy.reports import Form

SIGNATORIES = {
    "customer": "客户", "officer": "客服专员", "employee": "经办人", "liable": "责任人", "leader": "分管领导",
    "chairman": "董事长", "first_department_head": "责任部门负责人", "deputy_general_manager": "副总经理",
    "general_manager": "总经理", "vice_president": "副总裁", "auditor": "稽核", "hr_centre": "人力资源中心",
    "finance_centre": "财务中心", "project_general_manager": "项目总经理",
}  # fmt: skip
CUSTOMER = "customer"
"""Signs his own case, and no list of others."""

ORDINALS = "一二三四五六七八九"
LINES = 3
WIDTHS = {SERIAL: 0.6, "时间": 1.4, "投诉日期及时间": 1.4, "联系电话": 1.3, "备注": 1.0}


def form_paper(form: Form, sheet: Sheet, organisation: str, printed: str) -> Paper:
    """One case on the document's form: its columns as fields, in the copies and with the signatures it asks for."""
    asked = [name for name in form.columns if name != SERIAL]
    blocks: list[Fields | Table | Signatures] = [Fields(_rows(asked, sheet) if asked else _record(sheet))]
    if not asked and sheet.steps:
        columns = (Column("时间", 1.5), Column("事项", 1.2), Column("经办人", 1.2), Column("说明", 4))
        blocks.append(Table(columns, sheet.steps, "处理经过"))
    if form.signatories:
        blocks.append(Signatures(tuple(_box(form, place) for place in range(len(form.signatories))), "签署"))
    return Paper(
        title=form.name,
        organisation=organisation,
        blocks=tuple(blocks),
        number=f"编号：{_number(form, sheet)}",
        dated=f"打印时间：{printed}",
        footer=f"{form.name}　{sheet.number}　{form.clause}",
        copies=copies(form),
    )


def register_paper(form: Form, sheets: Sequence[Sheet], organisation: str, period: str, printed: str) -> Paper:
    """The document's register over many cases, numbered from one."""
    names = list(form.columns)
    columns = tuple(Column(name, WIDTHS.get(name, 2.2 if name in WIDE else 1.2)) for name in names)
    rows = tuple(
        tuple(str(line) if name == SERIAL else value_of(sheet, name) for name in names)
        for line, sheet in enumerate(sheets, 1)
    )
    blocks: list[Table | Signatures] = [Table(columns, rows, empty="本期无记录")]
    boxes = tuple(_box(form, place) for place, post in enumerate(form.signatories) if post != CUSTOMER)
    if boxes:
        blocks.append(Signatures(boxes, "签署"))
    return Paper(
        title=form.name,
        organisation=organisation,
        blocks=tuple(blocks),
        subtitle=period,
        number=f"共 {len(rows)} 件",
        dated=f"打印时间：{printed}",
        footer=f"{form.name}　{form.clause}",
        landscape=True,
    )


def _number(form: Form, sheet: Sheet) -> str:
    """A form that asks for the number of the order goes by it; every other by the complaint's."""
    ordered = not ORDER_NUMBERS.isdisjoint(form.columns)
    return (sheet.order_number if ordered else "") or sheet.number


def copies(form: Form) -> tuple[str, ...]:
    """第一联, 第二联 …; a form in one copy has no number on it."""
    if form.copies == 1:
        return ()
    return tuple(
        f"第{ORDINALS[place] if place < len(ORDINALS) else place + 1}联（共 {form.copies} 联）"
        for place in range(form.copies)
    )


def _rows(names: Sequence[str], sheet: Sheet) -> tuple[tuple[Field, ...], ...]:
    """Short fields two in a row, sentences over the whole width, in the document's order."""
    rows: list[tuple[Field, ...]] = []
    waiting: Field | None = None
    for name in names:
        value = value_of(sheet, name)
        made = Field(name, value, LINES if name in WIDE else 1)
        if name in WIDE or len(value) > 40 or "\n" in value:
            rows += [(waiting,)] if waiting else []
            rows.append((made,))
            waiting = None
        elif waiting:
            rows.append((waiting, made))
            waiting = None
        else:
            waiting = made
    return tuple(rows + ([(waiting,)] if waiting else []))


def _record(sheet: Sheet) -> tuple[tuple[Field, ...], ...]:
    """What stands on a form whose document lists no columns."""
    return (
        (Field("投诉编号", sheet.number), Field("投诉时间", f"{sheet.day} {sheet.time}")),
        (Field("项目", sheet.project), Field("投诉方式", sheet.channel)),
        (Field("投诉人", sheet.name), Field("联系电话", sheet.phone)),
        (Field("住址", sheet.place), Field("要求完成时间", sheet.required_by)),
        (Field("处理部门", sheet.department), Field("责任人", sheet.liable)),
        (Field("投诉内容", sheet.content, LINES),),
        (Field("处理意见", sheet.plan, LINES),),
        (Field("处理结果", sheet.result, LINES),),
        (Field("客户意见", sheet.opinion, LINES),),
    )


def _box(form: Form, place: int) -> Signature:
    """Who signs twice is told which time it is."""
    post = form.signatories[place]
    title = SIGNATORIES.get(post, post)
    again = form.signatories.count(post) > 1
    turn = form.signatories[: place + 1].count(post)
    return Signature(f"{title}（第 {turn} 次）" if again else title)
