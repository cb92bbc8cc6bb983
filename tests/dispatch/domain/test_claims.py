"""003§34: who may decide a claim."""

import pytest

from services.dispatch.domain.claims import authority
from shared.policy.library import built_in
from tests.dispatch.handling import GROUP, OTHER_POLICY

POLICY = built_in().get(*GROUP)


@pytest.mark.parametrize(
    ("severity", "amount_fen", "post"),
    [
        ("general", 0, "leader"),
        ("general", 1_000_000, "leader"),
        ("general", 1_000_001, "chairman"),
        ("general", None, "chairman"),
        ("major", 1, "chairman"),
        ("group", 1, "chairman"),
        ("common", None, "chairman"),
    ],
)
def test_the_first_tier_that_fits_severity_and_amount_decides(severity: str, amount_fen: int | None, post: str) -> None:
    tier = authority(POLICY, severity, amount_fen)
    assert tier is not None
    assert tier.post == post


def test_a_policy_without_tiers_names_nobody() -> None:
    assert authority(OTHER_POLICY, "general", 1) is None
