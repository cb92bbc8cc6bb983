"""Whoever guesses passwords waits."""

from datetime import UTC, datetime, timedelta

from services.dispatch.domain.lockout import PER_ADDRESS, PER_NAME, PER_PAIR, Failure, wait_for

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def failures(number: int, name: str = "a", address: str = "x", minutes: float = 0) -> list[Failure]:
    return [(name, address, NOON - timedelta(minutes=minutes, seconds=n)) for n in range(number)]


def test_a_pair_waits_after_five_until_the_fifth_newest_has_left_the_window() -> None:
    assert wait_for(failures(PER_PAIR - 1), "a", "x", NOON) is None
    assert wait_for(failures(PER_PAIR), "a", "x", NOON) == timedelta(minutes=15) - timedelta(seconds=PER_PAIR - 1)
    assert wait_for(failures(PER_PAIR), "b", "x", NOON) is None
    assert wait_for(failures(PER_PAIR), "a", "y", NOON) is None


def test_a_failure_counts_for_a_quarter_of_an_hour_and_not_a_moment_longer() -> None:
    old = [("a", "x", NOON - timedelta(minutes=15))] * PER_PAIR
    assert wait_for(old, "a", "x", NOON) is None
    assert wait_for(old, "a", "x", NOON - timedelta(microseconds=1)) == timedelta(microseconds=1)


def test_a_name_waits_for_everybody_after_many_from_anywhere() -> None:
    spread = [one for n in range(PER_NAME) for one in failures(1, address=f"x{n}")]
    assert wait_for(spread, "a", "elsewhere", NOON) == timedelta(minutes=15)
    assert wait_for(spread[1:], "a", "elsewhere", NOON) is None


def test_an_address_waits_after_many_for_any_names() -> None:
    spread = [one for n in range(PER_ADDRESS) for one in failures(1, name=f"a{n}")]
    assert wait_for(spread, "new", "x", NOON) == timedelta(minutes=15)
    assert wait_for(spread[1:], "new", "x", NOON) is None
