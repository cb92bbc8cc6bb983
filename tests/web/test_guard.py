from datetime import UTC, datetime, timedelta

from shared.kernel.clock import ManualClock
from shared.web.guard import LoginGuard

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def test_the_fifth_failure_locks_until_the_first_is_a_quarter_of_an_hour_old() -> None:
    clock = ManualClock(NOON)
    guard = LoginGuard(clock)
    for _ in range(5):
        assert guard.wait("a", "1") is None
        guard.failed("a", "1")
        clock.advance(timedelta(minutes=1))
    assert guard.wait("a", "1") == timedelta(minutes=10)
    assert guard.wait("a", "2") is None
    assert guard.wait("b", "1") is None
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert guard.wait("a", "1") == timedelta(seconds=1)
    clock.advance(timedelta(seconds=1))
    assert guard.wait("a", "1") is None


def test_a_success_forgets_the_failures_of_that_name_from_that_address() -> None:
    guard = LoginGuard(ManualClock(NOON))
    for _ in range(4):
        guard.failed("a", "1")
    guard.succeeded("a", "1")
    guard.failed("a", "1")
    assert guard.wait("a", "1") is None


def test_one_name_tried_from_many_addresses_and_many_names_from_one_are_locked_too() -> None:
    guard = LoginGuard(ManualClock(NOON))
    for number in range(30):
        guard.failed("a", f"10.0.0.{number}")
    assert guard.wait("a", "10.9.9.9") is not None
    for number in range(60):
        guard.failed(f"n{number}", "1")
    assert guard.wait("fresh", "1") is not None


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    guard = LoginGuard(ManualClock(NOON))
    guard._MAX_KEYS = 10  # type: ignore[misc]
    for number in range(100):
        guard.failed(f"n{number}", f"a{number}")
    assert all(len(count.failures) <= 10 for count in (guard._pair, guard._name, guard._address))
