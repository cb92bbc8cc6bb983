"""H3, H5: what percentages come to in money; a reversal takes back the same sum, at the base of the debit's month."""

import pytest

from services.sla.domain.statements import Percent, shares

MARCH, APRIL = "2026-03", "2026-04"


@pytest.mark.parametrize(
    ("percent", "base", "fen"), [(20, 800_000, 160_000), (20, 3, 1), (20, 2, 0), (50, 1, 1), (15, 3, 0), (100, 7, 7)]
)
def test_a_share_is_rounded_half_up_to_the_fen(percent: int, base: int, fen: int) -> None:
    assert shares([Percent(1, MARCH, percent)], {MARCH: base}).fen == fen


def test_without_a_base_it_is_pending() -> None:
    found = shares([Percent(1, MARCH, 20), Percent(2, APRIL, 20)], {APRIL: 100_000})
    assert (found.fen, found.pending) == (20_000, {1})


def test_a_reversal_counts_at_the_base_of_what_it_reverses() -> None:
    entries = [Percent(1, MARCH, 20), Percent(2, APRIL, -20)]
    assert shares(entries, {MARCH: 100_000, APRIL: 900_000}).fen == 0
    assert shares(entries, {APRIL: 900_000}) == shares(entries, {})
    assert shares(entries, {}).pending == {1, 2}


def test_a_reversal_takes_back_the_latest_debit_first() -> None:
    entries = [Percent(1, MARCH, 20), Percent(2, APRIL, 20), Percent(3, APRIL, -30)]
    assert shares(entries, {MARCH: 100_000, APRIL: 900_000}).fen == 10_000
    assert shares(entries, {MARCH: 100_000}).pending == {2, 3}


def test_the_arithmetic_is_told() -> None:
    assert shares([Percent(1, MARCH, 20)], {MARCH: 800_050}).terms == ("2026-03 基数 8000.50 元 × 20%",)
