"""B9, B10: who alone sees a case, and who was named to accompany it. Pure."""

from dataclasses import replace

from services.sla.domain.ledger import Ledger
from shared.org.confidential import confined_to
from shared.org.liability import CaseStanding


def placed(ledger: Ledger) -> CaseStanding:
    """The case as it stands now, with who sees it; its money goes by its posts and never by this."""
    policy, now = ledger.office.policy, ledger.case.history[-1]
    aspects = {
        "kind": now.kind,
        "validity": now.validity,
        "category": now.standing.category,
        "severity": now.standing.severity,
        "channel": now.channel,
    }
    return replace(now.standing, confined_to=confined_to(policy, aspects, now.fields), guardian=ledger.case.guardian)
