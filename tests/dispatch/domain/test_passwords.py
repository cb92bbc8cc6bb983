"""A password is long enough, new, and not the login."""

import pytest

from services.dispatch.domain.passwords import one_time_password, require_good
from shared.kernel.errors import Code, Refused

NO_GOOD = [
    "", "short-one", "x" * 1001, "old-password-1", "has-Wang.Min-in-it", "aaabbbaaab", "a\x00bcdefghijk",
    "\ud800bcdefghijk",
]  # fmt: skip


@pytest.mark.parametrize("new", NO_GOOD)
def test_what_is_no_password(new: str) -> None:
    with pytest.raises(Refused) as caught:
        require_good(new, "wang.min", "old-password-1", field="new")
    assert (caught.value.code, caught.value.field) == (Code.field_invalid, "new")


@pytest.mark.parametrize("new", ["ten-chars-", "x-y-z-" * 166, "一二三四五六七八九十"])
def test_what_is_one(new: str) -> None:
    require_good(new, "wang.min", None, field="new")


def test_a_password_for_once_is_a_good_one_and_never_the_same() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert {len(one) for one in made} == {10}
