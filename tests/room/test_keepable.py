from datetime import date
from typing import Any

import pytest

from shared.room.keepable import MAX_DEPTH, keepable


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (10**400, 10**400),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("a\x00\ud800b", "a\ufffd\ufffdb"),
        ({"\x00": ["\udfff"]}, {"\ufffd": ["\ufffd"]}),
        ({1: (2,)}, {"1": [2]}),
        (date(2026, 3, 2), "2026-03-02"),
        (object, str(object)),
    ],
)
def test_what_was_asked_for_becomes_plain(value: Any, kept: Any) -> None:
    assert keepable(value) == kept


def test_bottomless_nesting_ends() -> None:
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    depth, kept = 0, keepable(value)
    while isinstance(kept, list):
        depth, kept = depth + 1, kept[0]
    assert (depth, kept) == (MAX_DEPTH + 1, "…")
