"""G1: the working calendar of a year: shown to the group, loaded and changed by the after-sales centre's managers."""

import re
from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from services.sla.domain.calendars import EVERYWHERE
from services.sla.domain.sheets import decoded, written
from services.sla.pages.common import Sla, Viewing, noted, show
from services.sla.usecases.amend_calendar import MANAGERS, changes, preview
from services.sla.usecases.load_calendar import FIRST_YEAR, LAST_YEAR, calendar_csv, calendar_status, calendar_year
from services.sla.usecases.warn_calendar import missing_years
from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import asked
from shared.web.phrases import Phrase, joined, phrase

router = APIRouter()

PATH = "/ledger/calendar"
MOST_FILE = 500_000
MOST_RANGE = 366
TOO_LARGE = phrase("文件过大：最多 %(n)s KB", n=MOST_FILE // 1000)
WRONG_RANGE = phrase("截止日期应不早于起始日期，一次至多 %(n)s 天", n=MOST_RANGE)
MOST_SHOWN = 100
SOURCES = {
    "statutory": ("内置：国务院办公厅节假日通知", "info"),
    "loaded": ("已载入", "good"),
    "provisional": ("暂定：节假日安排未载入", "bad"),
}


@router.get(PATH)
async def year(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "year", "scope", longest=100)
    return await _shown(
        request, viewer, room, _year_of(room, viewer, query.get("year")), query.get("scope", EVERYWHERE)
    )


async def _shown(
    request: Request, viewer: Viewer, room: Room, year: int, scope: str, problems: Sequence[str] = (), status: int = 200
) -> Response:
    scopes = _scopes(room, viewer)
    if scope not in dict(scopes):
        raise Refused(Code.not_found, "没有这项制度或这个项目")
    found = await calendar_year(room, year, scope)
    today = room.clock.now().astimezone(viewer.zone).date()
    state = await calendar_status(room)
    return show(
        request, "calendar.html", viewer, status=status,
        year=year, scope=scope, scopes=scopes, found=found, months=_months(year, found["days"]), today=today,
        source=SOURCES[found["source"]], missing=await missing_years(room, today), in_use=bool(state["zones"]),
        years=range(max(FIRST_YEAR, year - 1), min(LAST_YEAR, year + 1) + 1), problems=problems,
        working=sum(day["working"] for day in found["days"]), may=viewer.holds(MANAGERS),
        changes=[one | {"what": _changed(one["what"])} for one in await changes(room)],
    )  # fmt: skip


def _year_of(room: Room, viewer: Viewer, text: str | None) -> int:
    this = room.clock.now().astimezone(viewer.zone).year
    return int(text) if text and text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR else this


def _scopes(room: Room, viewer: Viewer) -> list[tuple[str, str]]:
    names = {policy.id: phrase("制度：%(name)s", name=policy.name) for policy in room.policies.all()}
    projects = [(one.id, phrase("项目：%(name)s", name=one.name)) for one in viewer.directory.projects]
    return [(EVERYWHERE, "全部制度和项目"), *names.items(), *projects]


def _months(year: int, days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each month's weeks from Monday on, and in words what differs from a usual week."""
    by_day = {date.fromisoformat(day["day"]): day for day in days}
    months = []
    for month in range(1, 13):
        weeks = [
            [_cell(day, by_day[day]) if day.month == month else None for day in week]
            for week in Calendar().monthdatescalendar(year, month)
        ]
        own = [{**by_day[day], "date": day} for day in sorted(by_day) if day.month == month]
        months.append({"month": month, "weeks": weeks, "notes": _notes(own), "working": sum(d["working"] for d in own)})
    return months


def _cell(day: date, found: Mapping[str, Any]) -> dict[str, Any]:
    usual = day.weekday() < 5
    kind = "make-up" if found["working"] and not usual else "holiday" if not found["working"] and usual else ""
    return {"date": day, "off": not found["working"], "kind": kind or ("holiday" if _is_named_off(found) else ""),
            "note": found["note"]}  # fmt: skip


def _is_named_off(found: Mapping[str, Any]) -> bool:
    return bool(found["note"]) and not found["working"]


def _notes(days: Sequence[Mapping[str, Any]]) -> list[str]:
    """ "1–3 日 休 元旦": days that follow one another with the same note are told together."""
    told: list[tuple[list[date], Any]] = []
    for day in days:
        usual = day["date"].weekday() < 5
        if not day["note"] and day["working"] == usual:
            continue
        key = (day["working"], day["note"])
        if told and told[-1][1] == key and told[-1][0][-1] + timedelta(days=1) == day["date"]:
            told[-1][0].append(day["date"])
        else:
            told.append(([day["date"]], key))
    return [joined("：", (_run(run, working), note)) for run, (working, note) in told]


def _run(run: Sequence[date], working: bool) -> Phrase:
    days = f"{run[0].day}–{run[-1].day}" if len(run) > 1 else str(run[0].day)
    return phrase("%(days)s 日上班", days=days) if working else phrase("%(days)s 日休息", days=days)


_CHANGED = re.compile(r"(?P<years>[0-9、]+) 年(?:全年|(?P<days>\d+) 天)")


def _changed(what: str) -> str:
    """What the log of changes keeps as a sentence."""
    found = _CHANGED.fullmatch(what)
    if found is None:
        return what
    years = joined("、", found["years"].split("、"))
    if found["days"] is None:
        return phrase("%(years)s 年全年", years=years)
    return phrase("%(years)s 年%(n)s 天", years=years, n=found["days"])


@router.get(PATH + "/{year}.csv")
async def export(request: Request, year: int, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    scope = request.query_params.get("scope", EVERYWHERE)
    if scope not in dict(_scopes(room, viewer)):
        raise Refused(Code.not_found, "没有这项制度或这个项目")
    text = await calendar_csv(room, year, scope)
    await noted(room, viewer, "calendar", {"year": str(year), "scope": scope}, "csv")
    return Response(
        b"\xef\xbb\xbf" + text.encode(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="calendar-{year}.csv"'},
    )  # fmt: skip


@router.post(PATH + "/preview")
async def previewed(request: Request, viewer: Viewing, room: Sla) -> Response:
    """What a file, or days named in the form, would change; it is changed by the command calendar.load."""
    viewer.require(MANAGERS)
    async with request.form(max_files=1, max_fields=8, max_part_size=MOST_FILE) as form:
        scope = _text(form, "scope")
        year = _year_of(room, viewer, _text(form, "year"))
        try:
            text, file, single = await _given(form)
            found = await preview(room, text, file, scope=scope, single_days=single)
        except InvalidDocument as invalid:
            return await _shown(request, viewer, room, year, scope, invalid.problems, 422)
        except Refused as refused:
            known = scope if scope in dict(_scopes(room, viewer)) else EVERYWHERE
            return await _shown(request, viewer, room, year, known, [refused.detail], 422)
    return show(
        request, "calendar_preview.html", viewer, found=found, text=text, scope=scope, single=single, file=file,
        scope_name=dict(_scopes(room, viewer)).get(scope, scope), most=MOST_SHOWN,
    )  # fmt: skip


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:500] if isinstance(value, str) else ""


async def _given(form: FormData) -> tuple[str, str, bool]:
    """(text, name, single days) of the file, or of the days that the form names. Raises InvalidDocument, Refused."""
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        content = await file.read(MOST_FILE + 1)
        if len(content) > MOST_FILE:
            raise Refused(Code.field_invalid, TOO_LARGE, field="file")
        return decoded(content, file.filename[:100]), file.filename[:100], _text(form, "single_days") == "true"
    if not _text(form, "first"):
        raise Refused(Code.field_missing, "请选择 CSV 文件，或填写要更改的日期", field="file")
    try:
        first = date.fromisoformat(_text(form, "first"))
        last = date.fromisoformat(_text(form, "last")) if _text(form, "last") else first
    except ValueError:
        raise Refused(Code.field_invalid, "日期应为 2027-01-01 这样的日期", field="first") from None
    if not 0 <= (last - first).days < MOST_RANGE:
        raise Refused(Code.field_invalid, WRONG_RANGE, field="last")
    working = _text(form, "working") == "true"
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [(day.isoformat(), int(working), _text(form, "note")) for day in days]
    return written([("day", "working", "note"), *rows]), "更改的日期", True
