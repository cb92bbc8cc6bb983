"""The log of a room on both databases: everything once, whatever came at the same instant; and the directory's file."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.dispatch.usecases.directory_file import preview, take
from services.dispatch.usecases.export_cases import export_cases
from shared.kernel.errors import Code, Refused
from shared.org.model import Person
from shared.org.workbook import to_xlsx, to_yaml
from shared.room.reading import READ, note_read
from shared.room.room import Actor
from shared.room.trails import Wanted, entries, note
from tests.dispatch.conftest import DIRECTORY
from tests.dispatch.handling import Handling

OFFICE = Actor("person", person="sun.li")


async def everything(desk: Handling, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await entries(desk.room, wanted, cursor=cursor, limit=limit)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_each_act_and_each_reading_stands_in_it_once_the_latest_first(desk: Handling, limit: int) -> None:
    cases = [UUID(int=n) for n in (1, 2)]
    for _ in range(2):
        for case in cases:
            await note(desk.room, OFFICE, "paper.print", case, paper="order")
            for person in ("wang.min", "wu.gang"):
                await note_read(desk.room, Actor("person", person=person), case)
        desk.clock.advance(timedelta(hours=1))
    found = await everything(desk, Wanted(), limit)
    assert len(found) == len({one["cursor"] for one in found}) == 12
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert sum(one["command"] == READ for one in found) == 8
    hidden = await everything(desk, Wanted(hidden=cases[:1]), limit)
    assert {one["complaint_id"] for one in hidden} == {cases[1]}
    assert len(await everything(desk, Wanted(actors=["wu.gang"]), limit)) == 4
    assert len(await everything(desk, Wanted(command=READ, complaint_id=cases[0]), limit)) == 4
    assert await everything(desk, Wanted(accepted=False), limit) == []


async def test_a_file_is_taken_only_as_it_was_looked_at(desk: Handling) -> None:
    grown = DIRECTORY.with_changes(people=[*DIRECTORY.people, Person(id="new.one", name="新同事")])
    content = to_xlsx(grown)
    seen = await preview(desk.room, OFFICE, "d.xlsx", content)
    assert (seen.base, [one.act for one in seen.changes]) == (1, ["added"])
    other = to_yaml(DIRECTORY.with_changes(group_name="另一名称")).encode()
    assert await take(desk.room, OFFICE, "d.yaml", other, seen.base) == {"directory": 2}
    with pytest.raises(Refused) as caught:
        await take(desk.room, OFFICE, "d.xlsx", content, seen.base)
    assert caught.value.code is Code.version_conflict
    log = await everything(desk, Wanted(command="directory.import"), 10)
    assert [one["code"] for one in log] == ["version.conflict", None]
    assert "mobile" not in str(log)


async def test_an_export_is_on_record_before_the_first_case_is_read(desk: Handling) -> None:
    day = desk.clock.now().date()
    found = await export_cases(desk.room, OFFICE, day, day, "csv")
    assert len(await everything(desk, Wanted(command="cases.export"), 10)) == 1
    assert [page async for page in found] == []
