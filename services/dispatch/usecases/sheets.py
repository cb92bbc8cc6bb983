"""A case as its reader may see it, turned into the words that stand on paper."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.dispatch.domain.sheet import Sheet
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.story import CLOSED_BY_FACT
from shared.policy.model import RecordField
from shared.policy.names import CHANNEL_NAMES

APPROVED = {"approved": "经审批结案", "replied": "答复后结案", "transferred": "已转有关部门", "dispatched": "已派工"}
YES_NO = {True: "是", False: "否"}
STARS = 5
VERIFIED = ("closure.verify", "closure.close")
"""By which the completion is verified: the second in policies without the chain of approval."""
SAID = ("text", "plan", "opinion", "reason", "note")


def sheet_of(
    shown: Shown, case: Mapping[str, Any], acts: Sequence[Mapping[str, Any]], order: Mapping[str, Any] | None
) -> Sheet:
    """`case` is the whole case or its summary, `acts` its story, both as they are shown to the viewer."""
    customer, began = case["customer"], _local(shown, shown.case.contact_ended_at)
    said = [one["data"] for one in acts]
    progress = _last(said, "text")
    return Sheet(
        number=case["number"],
        project=case["project_name"],
        state=case["state_name"],
        day=began[:10],
        time=began[11:],
        name=customer.get("name") or "",
        phone=(customer.get("phone") or "").removeprefix("+86"),
        place="　".join(str(customer[key]) for key in ("room", "address") if customer.get(key)),
        content=shown.text(shown.case.content),
        channel=CHANNEL_NAMES.get(shown.case.channel, shown.case.channel),
        category=case["category_name"] or case["kind_name"],
        severity=case["severity_name"],
        department=case["first_department_name"] or "",
        cooperating="、".join(str(shown.department_name(unit)) for unit in shown.case.cooperating),
        officer=case["officer_name"] or "",
        liable=(order and order["liable_name"]) or case["liable_name"] or "",
        leader=(order and order["leader_name"]) or case["leader_name"] or "",
        required_by=written(case["required_by"]),
        registered_at=written(case["registered_at"]),
        order_number=(order and order["number"]) or "",
        sent_at=written(order["issued_at"]) if order else "",
        sent_by=(order and order["issued_by_name"]) or "",
        plan=_last(said, "plan"),
        steps=tuple(_step(one) for one in acts if one["title"]),
        progress=progress,
        result=_result(shown, case, progress),
        completed_at=written(case["closed_at"]),
        opinion=_last(said, "opinion"),
        satisfaction=_stars(said),
        signed=_signed(shown, case, acts),
        verifier=next((str(one["by_name"]) for one in reversed(acts) if one["command"] in VERIFIED), ""),
        note=_last(said, "note"),
        more=_more(shown, said),
    )


def written(value: str | None) -> str:
    """2026-03-02 09:30 of an ISO text in local time."""
    return value[:16].replace("T", " ") if value else ""


def _local(shown: Shown, value: datetime) -> str:
    return written(shown.time(value))


def _last(said: Sequence[Mapping[str, Any]], key: str) -> str:
    return next((str(data[key]) for data in reversed(said) if data.get(key)), "")


def _stars(said: Sequence[Mapping[str, Any]]) -> str:
    stars = _last(said, "satisfaction")
    return f"{stars} 分（满分 {STARS} 分）" if stars else ""


def _step(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    text = "；".join(str(one["data"][key]) for key in SAID if one["data"].get(key))
    return written(one["at"]), one["title"], one["by_name"] or "", text


def _result(shown: Shown, case: Mapping[str, Any], progress: str) -> str:
    ground = shown.case.closed_ground
    if ground is None:
        return ""
    names = {one.id: one.name for one in shown.policy.ground}
    ended = names.get(ground) or CLOSED_BY_FACT.get(ground) or APPROVED.get(ground) or case["state_name"]
    return "\n".join(part for part in (progress, f"{ended}，{written(case['closed_at'])}") if part)


def _signed(shown: Shown, case: Mapping[str, Any], acts: Sequence[Mapping[str, Any]]) -> str:
    """The picture of the signature is kept where the complaint was captured; here it is known that and when."""
    if not shown.case.signed:
        return ""
    taken = [one["at"] for one in acts if one["command"] in ("complaint.register", "complaint.sign")]
    return f"客户已签字　{written(taken[-1])}" if taken else "客户已签字"


def _more(shown: Shown, said: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What was recorded under the policy's own fields, by their names; the latest of each."""
    policy, found = shown.policy, {}
    for one in policy.record.fields:
        place, _, key = one.id.partition(".")
        source = shown.case.extra if place == "fields" else shown.customer()
        if source.get(key) not in (None, "", []):
            found[one.name] = _words(one, shown.data({key: source[key]})[key])
    fields = {one.id.partition(".")[2]: one for step in policy.step for one in step.fields}
    for data in said:
        for key, value in (data.get("fields") or {}).items():
            if key in fields:
                found[fields[key].name] = _words(fields[key], value)
    return found


def _words(field: RecordField, value: Any) -> str:
    names = {option.id: option.name for option in field.options}
    given = value if isinstance(value, list) else [value]
    return "、".join(YES_NO[one] if isinstance(one, bool) else names.get(str(one), str(one)) for one in given)
