"""Lists that administrators hand in and take out as CSV: every problem is told by its line. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.kernel.errors import InvalidDocument
from shared.kernel.money import Fen, fen

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_BASE = fen(10_000_000)
MOST_NOTE = 200
WORKING = {"1": True, "true": True, "yes": True, "是": True, "0": False, "false": False, "no": False, "否": False}
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class CalendarLine:
    line: int
    day: date
    working: bool
    note: str


@dataclass(frozen=True, slots=True)
class BaseLine:
    line: int
    person: str
    month: str
    fen: Fen


def decoded(content: bytes, file: str) -> str:
    """The text of a file as spreadsheet programs write it: UTF-8, or GB18030 from a Chinese one."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidDocument([f"{file}: 不是 UTF-8 或 GB18030 文本"])


def written(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def safe_cell(value: object) -> object:
    """A text that a spreadsheet program would take for a formula is marked as text; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def read_calendar(text: str, file: str) -> list[CalendarLine]:
    """The lines day,working,note. Raises InvalidDocument with every line that does not read."""
    problems: list[str] = []
    found: dict[date, CalendarLine] = {}
    for line, (day_text, working_text, note) in _lines(text, ("day", "working", "note"), file, problems):
        reasons = []
        day = _day(day_text)
        working = WORKING.get(working_text.lower())
        if day is None:
            reasons.append(f"没有 {day_text or '（空）'} 这一天，应为 2027-01-01 这样的日期")
        elif day in found:
            reasons.append(f"{day} 已在第 {found[day].line} 行出现")
        if working is None:
            reasons.append(f"working 应为 1（工作日）或 0（休息日），不是 {working_text or '空'}")
        if len(note) > MOST_NOTE or "\x00" in note:
            reasons.append(f"note 至多 {MOST_NOTE} 字")
        problems += [f"{file}:{line}: {reason}" for reason in reasons]
        if day is not None and working is not None and day not in found:
            found[day] = CalendarLine(line, day, working, note)
    if problems:
        raise InvalidDocument(problems)
    return list(found.values())


def read_bases(text: str, file: str, people: Iterable[str]) -> list[BaseLine]:
    """The lines person,month,yuan. Raises InvalidDocument with every line that does not read."""
    known, problems = set(people), list[str]()
    found: dict[tuple[str, str], BaseLine] = {}
    for line, (person, month, amount) in _lines(text, ("person", "month", "yuan"), file, problems):
        reasons = list(base_problems(person, month, amount, known))
        if (person, month) in found:
            reasons.append(f"{person} 的 {month} 已在第 {found[person, month].line} 行出现")
        problems += [f"{file}:{line}: {reason}" for reason in reasons]
        if not reasons:
            found[person, month] = BaseLine(line, person, month, fen(amount))
    if problems:
        raise InvalidDocument(problems)
    return list(found.values())


def base_problems(person: str, month: str, amount: object, people: set[str]) -> Iterator[str]:
    """What is wrong with one person's base of a month, by the name of the field."""
    if person not in people:
        yield f"person: 通讯录中没有 {person or '（空）'}"
    if not MONTH.fullmatch(month):
        yield f"month: 应为 2026-03 这样的月份，不是 {month or '空'}"
    if not _AMOUNT.fullmatch(str(amount)) or not 0 <= fen(str(amount)) <= MOST_BASE:
        yield f"yuan: 应为 0 至 {MOST_BASE // 100} 元、至多两位小数的金额，不是 {str(amount)[:50] or '空'}"


def _lines(
    text: str, columns: tuple[str, ...], file: str, problems: list[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line number, cells) of every line that has the columns; a trailing column may be left out."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if header != list(columns):
            problems.append(f"{file}:1: 第一行应为 {','.join(columns)}")
            return
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not len(columns) - 1 <= len(cells) <= len(columns):
                problems.append(f"{file}:{reader.line_num}: 应有 {len(columns)} 列，实有 {len(cells)} 列")
                continue
            yield reader.line_num, tuple(cells + [""] * (len(columns) - len(cells)))
    except csv.Error as error:
        problems.append(f"{file}:{reader.line_num}: 不是 CSV: {error}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
