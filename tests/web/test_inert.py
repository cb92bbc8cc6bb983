"""Whatever people write stays text: on every page and part of one, in every export, in every language of attack."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest
import pytest_asyncio

from services.__main__ import builders
from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from shared.kernel.clock import ManualClock
from shared.run.embedded import embedded
from shared.run.settings import Settings
from tests.kit.pictures import photo
from tests.web.classified import BY_CASE, BY_POST, KEYED, PUBLIC, SIGNED_IN
from tests.web.world import MORNING, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = (
    "\"'><img src=x onerror=alert(9)><script>alert(9)</script></textarea></title>{{7*7}}${7*7}<!--"
    "\u202e\u200b\u2066'; DROP TABLE complaint;-- javascript:alert(9) " + "长" * 60
)
FORMULA = "=cmd|'/C calc'!A0<b onload=alert(9)>"
"""For what stands in a cell of its own."""
SHORT = "<svg onload=alert(9)>"
LINK = "javascript:alert(9)//"

WRITTEN = ("onerror", "onload", "alert(9)")
ONLY = {"http", "https", "tel", "mailto"}
LINKS = {"href", "src", "action", "formaction", "hx-get", "hx-post", "data-path", "data-done", "poster", "data"}
_CALM = {"link", "meta", "img", "script", "form", "a", "button", "input", "use"}


class Page(HTMLParser):
    """What a browser would make of a page: the elements, their attributes and the scripts in them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.text: list[str] = []
        self._within: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._within.append(tag)
            if not dict(attrs).get("src") and tag == "script":
                self.wrong.append("script in the page")
        for name, value in attrs:
            if name.startswith(("on", "hx-on")) or any(word in name for word in WRITTEN) or name == "style":
                self.wrong.append(f"<{tag} {name}>")
            if name in LINKS and not _leads_nowhere_else(value or ""):
                self.wrong.append(f"<{tag} {name}={value}>")
        if tag in ("iframe", "object", "embed", "base"):
            self.wrong.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data[:40]}")

    def handle_data(self, data: str) -> None:
        if self._within and any(word in data for word in WRITTEN):
            self.wrong.append(f"in a {self._within[-1]}: {data[:60]}")
        self.text.append(data)


def _leads_nowhere_else(value: str) -> bool:
    if value == "data:," or value.startswith("data:image/"):
        return True
    scheme = urlsplit(value.strip()).scheme.lower()
    return not value.strip().startswith("//") and (not scheme or scheme in ONLY)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def marked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, dict[str, str]]]:
    async with _world(tmp_path_factory.mktemp("marked") / "var") as opened:
        yield opened


def _world(data_dir: Path) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def made() -> AsyncIterator[tuple[World, dict[str, str]]]:
        clock = ManualClock(MORNING)
        settings = Settings(data_dir=data_dir, rate_public=0, rate_person=0)
        async with embedded(settings, builders(), clock=clock) as (running, app):
            async with running.rooms["dispatch"].begin() as tx:
                await import_directory(tx, _directory())
            running.start()
            await running.settled()
            world = World(app, running, clock)
            ids = await _lived(world)
            yield world, ids

    return made()


def _directory() -> Any:
    """People, projects and companies with names of their own."""
    demo = demo_directory()
    odd = {"wu.gang", "wang.min", "ma.chao"}
    people = [one.model_copy(update={"name": f"{one.name}{SHORT}"}) if one.id in odd else one for one in demo.people]
    projects = [one.model_copy(update={"name": f"{one.name}{SHORT}"}) for one in demo.projects]
    companies = [one.model_copy(update={"name": f"{one.name}{SHORT}"}) for one in demo.companies]
    return demo.with_changes(people=people, projects=projects, companies=companies)


async def _did(world: World, who: str, name: str, case: str | None = None, /, **data: Any) -> dict[str, Any]:
    async with world.client(who) as client:
        body = {"with": data} | ({"complaint": case} if case else {})
        response = await client.post(f"/api/v1/commands/{name}", json=body)
    assert response.status_code in (200, 201), (name, response.text)
    return dict(response.json())


async def _lived(world: World) -> dict[str, str]:
    """Cases in which every field that takes words holds the worst of them."""
    room = f"{FORMULA[:30]}"
    register = {
        "project": "jinbi-bay", "channel": "phone", "category": "property_service",
        "customer": {"name": FORMULA, "phone": "13977665544", "room": room}, "content": EVIL, "note": EVIL,
        "contact_ended_at": "2026-03-02T08:00:00+08:00", "required_by": "2026-03-04T09:00:00+08:00",
    }  # fmt: skip
    made = await _did(world, "wang.min", "complaint.register", **register)
    again = await _did(world, "wang.min", "complaint.register", **register)
    case = str(made["complaint"])
    async with world.client(**{"X-Tracking-Token": made["tracking"]}) as client:
        body = {"complaint": case, "with": {"signature": SHORT, "note": EVIL}}
        assert (await client.post("/api/v1/commands/complaint.sign", json=body)).status_code == 200
        body = {"complaint": case, "with": {"stars": 1, "note": EVIL, "reason": EVIL}}
        await client.post("/api/v1/commands/complaint.rate_window", json=body)
    async with world.client("wang.min") as client:
        sent = await client.post(
            "/api/v1/attachments",
            params={"kind": "photo", "complaint": case, "phase": "before", "name": f"{SHORT}.jpg"},
            content=photo(), headers={"Content-Type": "image/jpeg"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
    await _did(
        world, "wang.min", "complaint.link", case, to=again["complaint"], relation="repeat", reason=EVIL, note=EVIL
    )
    await _did(world, "wang.min", "order.submit", case, note=EVIL)
    await _did(world, "sun.li", "order.review", case, decision="return", reason=EVIL, note=EVIL)
    await _did(world, "wang.min", "order.submit", case, note=EVIL)
    await _did(world, "sun.li", "order.review", case, decision="approve", note=EVIL)
    await _did(world, "gao.feng", "order.issue", case, decision="approve", note=EVIL)
    await _did(world, "wu.gang", "visit.record", case, outcome="agreed", plan=EVIL, note=EVIL, signature=SHORT,
               agreed_completion_at="2026-03-04T09:00:00+08:00")  # fmt: skip
    await _did(world, "wu.gang", "progress.enter", case, text=EVIL, note=EVIL)
    await _did(world, "wu.gang", "cooperation.ask", case, department="engineering", text=EVIL, note=EVIL)
    await _did(world, "wang.min", "claim.raise", case, amount=50000, note=EVIL, reason=EVIL)
    await _did(world, "wang.min", "customer.call", case, purpose="contact", opinion=EVIL, note=EVIL)
    world.clock.advance(timedelta(days=3))
    for each in world.running.rooms.values():
        if each.tick is not None:
            await each.tick(each)
    await world.running.settled()
    await _did(world, "qian.hui", "finding.record", case, kind="attitude", person="wu.gang", evidence=EVIL, note=EVIL)
    await _did(world, "gao.feng", "register.enter", kind="systemic", period="2026-Q1", company="south",
               department="engineering", text=EVIL, items=[{"text": EVIL, "due": "2026-03-20"}])  # fmt: skip
    await _did(world, "wang.min", "channel.enter", project="jinbi-bay", kind="forum", address=LINK, note=EVIL)
    await _did(world, "gao.feng", "absence.enter", person="zhou.tao", delegate="wu.gang", reason=EVIL, note=EVIL,
               **{"from": "2026-03-04T10:00:00+08:00"})  # fmt: skip
    await world.running.settled()
    return {"complaint_id": case, "tracking": made["tracking"], "attachment_id": sent.json()["attachment"]}


def _address(route: str, ids: dict[str, str]) -> str | None:
    path = route.partition(" ")[2]
    known = ids | {"command": "progress.enter", "policy": "group-after-sales", "which": "overdue", "month": "2026-03",
                   "code": EVIL[:40].replace("/", "%2F"), "policy_id": "group-after-sales", "form": "supervision_order",
                   "kind": "pdf", "year": "2026"}  # fmt: skip
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    return None if "{" in path else path


PAGES = sorted(
    route
    for route in PUBLIC | KEYED | BY_CASE | SIGNED_IN.union(*BY_POST.values())
    if route.startswith("GET ") and "/api/" not in route
)
WORDS = ("q", "who", "person", "case", "room_no", "phone", "customer.room", "customer.phone", "next", "back", "name")
CHOICES = (
    "project", "state", "day", "command", "code", "period", "from", "to", "cursor", "sort", "month", "year", "report",
    "company", "tab", "decision", "relation", "enter", "topic", "kind", "list", "first", "chosen",
)  # fmt: skip
"""What addresses ask for: words that are shown again, and choices most of which are refused when they are none."""


async def _pages(world: World, ids: dict[str, str], who: str, /, **query: str) -> list[tuple[str, httpx.Response]]:
    found = []
    async with world.client(who, Accept="text/html") as client:
        for route in PAGES:
            if (path := _address(route, ids)) is not None and "/language/" not in path:
                given = {"project": "jinbi-bay", "whose": "officer"} | query
                found.append((route, await client.get(path, params=given)))
    return found


def _inert(route: str, response: httpx.Response) -> str:
    assert response.status_code < 500, (route, response.text[:300])
    if "html" not in response.headers.get("content-type", ""):
        return ""
    page = Page(response.text)
    assert page.wrong == [], (route, page.wrong)
    return "".join(page.text)


@pytest.mark.parametrize("who", ["wang.min", "wu.gang", "gao.feng", "qian.hui"])
async def test_what_people_wrote_is_text_on_every_page(marked: tuple[World, dict[str, str]], who: str) -> None:
    world, ids = marked
    shown = {route: _inert(route, response) for route, response in await _pages(world, ids, who)}
    case = shown["GET /cases/{complaint_id}"]
    assert EVIL[:40] in case  # it is there, and it is text
    assert "{{7*7}}" in case
    assert "49$" not in case
    if who == "gao.feng":
        for route in ("GET /orders/{complaint_id}/work", "GET /ledger/registers", "GET /intake/channels"):
            assert any(word in shown[route] for word in (EVIL[:30], LINK, SHORT)), route


@pytest.mark.parametrize("who", ["wang.min", "gao.feng", "lin.fang"])
async def test_what_an_address_asks_for_is_text_on_every_page(marked: tuple[World, dict[str, str]], who: str) -> None:
    world, ids = marked
    for names, evil in ((WORDS, EVIL[:150]), (CHOICES, EVIL[:150]), (WORDS, LINK)):
        query = dict.fromkeys(names, evil)
        for route, response in await _pages(world, ids, who, **query):
            _inert(route, response)
            assert _leads_nowhere_else(response.headers.get("location", "")), route


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(9)>", "<script>alert(9)</script>", '<a href="javascript:alert(9)">', "<!--alert-->",
     '<a href="//evil.example">', "<div hx-on:click=x>", "<p style='x'>", "<iframe>"],
)  # fmt: skip
async def test_a_page_that_is_not_inert_would_be_found(text: str) -> None:
    assert Page(f"<p>{text}</p>").wrong


async def test_a_customer_reads_his_own_words_and_nothing_runs(marked: tuple[World, dict[str, str]]) -> None:
    world, ids = marked
    async with world.client(Accept="text/html") as client:
        for path in (f"/t/{ids['tracking']}", f"/t/{ids['tracking']}/rate?back={LINK}", "/report"):
            text = _inert(path, await client.get(path))
            assert EVIL[:40] in text or "/t/" not in path or "rate" in path


async def test_no_cell_of_an_export_is_a_formula(marked: tuple[World, dict[str, str]]) -> None:
    world, ids = marked
    seen = 0
    async with world.client("gao.feng") as client:
        for route in PAGES:
            path = _address(route, ids)
            for form in ("csv", "xlsx"):
                if path is None or "/orders/registers/" in path:
                    continue
                response = await client.get(path, params={"export": form, "project": ""})
                seen += _harmless(route, response)
        for form in ("complaint_register", "supervision_order"):
            sheet = await client.get(
                f"/orders/registers/group-after-sales/{form}.xlsx",
                params={"project": "jinbi-bay", "from": "2026-03-01", "to": "2026-03-31"},
            )
            seen += _harmless(form, sheet)
        for path in ("/api/v1/directory/export", "/ledger/calendar/2026.csv"):
            seen += _harmless(path, await client.get(path))
    assert seen >= 20


def _harmless(route: str, response: httpx.Response) -> int:
    kind = response.headers.get("content-type", "")
    assert response.status_code < 500, (route, response.text[:300])
    if "text/csv" in kind:
        assert "attachment" in response.headers["content-disposition"] or "calendar" in route
        for row in csv.reader(io.StringIO(response.content.decode("utf-8-sig"))):
            for cell in row:
                risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r")
                assert not risky or _is_number(cell), (route, cell)
        return 1
    if "spreadsheetml" in kind:
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        for sheet in book:
            for cells in sheet.iter_rows():
                for one in cells:
                    assert one.data_type != "f", (route, one.value)
                    assert one.hyperlink is None, (route, one.value)
        return 1
    return 0


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


async def test_papers_are_made_of_the_worst_words(marked: tuple[World, dict[str, str]]) -> None:
    world, ids = marked
    case = ids["complaint_id"]
    async with world.client("wang.min") as client:
        order = await client.get(f"/orders/{case}/order.pdf")
        assert order.status_code == 200
        assert order.content.startswith(b"%PDF-")
        assert b"/JavaScript" not in order.content
        assert b"/Launch" not in order.content
        forms = (await client.get(f"/orders/{case}/forms")).json()["items"]
        for kind in ("pdf", "docx"):
            assert (await client.get(forms[0][kind])).status_code == 200
        picture = await client.get(f"/api/v1/attachments/{ids['attachment_id']}")
    assert "<" not in picture.headers["content-disposition"]
