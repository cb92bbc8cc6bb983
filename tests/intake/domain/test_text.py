from typing import Any

import pytest

from services.intake.domain.text import clean, missing


def test_blanks_around_a_text_are_cut_off() -> None:
    assert clean("  卫生间\n渗水 \u3000") == "卫生间\n渗水"


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\udfffb"])
def test_what_no_database_keeps_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        clean(text)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({}, "a"),
        ({"a": None}, "a"),
        ({"a": "  "}, "a"),
        ({"a": 0}, "b"),
        ({"a": False, "b": {}}, "b"),
        ({"a": 1, "b": {"c": ""}}, "b.c"),
        ({"a": 1, "b": {"c": 1}}, None),
        ({"a": 1, "b": "of a wrong type"}, None),
    ],
)
def test_the_first_unsaid_name_is_missing(data: dict[str, Any], name: str | None) -> None:
    assert missing(data, ["a", "b", "b.c"]) == name
