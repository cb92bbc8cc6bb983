"""A list sorts whole, by what its cells say, and counts rows while it does."""

from typing import Any

import pytest

from shared.web.listing import PER_PAGE, Column, Listing, first_of, whole
from tests.web.world import World

COLUMNS = [Column("号", lambda row: row["n"], kind="num"), Column("款", lambda row: row["money"])]


def _list(rows: list[dict[str, Any]], next: str | None = None, **query: str) -> Listing:
    return Listing(title="x", path="/x", columns=COLUMNS, rows=rows, query=query, next=next)


def _row(n: int, money: str = "") -> dict[str, Any]:
    return {"n": n, "money": money}


@pytest.mark.parametrize(
    ("sort", "expected"), [("0", [1, 2, 10]), ("-0", [10, 2, 1]), ("1", [2, 10, 1]), ("-1", [10, 2, 1])]
)
def test_numbers_sort_by_size_and_what_is_empty_comes_last(sort: str, expected: list[int]) -> None:
    rows = [_row(10, "1,200 元"), _row(2, "300 元"), _row(1, "—")]
    assert [row["n"] for row in _list(rows, sort=sort).shown] == expected


@pytest.mark.parametrize("sort", ["7", "x", "--1", "1.0", "²", "-"])
def test_an_order_that_is_none_leaves_the_rows_as_they_are(sort: str) -> None:
    rows = [_row(10), _row(2)]
    assert _list(rows, sort=sort).shown == rows


def test_a_sorted_list_is_paged_by_rows_and_says_where_it_was_cut() -> None:
    rows = [_row(n) for n in range(PER_PAGE + 2)]
    first = _list(rows, sort="-0")
    assert ([row["n"] for row in first.shown][:2], first.following, first.cut) == ([26, 25], "25", False)
    second = _list(rows, next="more", sort="-0", cursor="25")
    assert ([row["n"] for row in second.shown], second.following, second.cut) == ([1, 0], None, True)


def test_the_head_of_a_column_turns_its_order_round() -> None:
    assert _list([], sort="0").sort_link(COLUMNS[0]) == "/x?sort=-0"
    assert _list([], cursor="50").sort_link(COLUMNS[1]) == "/x?sort=1"
    assert _list([_row(1)], sort="-0").sorted_by(COLUMNS[0]) == "descending"
    assert _list([_row(1)], sort="-0").sorted_by(COLUMNS[1]) is None


@pytest.mark.parametrize(("cursor", "first"), [(None, 0), ("", 0), ("25", 25), ("-1", 0), ("x", 0), ("9999999", 0)])
def test_a_cursor_that_counts_nothing_begins_at_the_first_row(cursor: str | None, first: int) -> None:
    assert first_of(cursor) == first


async def test_a_page_reads_one_page_and_an_export_or_an_order_all_of_them() -> None:
    asked: list[tuple[str | None, int]] = []

    async def read(cursor: str | None, limit: int) -> dict[str, Any]:
        asked.append((cursor, limit))
        return {"items": [1] * 3, "next_cursor": "b" if cursor is None else None}

    assert (await whole(read, {}, None))["items"] == [1] * 3
    assert (await whole(read, {"sort": "1"}, None))["items"] == [1] * 6
    assert (await whole(read, {"cursor": "b"}, "csv"))["items"] == [1] * 6
    assert asked == [(None, PER_PAGE), (None, 200), ("b", 200), (None, 200), ("b", 200)]


async def test_cases_are_sorted_on_their_page_over_all_pages(world: World) -> None:
    for number in range(3):
        await world.registered(customer={"name": "张", "phone": f"1380000000{number}", "room": f"{9 - number}-1"})
    async with world.client("wang.min", Accept="text/html") as client:
        up = (await client.get("/cases?sort=5")).text
        down = (await client.get("/cases?sort=-5")).text
    assert up.index("7-1") < up.index("8-1") < up.index("9-1")
    assert down.index("9-1") < down.index("8-1") < down.index("7-1")
    assert 'aria-sort="ascending"' in up
