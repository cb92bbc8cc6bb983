"""Everything that happened to a case, as it is shown: what intake said and what was done, oldest first."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.dispatch.domain.cooperation import ASKED, is_overdue
from services.dispatch.domain.values import DRAWN
from services.dispatch.tables import Act, Claim, CooperationTask, Meeting, SupervisionOrder
from services.dispatch.usecases.shown import Shown
from shared.events.base import CaseFact, Event, fact_name, payload
from shared.kernel.money import Fen, yuan

COMMAND_OF_FACT = {
    "complaint_registered": "complaint.register",
    "complaint_signed": "complaint.sign",
    "complaint_classified": "complaint.classify",
    "complaint_corrected": "complaint.correct",
    "complaint_linked": "complaint.link",
    "complaint_guarded": "complaint.guard",
}
SAID = {
    "complaint_registered": ("channel", "kind", "category", "severity", "severity_reason"),
    "complaint_signed": ("text_sha256",),
    "complaint_classified": ("kind", "validity", "category", "severity", "severity_reason", "reason"),
    "complaint_corrected": ("changed", "reason"),
    "complaint_linked": ("to", "number", "relation", "role"),
    "complaint_guarded": ("extreme", "guardian"),
}
CLOSED_BY_FACT = {"on_the_spot": "当场解决，结案", "duplicate": "重复投诉，并案结案"}


def story(shown: Shown, facts: Iterable[Event], acts: Iterable[Act]) -> list[dict[str, Any]]:
    told: list[tuple[datetime, int, dict[str, Any]]] = []
    for fact in facts:
        if isinstance(fact, CaseFact):
            told.append((fact.recorded_at, 0, _fact(shown, fact)))
    for act in acts:
        told.append((act.recorded_at, act.version, _act(shown, act)))
    return [entry for _, _, entry in sorted(told, key=lambda one: one[:2])]


def _fact(shown: Shown, fact: CaseFact) -> dict[str, Any]:
    name = fact_name(fact.topic)
    command = COMMAND_OF_FACT.get(name, name)
    step = shown.policy.steps.get(command)
    said, body = SAID.get(name, ()), payload(fact)
    return {
        "at": shown.time(fact.occurred_at),
        "recorded_at": shown.time(fact.recorded_at),
        "command": command,
        "title": step.name if step else command,
        "by": fact.by,
        "by_name": shown.name(fact.by),
        "state_before": None,
        "state": None,
        "state_name": None,
        "data": shown.data({key: body.get(key) for key in said}),
    }


def _act(shown: Shown, act: Act) -> dict[str, Any]:
    step = shown.policy.steps.get(act.command)
    return {
        "at": shown.time(act.occurred_at),
        "recorded_at": shown.time(act.recorded_at),
        "command": act.command,
        "title": step.name if step else CLOSED_BY_FACT.get(act.data.get("ground", ""), act.command),
        "by": act.by,
        "by_name": _doer(shown, act),
        "state_before": act.state_before,
        "state": act.state,
        "state_name": shown.policy.state_names.get(act.state, act.state),
        "data": shown.data(act.data) | _drawn(shown, act),
    }


def _drawn(shown: Shown, act: Act) -> dict[str, Any]:
    """Where the signature can be seen, by those who see the customer."""
    drawn = not shown.masked and str(act.data.get("signature", "")).startswith(DRAWN)
    return {"signature_image": f"/api/v1/acts/{act.id}/signature"} if drawn else {}


def _doer(shown: Shown, act: Act) -> str | None:
    """Who did it, and for whom where he stood in for somebody absent (D5)."""
    away = act.data.get("on_behalf_of")
    return f"{shown.name(act.by)}（代{shown.name(away)}）" if away else shown.name(act.by)


def order(shown: Shown, row: SupervisionOrder) -> dict[str, Any]:
    people = {
        f"{post}{suffix}": value
        for post in ("submitted_by", "reviewed_by", "issued_by", "liable", "leader", "chairman")
        for suffix, value in (("", getattr(row, post)), ("_name", shown.name(getattr(row, post))))
    }
    times = ("required_by", "submitted_at", "reviewed_at", "returned_at", "issued_at")
    return {
        "order_id": str(row.id),
        "number": row.number,
        "version": row.version,
        "first_department": row.first_department,
        "first_department_name": shown.department_name(row.first_department),
        "cooperating": row.cooperating,
        "return_reason": row.return_reason,
        **{name: shown.time(getattr(row, name)) for name in times},
        **people,
    }


def claim(shown: Shown, row: Claim) -> dict[str, Any]:
    return {
        "claim": str(row.id),
        "state": row.state,
        "amount": yuan(Fen(row.amount_fen)) if row.amount_fen is not None else None,
        "decision": row.decision,
        "decided_amount": yuan(Fen(row.decided_fen)) if row.decided_fen is not None else None,
        "decided_by": row.decided_by,
        "decided_by_name": shown.name(row.decided_by),
        **{name: shown.time(getattr(row, name)) for name in ("raised_at", "reported_at", "decided_at", "filed_at")},
    }


def meeting(shown: Shown, row: Meeting) -> dict[str, Any]:
    return {
        "meeting": str(row.id),
        "ended_at": shown.time(row.ended_at),
        "actions": row.actions,
        "minuted_at": shown.time(row.minuted_at),
        "minuted_by": row.minuted_by,
        "minuted_by_name": shown.name(row.minuted_by),
    }


LAPSED = "lapsed"
COOPERATION_STATES = {"asked": "待配合", "done": "已配合", "refused": "拒绝配合", LAPSED: "随结案终止"}


def cooperation(shown: Shown, row: CooperationTask) -> dict[str, Any]:
    """A task as it stands; what nobody answered before the case was closed is asked no more."""
    state = LAPSED if row.state == ASKED and shown.case.closed_at is not None else row.state
    people = {
        key: value
        for post in ("head", "asked_by", "answered_by", "reported_by")
        for key, value in ((post, getattr(row, post)), (f"{post}_name", shown.name(getattr(row, post))))
    }
    return {
        "id": str(row.id),
        "department": row.department,
        "department_name": shown.department_name(row.department),
        "state": state,
        "state_name": COOPERATION_STATES[state],
        "overdue": is_overdue(row, shown.case.closed_at or shown.now),
        "text": shown.text(row.text),
        "answer": shown.text(row.answer) if row.answer else None,
        "report_reason": shown.text(row.report_reason) if row.report_reason else None,
        **{name: shown.time(getattr(row, name)) for name in ("asked_at", "due_at", "answered_at", "reported_at")},
        **people,
    }
