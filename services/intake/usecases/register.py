"""B1-B6: a complaint is captured."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.intake import repository
from services.intake.domain.case import Whereabouts, require_step, state_of, zone_of
from services.intake.domain.centre import property_head, require_open
from services.intake.domain.keys import Way, derived
from services.intake.domain.severity import computed
from services.intake.domain.signature import sha256, signed_text
from services.intake.domain.soundness import require_complete, require_contact_end, require_fields
from services.intake.domain.text import is_blank
from services.intake.tables import Complaint, Signature
from services.intake.usecases.addresses import hotline_of
from services.intake.usecases.cases import require_actor
from services.intake.usecases.claim_files import claim_files
from services.intake.usecases.forms import RegisterData
from services.intake.usecases.guard import require_guardian, tell_guarded
from services.intake.usecases.recurrences import propose
from services.intake.usecases.suggest import suggestions
from shared.events.intake import ComplaintRegisteredV1
from shared.kernel.errors import Code, Refused
from shared.kernel.money import fen
from shared.org.confidential import confined_to, kind_by_flag, stored
from shared.org.liability import CaseStanding
from shared.org.model import Directory, Post, Project
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.regions import number_prefix
from shared.room.room import Actor, Command, Tx

OWN_CHANNELS = frozenset({"web", "app", "wechat"})
"""The channels by which a customer enters his complaint himself."""

ALWAYS = ["project", "channel", "content", "customer", "customer.name", "customer.phone"]


async def register(tx: Tx, command: Command) -> dict[str, Any]:
    """003§13: the record is written once and for good; order, clocks and messages follow from its event."""
    directory = await tx.directory()
    project = _project(command.data, directory)
    today = tx.now.astimezone(directory.zone(project.id)).date()
    policy = tx.room.policies.in_force(project.policy or DEFAULT_POLICY, today)
    if policy is None:
        raise Refused(
            Code.policy_not_allowed, f"{project.name}在 {today} 没有生效的制度 {project.policy or DEFAULT_POLICY}"
        )
    _require_allowed(command.actor, policy, directory, project, tx.now)
    head = property_head(policy, directory, project, tx.now)
    require_open(project, directory, today, policy.record.open_months_after_handover, head)
    require_complete(command.data, [*ALWAYS, *policy.record.required])
    data = parse(RegisterData, command.data)
    _require_sound(data, policy, command.actor, tx.now)

    in_post = directory.holders(Post.service_officer, project.id, None, tx.now)
    handed_in = command.actor.person not in in_post
    if data.validity is not None and handed_in:
        raise Refused(Code.field_invalid, "validity: 投诉是否有效由客服专员判断", field="validity")
    facts = {
        **data.fields,
        "lawsuit": data.lawsuit,
        "media": data.media,
        "people_count": data.people_count,
        "loss_amount": data.loss_amount,
    }
    severity, severity_reason = computed(policy, facts)
    customer = data.customer.model_dump(exclude_none=True)
    signed = data.signature is not None
    complaint_id = tx.new_id()
    tracking = tx.room.ids.secret()
    number = await repository.next_number(tx.session, f"{today:%Y%m%d}")
    told: dict[str, Any] = {
        "number": f"{number_prefix(tx.room.region)}{today:%Y%m%d}-{number:04d}",
        "project_id": project.id,
        "policy_id": policy.id,
        "policy_version": policy.version,
        "channel": data.channel,
        "contact_ended_at": data.contact_ended_at or tx.now,
        "officer": (in_post[0] if in_post else None) if handed_in else command.actor.person,
        "handed_in": handed_in,
        "kind": kind_by_flag(policy, data.fields) or data.kind or policy.record.default_kind,
        "validity": data.validity,
        "category": data.category or policy.record.default_category,
        "severity": severity,
        "severity_reason": severity_reason,
        "required_by": data.required_by,
        "customer": customer,
        "content": data.content,
        "on_the_spot": data.on_the_spot,
        "signed": signed,
        "closed": data.on_the_spot and signed,
        "fields": data.fields,
    }
    confined = confined_to(policy, told, data.fields)
    extreme, guardian = data.fields.get("extreme") is True, _guardian(data, policy)
    if guardian is not None:
        placed = CaseStanding(project.id, told["category"], severity, told["officer"], confined_to=confined)
        require_guardian(guardian, policy, directory, placed, tx.now, field="fields.guardian")
    row = {
        "id": complaint_id,
        **told,
        "registered_at": tx.now,
        "registered_by": command.actor.id,
        "computed_severity": severity,
        "computed_reason": severity_reason,
        "people_count": data.people_count,
        "loss_fen": None if data.loss_amount is None else fen(data.loss_amount),
        "lawsuit": data.lawsuit,
        "media": data.media,
        "phone": data.customer.phone,
        "room": data.customer.room,
        "phone_blind": data.customer.phone,
        "room_blind": data.customer.room,
        "note": data.note,
        "tracking": tracking,
        "tracking_blind": tracking,
        "confined_to": stored(confined),
        "extreme": extreme,
        "guardian": guardian,
        "version": 1,
    }
    # Only who may link is told of other people's complaints.
    suggested = [] if handed_in else await suggestions(tx, policy, project.id, row["room"], row["phone"])
    await repository.add(tx.session, Complaint, row)
    await claim_files(tx, command.actor, complaint_id, data.attachments)
    if data.signature is not None:
        text = signed_text(told, zone_of(policy))
        signature = {
            "id": tx.new_id(),
            "complaint_id": complaint_id,
            "signature": data.signature,
            "text": text,
            "text_sha256": sha256(text),
            "signed_at": tx.now,
            "taken_by": command.actor.id,
        }
        await repository.add(tx.session, Signature, signature)
    tx.emit(
        ComplaintRegisteredV1,
        complaint_id=complaint_id,
        by=command.actor.id,
        tracking=tracking,
        contact=await hotline_of(tx.session, project.id),
        **told,
    )
    if extreme or guardian is not None:
        tell_guarded(tx, complaint_id, project.id, command.actor.id, extreme, guardian)
    await propose(tx, policy, directory, project.id, told["category"])
    answer = {
        "complaint": str(complaint_id),
        "number": told["number"],
        "state": state_of(policy, told["closed"], Whereabouts()),
        "severity": severity,
        "severity_reason": severity_reason,
        "officer": told["officer"],
        # What passes through an employee's hands is a key of its own: a rating that came by it is known as such.
        "tracking": tracking if command.actor.kind == "customer" else derived(tracking, complaint_id, Way.handed),
    }
    return answer if handed_in else answer | {"suggestions": suggested}


def _project(data: Mapping[str, Any], directory: Directory) -> Project:
    """The project, which says by which policy all else is judged."""
    named = data.get("project")
    project = directory.project(named) if isinstance(named, str) else None
    if project is None:
        require_complete(data, ALWAYS)
        parse(RegisterData, data)
        raise Refused(Code.field_invalid, "没有这个项目", field="project")
    return project


def _guardian(data: RegisterData, policy: Policy) -> str | None:
    """B10: who is named to accompany the case, where the policy knows such a person."""
    named = data.fields.get("guardian") if "complaint.guard" in policy.steps else None
    if named is not None and not isinstance(named, str):
        raise Refused(Code.field_invalid, "专人须为人员的 id", field="fields.guardian")
    return named or None


def _require_allowed(actor: Actor, policy: Policy, directory: Directory, project: Project, now: datetime) -> None:
    step = require_step(policy, "complaint.register", {})
    nobody = CaseStanding(project.id, None, policy.record.default_severity, None)
    require_actor(step, actor, policy, directory, nobody, True, now)


def _require_sound(data: RegisterData, policy: Policy, actor: Actor, now: datetime) -> None:
    """What is allowed depends on the policy, on who acts and on the time."""
    record = policy.record
    channels = [c for c in record.channels if actor.kind != "customer" or c in OWN_CHANNELS]
    _among("channel", data.channel, channels)
    _among("kind", data.kind, [kind.id for kind in record.kinds])
    _among("validity", data.validity, [validity.id for validity in record.validities])
    _among("category", data.category, list(policy.categories))
    require_fields(policy, data.fields)
    if data.contact_ended_at is not None:
        require_contact_end(data.contact_ended_at, now)
    if data.required_by is not None and data.required_by <= now:
        raise Refused(Code.field_invalid, "要求完成时间须晚于现在", field="required_by")


def _among(field: str, value: str | None, allowed: list[str]) -> None:
    if not is_blank(value) and value not in allowed:
        raise Refused(Code.field_invalid, f"{field} 须为 {'、'.join(allowed)} 之一", field=field)
