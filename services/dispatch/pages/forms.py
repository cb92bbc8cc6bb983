"""What the form of an act asks for: the choices it offers, as case and policy have them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.dispatch.pages.words import VALUES, department_name
from shared.policy.model import Policy, RecordField
from shared.web.console import Viewer
from shared.web.phrases import Phrase, phrase, words

ADDS = frozenset({"visit.record", "visit.material", "plan.enter", "progress.enter", "customer.call"})
"""Acts that add to a case and overwrite nothing: they are taken whatever else was done to it meanwhile."""

OFFLINE = ADDS | {"closure.apply", "claim.report", "claim.file", "cooperation.done", "cooperation.refuse"}
"""What people do away from a desk, and perhaps from a network."""

Choice = tuple[str, str]


@dataclass(frozen=True)
class ActForm:
    """One act on one case for one viewer. `version` is empty where the act may not collide with another's.

    Of the policy: `issues` supervision orders, asks for progress `daily`, may close on a registered `letter`.
    """

    command: str
    name: str
    clause: str
    complaint_id: str
    number: str
    version: str
    required: frozenset[str] = frozenset()
    fields: list[RecordField] = field(default_factory=list)
    decisions: list[Choice] = field(default_factory=list)
    purposes: list[Choice] = field(default_factory=list)
    grounds: list[Choice] = field(default_factory=list)
    departments: list[Choice] = field(default_factory=list)
    claims: list[Choice] = field(default_factory=list)
    people: list[Choice] = field(default_factory=list)
    photos: list[Choice] = field(default_factory=list)
    escalates: bool = False
    issues: bool = False
    daily: bool = False
    letter: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.command.replace(".", "-")

    @property
    def offline(self) -> bool:
        return self.command in OFFLINE

    @property
    def one_tap(self) -> bool:
        """Whether it is an approval that needs no word."""
        return [value for value, _ in self.decisions] == ["approve", "return"] and not self.required - {"decision"}


def form_of(policy: Policy, viewer: Viewer, case: Mapping[str, Any], action: Mapping[str, Any]) -> ActForm:
    """`case` and `action` are as reads.case gives them."""
    command = action["command"]
    step = policy.steps[command]
    return ActForm(
        command=command,
        name=step.name,
        clause=step.clause,
        complaint_id=case["complaint_id"],
        number=case["number"],
        version="" if command in ADDS else str(case["version"]),
        required=frozenset(step.required),
        fields=list(step.fields),
        decisions=_decisions(command, step.decisions),
        purposes=[(one, VALUES["purpose"][one]) for one in action.get("purposes", ())],
        grounds=[(one.id, one.name) for one in policy.ground],
        departments=_departments(viewer, case, command),
        claims=_claims(case, command),
        people=[(one.id, one.name) for one in viewer.directory.people] if command.startswith("meeting.") else [],
        photos=_photos(policy, case) if command in ("visit.record", "progress.enter", "closure.apply") else [],
        escalates=bool(policy.escalation),
        issues="order.issue" in policy.steps,
        daily=any(clock.type == "daily" for clock in policy.clock),
        letter=any(ground.letter_months is not None for ground in policy.ground),
        given=case,
    )


def forms_of_case(policy: Policy, viewer: Viewer, case: Mapping[str, Any]) -> list[ActForm]:
    return [form_of(policy, viewer, case, action) for action in case.get("actions", ())]


def _decisions(command: str, decisions: Mapping[str, str]) -> list[Choice]:
    if command == "claim.decide":
        return [("approve", "同意"), ("reject", "不同意")]
    return [(one, VALUES["decision"][one]) for one in ("approve", "return") if one in decisions]


def _departments(viewer: Viewer, case: Mapping[str, Any], command: str) -> list[Choice]:
    """Of the project's companies; to answer or report, only those that were asked for help."""
    if command in ("cooperation.done", "cooperation.refuse", "cooperation.report"):
        asked = [one for one in case["cooperation"] if command == "cooperation.report" or one["state"] == "asked"]
        return list(dict.fromkeys((one["department"], one["department_name"]) for one in asked))
    if command not in ("order.submit", "order.dispatch", "complaint.transfer", "cooperation.ask"):
        return []
    project = viewer.directory.project(case["project"])
    companies = (
        [viewer.directory.company(one) for one in (project.company, project.property_company)] if project else []
    )
    units = dict.fromkeys(unit.id for company in companies if company for unit in company.departments)
    return [(unit, department_name(viewer, unit)) for unit in units]


def _claims(case: Mapping[str, Any], command: str) -> list[Choice]:
    state = {"claim.report": "raised", "claim.decide": "reported", "claim.file": "decided"}.get(command)
    named = VALUES["claim"]
    return [
        (
            one["claim"],
            phrase("%(amount)s（%(state)s）", amount=_amount(one), state=words(named[one["state"]])),
        )
        for one in case["claims"]
        if one["state"] == state
    ]


def _amount(claim: Mapping[str, Any]) -> Phrase:
    return phrase("%(n)s 元", n=claim["amount"]) if claim["amount"] else words("金额未定")


def _photos(policy: Policy, case: Mapping[str, Any]) -> list[Choice]:
    """(phase, label) of the photos that the document asks for; one box for others."""
    names = {"before": "处理前照片", "during": "处理中照片", "after": "处理后照片"}
    for one in policy.evidence:
        if one.kind == "photo" and one.phases and (one.category is None or case["category"] in one.category):
            return [(phase, names[phase]) for phase in one.phases]
    return [("", "照片")]
