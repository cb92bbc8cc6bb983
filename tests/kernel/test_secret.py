import re
from datetime import UTC, datetime
from random import Random

from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids

CLOCK = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))


def test_secrets_fit_a_link_and_never_repeat() -> None:
    ids = Ids(CLOCK)
    made = [ids.secret() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", secret) for secret in made)


def test_the_same_random_source_gives_the_same_secret() -> None:
    assert Ids(CLOCK, Random(1)).secret() == Ids(CLOCK, Random(1)).secret()


def test_a_secret_does_not_touch_the_order_of_ids() -> None:
    ids = Ids(CLOCK, Random(1))
    first = ids.new()
    ids.secret()
    assert ids.new() > first
