"""G1: what a change of the calendar would do is told before it is done, exactly; then it is done by command."""

from services.sla.usecases.amend_calendar import changes, preview
from services.sla.usecases.tick import tick
from tests.kit.desk import Desk
from tests.sla.usecases.test_load_calendar import amend, clock_of, open_case, year_csv

AFTER_DUE = amend(("2026-03-20", 0))
THE_DAY = amend(("2026-03-03", 0))
NOTE_ONLY = amend(("2026-03-03", 1))


async def test_a_preview_counts_the_due_times_that_would_move_and_moves_none(desk: Desk) -> None:
    case = await open_case(desk, "2026-03-02 17:00")  # half a working day: due on the 3rd
    due = (await clock_of(desk, case))[0]
    found = await preview(desk.room, THE_DAY, "f", scope="", single_days=True)
    assert (found.cases, found.moved, len(found.days)) == (1, 1, 1)
    assert (await clock_of(desk, case))[0] == due
    assert await changes(desk.room) == []


async def test_the_command_moves_what_the_preview_said(desk: Desk) -> None:
    case = await open_case(desk, "2026-03-02 17:00")
    due = (await clock_of(desk, case))[0]
    await desk.do("calendar.load", "gao.feng", text=THE_DAY, single_days=True)
    await tick(desk.room)
    assert (await clock_of(desk, case))[0] > due
    assert [one["what"] for one in await changes(desk.room)] == ["2026 年1 天"]
    again = await preview(desk.room, THE_DAY, "f", scope="", single_days=True)
    assert (again.days, again.moved) == ([], 0)


async def test_a_day_on_which_nothing_rests_and_a_note_alone_move_nothing(desk: Desk) -> None:
    await open_case(desk, "2026-03-02 17:00")
    later = await preview(desk.room, AFTER_DUE, "f", scope="", single_days=True)
    assert (len(later.days), later.moved) == (1, 0)
    noted = await preview(desk.room, NOTE_ONLY, "f", scope="", single_days=True)
    assert (len(noted.days), noted.moved) == (1, 0)


async def test_a_change_for_another_project_concerns_no_case_here(desk: Desk) -> None:
    await open_case(desk, "2026-03-02 17:00")
    elsewhere = await preview(desk.room, THE_DAY, "f", scope="lakeside", single_days=True)
    assert (elsewhere.cases, elsewhere.moved) == (0, 0)
    here = await preview(desk.room, THE_DAY, "f", scope="jinbi-bay", single_days=True)
    assert (here.cases, here.moved) == (1, 1)


async def test_several_years_may_be_loaded_at_once(desk: Desk) -> None:
    years = "".join(year_csv(year).removeprefix("day,working,note\n") for year in range(2030, 2036))
    text = f"day,working,note\n{years}"
    assert (await preview(desk.room, text, "f", scope="", single_days=False)).known == list(range(2030, 2036))
    answer = await desk.do("calendar.load", "sun.li", text=text)
    assert answer["years"] == list(range(2030, 2036))
