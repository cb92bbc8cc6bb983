"""Facts of one 003 case for rule tests: times are local to Shanghai, the case is officer wang.min's at jinbi-bay."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.dispatch.domain.demo import demo_directory
from services.sla.domain.clocks import Run
from services.sla.domain.facts import Fact
from services.sla.domain.ledger import Ledger, compute
from services.sla.domain.working import statutory_calendar
from shared.org.model import Directory
from shared.policy.library import built_in
from shared.policy.model import Policy

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = built_in().versions("group-after-sales")[-1]
DEMO = demo_directory()


def at(text: str) -> datetime:
    """ "03-02 09:30" or "03-02 09:30:01" of 2026, Shanghai time."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE)


class Story:
    """Collects facts; `ledger(now)` computes. Each method returns the story, so that a case reads as a sentence."""

    def __init__(self, policy: Policy = POLICY, directory: Directory = DEMO) -> None:
        self.policy = policy
        self.directory = directory
        self.facts: list[Fact] = []

    def fact(self, name: str, moment: str, *, recorded: str | None = None, **data: Any) -> "Story":
        number = UUID(int=len(self.facts) + 1)
        self.facts.append(Fact(number, name, at(moment), at(recorded or moment), "x", data))
        return self

    def registered(self, moment: str, *, contact_ended: str | None = None, **data: Any) -> "Story":
        given = {
            "project_id": "jinbi-bay",
            "number": "TS-1",
            "policy_id": self.policy.id,
            "policy_version": self.policy.version,
            "channel": "phone",
            "officer": "wang.min",
            "kind": "complaint",
            "validity": None,
            "category": "property_service",
            "severity": "general",
            "contact_ended_at": at(contact_ended or moment).isoformat(),
            "required_by": at("03-06 18:00").isoformat(),
            **data,
        }
        return self.fact("complaint_registered", moment, **given)

    def submitted(self, moment: str, **data: Any) -> "Story":
        return self.fact("order_submitted", moment, **{"first_department": "property", **data})

    def issued(self, moment: str = "03-02 10:30") -> "Story":
        """Registered 09:30, submitted 09:45, reviewed and issued: nothing late until then."""
        return (self.registered("03-02 09:30").submitted("03-02 09:45").fact("order_reviewed", "03-02 10:00")).fact(
            "order_issued", moment
        )

    def ledger(self, now: str) -> Ledger:
        return compute(self.policy, self.directory, self.facts, at(now), statutory_calendar(ZONE))

    def clock(self, name: str, now: str) -> Run:
        (run,) = self.clocks(name, now)
        return run

    def clocks(self, name: str, now: str) -> list[Run]:
        return [run for run in self.ledger(now).runs if run.clock.id == name]

    def owed(self, now: str) -> dict[tuple[str, str | None], int | None]:
        """(rule, person) -> yuan; None where it is a percentage."""
        return {
            (charge.rule, charge.person): None if charge.amount is None else charge.amount // 100
            for charge in self.ledger(now).charges
        }
