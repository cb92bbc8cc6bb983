"""Intake's card on the page of a case: the record, its files and history, and what the viewer may do with it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.intake.domain.files import KINDS, PHASES
from services.intake.usecases import attachments, reads
from services.intake.usecases.allowed import allowed
from shared.kernel.errors import Refused
from shared.policy.model import Policy
from shared.policy.names import CHANNEL_NAMES
from shared.room.room import Room
from shared.web.console import Viewer, console
from shared.web.edge import room_named
from shared.web.pages import Pages, local

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]
Viewing = Annotated[Viewer, Depends(console("intake"))]

RELATIONS = {"repeat": "再次投诉", "duplicate": "重复投诉", "same_group": "同一群体"}
FILES = {
    "photo": "照片", "letter": "来函", "fax": "传真", "recording": "录音", "plan": "方案", "material": "材料",
    "signature": "签字", "other": "其他",
}  # fmt: skip
STAGES = {"before": "处理前", "during": "处理中", "after": "处理后"}
CORRECTED = {
    "customer.name": "客户姓名", "customer.phone": "联系电话", "customer.room": "房号", "customer.address": "住址",
    "content": "客户诉求", "contact_ended_at": "接待结束时间", "people_count": "投诉人数", "loss_fen": "损失（分）",
    "lawsuit": "诉讼", "media": "媒体曝光",
}  # fmt: skip
GUARDIAN = "guardian"
YES_NO = {True: "是", False: "否"}


@router.get("/intake/cards/{complaint_id}")
async def card(request: Request, complaint_id: UUID, viewer: Viewing, room: Intake) -> Response:
    """A fragment; who does not see the case is told that there is none."""
    record = await reads.record(room, viewer.actor, complaint_id)
    policy = room.policies.get(record["policy"], record["policy_version"])
    files = await _files(room, viewer, complaint_id)
    acts = await allowed(room, viewer.actor, complaint_id)
    near = await reads.linkable(room, viewer.actor, complaint_id) if "complaint.link" in acts else []
    return pages.render(
        request,
        "card.html",
        viewer=viewer,
        case=record,
        files=files,
        acts=acts,
        near=near,
        asks_address=any("customer.address" in name for name in _asked(policy)),
        attaches=files is not None and record["merged_into"] is None,
        told=_told(policy, record, viewer),
        corrections=[_correction(policy, one, viewer) for one in record["corrections"]],
        history=[_change(policy, one) for one in record["classifications"]],
        choices={
            "kind": [(one.id, one.name) for one in policy.record.kinds],
            "validity": [(one.id, one.name) for one in policy.record.validities],
            "category": [(one.id, one.name) for one in policy.category],
            "severity": [(one.id, one.name) for one in policy.record.severities],
        },
        people=[(one.id, one.name) for one in viewer.directory.people] if "complaint.guard" in acts else [],
        relations=list(RELATIONS.items()),
        relation_names=RELATIONS,
        channel=CHANNEL_NAMES.get(record["channel"], record["channel"]),
        file_kinds=[(one, FILES[one]) for one in KINDS],
        file_names=FILES,
        stages=[(one, STAGES[one]) for one in PHASES],
        stage_names=STAGES,
    )


@router.get("/intake/cards/{complaint_id}/linkable")
async def linkable(
    request: Request, complaint_id: UUID, viewer: Viewing, room: Intake, q: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """What is found while somebody looks for the complaint to link to."""
    near = await reads.linkable(room, viewer.actor, complaint_id, q)
    return pages.render(request, "linkable.html", viewer=viewer, near=near, case={"complaint": str(complaint_id)})


async def _files(room: Room, viewer: Viewer, complaint_id: UUID) -> dict[str, Any] | None:
    """None where he sees the case without its files (A6)."""
    try:
        return await attachments.listed(room, viewer.actor, complaint_id)
    except Refused:
        return None


def _asked(policy: Policy) -> list[str]:
    return [*policy.record.required, *(one.id for one in policy.record.fields)]


def _told(policy: Policy, record: dict[str, Any], viewer: Viewer) -> list[tuple[str, str]]:
    """The policy's own fields, by the names it gives them; what it does not know keeps its name."""
    fields = {one.id.removeprefix("fields."): one for one in policy.record.fields}
    told = []
    for name, value in record["fields"].items():
        field = fields.get(name)
        options = {one.id: one.name for one in field.options} if field else {}
        shown = YES_NO[value] if isinstance(value, bool) else options.get(str(value), str(value))
        if name == GUARDIAN:
            shown = viewer.directory.name_of(shown)
        told.append((field.name if field else name, shown))
    return told


def _change(policy: Policy, one: dict[str, Any]) -> dict[str, Any]:
    """What a reclassification changed, in names."""
    names = {
        "kind": ("性质", {each.id: each.name for each in policy.record.kinds}),
        "validity": ("有效性", {each.id: each.name for each in policy.record.validities}),
        "category": ("类别", {key: each.name for key, each in policy.categories.items()}),
        "severity": ("级别", {each.id: each.name for each in policy.record.severities}),
    }
    changes = []
    for key, (title, labels) in names.items():
        before, after = one["before"].get(key), one["after"].get(key)
        if before != after:
            changes.append((title, labels.get(before, before or "未定"), labels.get(after, after or "未定")))
    return {"at": one["at"], "by": one["by_name"], "changes": changes, "reason": one["reason"]}


def _correction(policy: Policy, one: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """What a correction changed, by the names of the form and of the policy's own fields."""
    names = CORRECTED | {field.id: field.name for field in policy.record.fields}
    before, after = _flat(one["before"]), _flat(one["after"])
    changes = [
        (names.get(name, name), _said(name, before.get(name), viewer), _said(name, value, viewer))
        for name, value in after.items()
    ]
    return {"at": one["at"], "by": one["by_name"], "changes": changes, "reason": one["reason"]}


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{name}.{key}" if key else name: one
        for name, value in values.items()
        for key, one in (value.items() if isinstance(value, dict) else [("", value)])
    }


def _said(name: str, value: Any, viewer: Viewer) -> str:
    if value is None:
        return "（空）"
    if isinstance(value, bool):
        return YES_NO[value]
    return local(value, viewer) if name == "contact_ended_at" else str(value)
