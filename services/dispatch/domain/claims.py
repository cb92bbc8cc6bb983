"""003§34: who may decide a claim."""

from shared.policy.model import ClaimTier, Policy

FEN_PER_YUAN = 100

RAISED, REPORTED, DECIDED, FILED = "raised", "reported", "decided", "filed"
NEEDS = {"claim.report": RAISED, "claim.decide": REPORTED, "claim.file": DECIDED}
"""The state a claim must be in for each act on it."""
DUTY = {state: command for command, state in NEEDS.items()}


def authority(policy: Policy, severity: str, amount_fen: int | None) -> ClaimTier | None:
    """The first tier that fits the case and the amount. An amount that nobody has named fits no limit."""
    for tier in policy.claim_tier:
        if tier.severity is not None and severity not in tier.severity:
            continue
        if tier.up_to_yuan is None:
            return tier
        if amount_fen is not None and amount_fen <= tier.up_to_yuan * FEN_PER_YUAN:
            return tier
    return None
