from datetime import UTC, datetime
from random import Random

import pytest

from shared.kernel.clock import ManualClock
from shared.kernel.ids import SPOKEN, Ids, spoken

CLOCK = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))


def test_codes_are_repeatable_where_chance_is_and_never_the_same_twice() -> None:
    ids, again = Ids(CLOCK, Random(1)), Ids(CLOCK, Random(1))
    made = [ids.code() for _ in range(1000)]
    assert made == [again.code() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert set("".join(made)) == {*SPOKEN, "-"}
    assert {len(code) for code in made} == {19}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7K3M-Q9XT-2BHW-5A80", "7K3M-Q9XT-2BHW-5A80"),
        (" 7k3mq9xt2bhw5a8o ", "7K3M-Q9XT-2BHW-5A80"),
        ("lk3m q9xt 2bhw 5a8i", "1K3M-Q9XT-2BHW-5A81"),
        ("7K3M-Q9XT-2BHW-5A8", None),
        ("7K3M-Q9XT-2BHW-5A8RR", None),
        ("7K3M-Q9XT-2BHW-5A8U", None),
        ("７K3M-Q9XT-2BHW-5A8R", None),
        ("", None),
    ],
)
def test_a_code_is_understood_as_people_write_it(said: str, meant: str | None) -> None:
    assert spoken(said) == meant
