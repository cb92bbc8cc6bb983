"""What every act on a case has in common: find the case, ask policy and directory, record, answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from services.dispatch.domain.duties import ENDS_WITH_CASE
from services.dispatch.domain.steps import is_closed, require_fields, require_known_fields, require_state, step_of
from services.dispatch.domain.values import Data
from services.dispatch.repository import change_complaint, complaint_of, situation_of, standing_of, store
from services.dispatch.tables import ACT, Complaint
from services.dispatch.usecases.drawings import without_drawing
from shared.events.dispatch import CaseAct, CaseClosedV1
from shared.kernel.errors import Code, Refused, Transient
from shared.org.authority import in_words, require_authority
from shared.org.confidential import require_confidence
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory
from shared.policy.model import Policy, Step
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx

D = TypeVar("D", bound=Data)
E = TypeVar("E", bound=CaseAct)

UNKNOWN = "没有这个投诉"


@dataclass
class Acting:
    """An act under way: allowed by policy, role, state and version; its fields not yet read."""

    tx: Tx
    command: Command
    case: Complaint
    policy: Policy
    step: Step
    directory: Directory
    on_behalf_of: str | None = None

    @property
    def standing(self) -> CaseStanding:
        return standing_of(self.case)

    def read(self, model: type[D]) -> D:
        """The command's data. Raises Refused: what the policy or the command requires first, then what is no good."""
        require_fields(self.step, self.command.data)
        data = parse(model, self.command.data)
        require_known_fields(self.step, data.fields)
        return data

    def holder(self, post: str) -> str | None:
        return holder(post, self.policy, self.directory, self.standing, self.tx.now)

    def emit(
        self,
        event: type[E],
        data: Data,
        *,
        state: str | None = None,
        occurred_at: datetime | None = None,
        **fields: Any,
    ) -> E:
        return self.tx.emit(
            event,
            occurred_at=occurred_at,
            complaint_id=self.case.complaint_id,
            project_id=self.case.project_id,
            by=self.command.actor.id,
            state_before=self.case.state,
            state=state or self.case.state,
            reason=data.reason,
            note=data.note,
            on_behalf_of=self.on_behalf_of,
            **fields,
        )

    async def accept(
        self,
        event: CaseAct,
        data: Data,
        *,
        ground: str = "approved",
        changes: Mapping[str, Any] | None = None,
        **answer: Any,
    ) -> dict[str, Any]:
        """Records the act under its event and answers. A case that enters a closed state is told to be closed once."""
        case, version = self.case, self.case.version + 1
        values: dict[str, Any] = {"version": version, **(changes or {})}
        pending = {k: since for k, since in values.get("pending", case.pending).items() if k in self.policy.steps}
        if event.state != case.state:
            values |= {"state": event.state, "state_since": self.tx.now}
            if is_closed(self.policy, event.state):
                values |= {"closed_at": self.tx.now, "closed_ground": ground, "asked": []}
                pending = {k: since for k, since in pending.items() if k not in ENDS_WITH_CASE}
                if not isinstance(event, CaseClosedV1):
                    self.emit(CaseClosedV1, data, state=event.state, ground=ground)
        values |= {"pending": pending, "open_ends": bool(pending)}
        await change_complaint(self.tx, case.complaint_id, values)
        said = _kept(data) | ({"on_behalf_of": self.on_behalf_of} if self.on_behalf_of else {})
        await record(self.tx, event, version, self.command.name, await without_drawing(self.tx, event, said))
        return {
            "complaint": str(case.complaint_id),
            "number": case.number,
            "state": event.state,
            "version": version,
            "event": str(event.event_id),
            **answer,
        }


def _kept(data: Data) -> dict[str, Any]:
    """What the record of the act says: only what was given."""
    given = data.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in given.items() if name != "fields" or value}


async def begin(tx: Tx, command: Command) -> Acting:
    """The case under lock. Raises Refused in the order: not_found, policy, role and scope, state, version."""
    actor, complaint_id = command.actor, command.complaint_id
    case = await complaint_of(tx.session, complaint_id, lock=True) if complaint_id else None
    if case is None or (actor.kind == "customer" and actor.complaint_id != case.complaint_id):
        raise Refused(Code.not_found, UNKNOWN)
    policy, directory = policy_of(tx.room, case), await tx.directory()
    if actor.kind == "person":
        require_confidence(policy, directory, standing_of(case), actor.person or "", tx.now)
    step = step_of(policy, command.name, situation_of(case))
    on_behalf_of = _authorise(actor, step, policy, directory, case, tx.now)
    if on_behalf_of is not None:
        tx.noted["on_behalf_of"] = on_behalf_of
    if case.merged_into is not None:
        where = case.merged_into
        raise Refused(Code.state_not_allowed, f"{step.command}: {case.number} 已并入 {where}，请在 {where} 上办理")
    require_state(step, policy, case.state)
    if command.expected_version is not None and command.expected_version != case.version:
        raise Refused(
            Code.version_conflict, f"案件已有变化：当前版本为 {case.version}，请求基于版本 {command.expected_version}"
        )
    return Acting(tx, command, case, policy, step, directory, on_behalf_of)


def _authorise(
    actor: Actor, step: Step, policy: Policy, directory: Directory, case: Complaint, now: datetime
) -> str | None:
    """The absent person in whose place he acts; None where he acts in his own right."""
    if actor.kind == "person" and actor.person:
        return require_authority(step.command, step.by, policy, directory, standing_of(case), actor.person, now)
    if actor.kind != "customer" or "customer" not in step.by:
        raise Refused(Code.role_not_allowed, f"{step.command}: 只允许{in_words(step.by)}操作")
    return None


def require_caller(act: Acting, purpose: str) -> None:
    """Where the policy says who calls for this purpose, only he does. Raises Refused as for the step itself."""
    by, person = act.step.by_purpose.get(purpose), act.command.actor.person
    if by is None:
        return
    if person is None:
        raise Refused(Code.role_not_allowed, f"{act.step.command}: 只允许{in_words(by)}操作")
    name = f"{act.step.command}（{purpose}）"
    act.on_behalf_of = require_authority(name, by, act.policy, act.directory, act.standing, person, act.tx.now)
    act.tx.noted.pop("on_behalf_of", None)
    if act.on_behalf_of is not None:
        act.tx.noted["on_behalf_of"] = act.on_behalf_of


def policy_of(room: Room, case: Complaint) -> Policy:
    return find_policy(room, case.policy_id, case.policy_version)


def find_policy(room: Room, policy_id: str, version: str) -> Policy:
    """Raises Transient where this version is not loaded (yet): a newer process may know it."""
    try:
        return room.policies.get(policy_id, version)
    except KeyError:
        raise Transient(f"policy {policy_id} of {version} is not loaded here") from None


async def record(tx: Tx, event: CaseAct, version: int, command: str, data: Mapping[str, Any]) -> None:
    row = {
        "id": event.event_id,
        "complaint_id": event.complaint_id,
        "version": version,
        "command": command,
        "by": event.by,
        "occurred_at": event.occurred_at,
        "recorded_at": tx.now,
        "state_before": event.state_before,
        "state": event.state,
        "data": data,
    }
    await store(tx, ACT, row)
