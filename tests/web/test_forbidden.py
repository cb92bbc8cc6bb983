"""A7: every route, asked by everybody whom it does not concern. The routes are read off the application."""

from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import pytest_asyncio

from shared.org.acting import posts_for
from tests.web.classified import (
    ALL,
    BY_CASE,
    BY_POST,
    COMMAND,
    KEYED,
    NOBODYS,
    OF_A_CASE,
    OF_NO_CASE,
    OPEN_TO_EMPLOYEES,
    PUBLIC,
    SIGNED_IN,
    address_of,
    routes,
)  # fmt: skip
from tests.web.secrets_world import (
    FORMER_DELEGATE,
    OTHER_DELEGATE,
    PHONE,
    STRANGER,
    WORDS,
    Secret,
    Secrets,
    directory,
    secrets_world,
)  # fmt: skip
from tests.web.world import MORNING

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOBODY, CUSTOMER = "nobody", "another customer"

FOREIGN = [
    STRANGER, FORMER_DELEGATE, OTHER_DELEGATE, "sun.yue", "zhang.lan", "cao.yan", "shi.lei", "dong.ming", "zhao.lei",
    "fan.rui", "he.jun",
]  # fmt: skip
"""The case is none of theirs: without a post, once a delegate, another's delegate, officers of other projects, heads of
another department and company, leader and chairmen of the other region, the general manager of another project.
"""

MASKED = ["qian.hui", "hr.centre", "finance.centre", "tang.bo"]
"""Auditor, HR, finance, vice president: they see the case and not who the customer is."""

LETTER_FOREIGN = [NOBODY, CUSTOMER, STRANGER, "wang.min", "zhang.lan", "deng.min", "he.jun", "sun.li", *MASKED]
"""The letter is only for the chairman, in the place of the leader who is not there, and for the general manager."""

ASKED_BY_CASE = frozenset({
    "GET /api/v1/penalties", "GET /api/v1/messages", "GET /api/v1/due",
    "GET /api/v1/parts/notify/complaints/{complaint_id}",
})  # fmt: skip
"""Lists that may be asked for one case."""

REFUSED = {401, 403, 404}
_FILE = {"name": "x.yaml", "content": "eA=="}
_BODIES = {"preview": _FILE, "import": {**_FILE, "base": 1}}
KEPT_OF_REFUSALS = frozenset({"audit", "referral"})
IDS = [
    "complaint_id", "attachment_id", "act_id", "letter_id", "report_id", "trial_id", "policy_id", "month", "form",
    "year", "which", "policy", "kind", "command",
]  # fmt: skip
GARBAGE = ["x", "0", "...", "' OR 1=1 --", "%00", "{{7*7}}", "9" * 400, "é", NOBODYS.replace("-", ""), f"{NOBODYS}x"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def secrets(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secrets]:
    async with secrets_world(tmp_path_factory.mktemp("secrets") / "var") as opened:
        yield opened


def _client(secrets: Secrets, who: str, **headers: str) -> httpx.AsyncClient:
    if who == CUSTOMER:
        return secrets.world.client(**{"X-Tracking-Token": secrets.other.tracking, **headers})
    return secrets.world.client(None if who == NOBODY else who, **headers)


def _query(route: str, secret: Secret) -> dict[str, str]:
    """What a list may be asked for, to make it speak of the case."""
    if route == "GET /api/v1/attachments":
        return {"complaint": secret.complaint}
    if "/earlier" in route:
        return {"project": "jinbi-bay", "room_no": WORDS[1], "phone": PHONE, "customer.room": WORDS[1]}
    if "/registers/{policy}" in route:
        return {"project": "jinbi-bay", "from": "2026-03-01", "to": "2026-03-31"}
    return {"complaint": secret.complaint, "complaints": secret.complaint, "project": "jinbi-bay", "whose": "employee",
            "month": "2026-03", "year": "2026", "from": "2026-03-01", "to": "2026-03-31"}  # fmt: skip


def _text(response: httpx.Response) -> str:
    """The body; of a spreadsheet what stands in its cells."""
    if response.content[:2] == b"PK":
        with ZipFile(BytesIO(response.content)) as parts:
            return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    return response.text


def _betrayed(response: httpx.Response, secret: Secret) -> list[str]:
    """The marks of the case that are in the answer and were not in the question."""
    asked = str(response.request.url)
    text = _text(response)
    marks = [*secret.marks, secret.complaint] if secret.complaint not in asked else secret.marks
    return [mark for mark in marks if mark in text and (mark not in (WORDS[1], PHONE) or "earlier" not in asked)]


async def _get_all(
    secrets: Secrets, who: str, wanted: frozenset[str], secret: Secret, **headers: str
) -> list[tuple[str, httpx.Response]]:
    async with _client(secrets, who, **headers) as client:
        return [
            (route, await client.get(address_of(route, secret), params=_query(route, secret)))
            for route in sorted(wanted)
            if route.startswith("GET ")
        ]


async def _lists(secrets: Secrets, who: str) -> list[tuple[str, httpx.Response]]:
    """What the routes that are of no one case say to him. Asked once for all tests: nothing changes in between."""
    if who not in secrets.asked:
        secrets.asked[who] = await _get_all(secrets, who, SIGNED_IN.union(*BY_POST.values()), secrets.case)
    return secrets.asked[who]


# ---- the table


async def test_every_route_is_in_exactly_one_list(secrets: Secrets) -> None:
    listed = [route for lines in ALL for route in lines]
    found = set(routes(secrets.world.app.router))
    assert found - set(listed) == set(), "new: say in tests/web/classified.py whom they are for"
    assert set(listed) - found == set(), "gone"
    assert len(listed) == len(set(listed))


# ---- nobody


async def test_whoever_is_not_signed_in_comes_in_nowhere(secrets: Secrets) -> None:
    before = await secrets.counts()
    closed = BY_CASE | SIGNED_IN | frozenset().union(*BY_POST.values())
    async with _client(secrets, NOBODY) as client:
        for route in sorted(closed):
            method = route.partition(" ")[0]
            query = _query(route, secrets.case) | {"kind": "photo"}
            response = await client.request(method, address_of(route, secrets.case), params=query)
            assert response.status_code == 401, (route, response.text[:200])
            assert _betrayed(response, secrets.case) == []
        for name, data in (OF_A_CASE | OF_NO_CASE).items():
            response = await _command(client, name, secrets.case.complaint if name in OF_A_CASE else None, data)
            assert response.status_code == 401, (name, response.text[:200])
    assert await secrets.counts() == before


async def test_a_browser_of_nobody_is_sent_to_the_sign_in_page(secrets: Secrets) -> None:
    pages = frozenset(one for one in BY_CASE | SIGNED_IN if "/api/" not in one)
    for route, response in await _get_all(secrets, NOBODY, pages, secrets.case, Accept="text/html"):
        assert response.status_code == 303, route
        assert response.headers["location"].startswith("/login"), route


@pytest.mark.parametrize("who", [NOBODY, CUSTOMER, STRANGER])
async def test_what_is_open_to_all_tells_nothing_of_a_case(secrets: Secrets, who: str) -> None:
    for route, response in await _get_all(secrets, who, PUBLIC, secrets.case):
        assert response.status_code < 500, route
        assert _betrayed(response, secrets.case) == [], route


async def test_a_key_that_is_none_opens_nothing(secrets: Secrets) -> None:
    keys = ["x" * 32, secrets.case.tracking[:-1], secrets.case.tracking.swapcase(), secrets.case.complaint,
            secrets.case.number, "%25", "*" * 32, "a" * 5000]  # fmt: skip
    async with _client(secrets, NOBODY) as client:
        for route in sorted(KEYED):
            for key in keys:
                response = await client.get(address_of(route, secrets.case, tracking=key))
                assert response.status_code in (404, 422), (route, key)
                assert _betrayed(response, secrets.case) == []


async def test_a_key_opens_no_file_of_another_case(secrets: Secrets) -> None:
    path = f"/t/{secrets.other.tracking}/files/{secrets.case.ids['attachment']}"
    async with _client(secrets, NOBODY) as client:
        assert (await client.get(path)).status_code == 404


# ---- reading a foreign case


@pytest.mark.parametrize("who", [CUSTOMER, *FOREIGN])
async def test_a_foreign_case_is_not_there(secrets: Secrets, who: str) -> None:
    for route, response in await _get_all(secrets, who, BY_CASE, secrets.case):
        assert response.status_code in REFUSED, (route, response.text[:200])
        assert _betrayed(response, secrets.case) == [], route


@pytest.mark.parametrize("who", [CUSTOMER, *FOREIGN])
async def test_no_list_speaks_of_a_foreign_case(secrets: Secrets, who: str) -> None:
    for route, response in await _lists(secrets, who):
        assert response.status_code < 500, (route, response.text[:200])
        assert _betrayed(response, secrets.case) == [], route


@pytest.mark.parametrize("who", [*FOREIGN, "wang.min", "wu.gang", *MASKED, "sun.li"])
async def test_what_is_for_a_post_is_closed_to_who_does_not_hold_it(secrets: Secrets, who: str) -> None:
    before = await secrets.counts(without=KEPT_OF_REFUSALS)
    held = {one.post for one in posts_for(directory(), who, MORNING)}
    closed = frozenset[str]().union(*(found for posts, found in BY_POST.items() if posts.isdisjoint(held)))
    for route, response in await _lists(secrets, who):
        if route in closed:
            assert response.status_code == 403, (route, response.text[:200])
    async with _client(secrets, who) as client:
        for route in sorted(one for one in closed if one.startswith("POST ")):
            path = address_of(route, secrets.case)
            response = await client.post(path, json=_BODIES.get(path.rpartition("/")[2], {"person": "lu.ren"}))
            assert response.status_code in {403, 404, 415}, (route, response.text[:200])
    assert await secrets.counts(without=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize("who", MASKED)
async def test_who_only_oversees_never_learns_who_the_customer_is(secrets: Secrets, who: str) -> None:
    answers = [*await _get_all(secrets, who, BY_CASE, secrets.case), *await _lists(secrets, who)]
    for route, response in answers:
        named = set(_betrayed(response, secrets.case)) & {WORDS[0], WORDS[1], PHONE, secrets.case.tracking}
        assert named == set(), route


@pytest.mark.parametrize("who", LETTER_FOREIGN)
async def test_a_letter_of_whistle_blowing_is_nowhere(secrets: Secrets, who: str) -> None:
    """The officer who took it keeps its number, on the page of his receipt."""
    receipt = "GET /intake/registered/{complaint_id}"
    for route, response in await _get_all(secrets, who, BY_CASE | ASKED_BY_CASE, secrets.letter):
        told = _betrayed(response, secrets.letter)
        if who == "zhang.lan" and route == receipt:
            assert told == [secrets.letter.number]
        else:
            assert told == [], route
            assert response.status_code in REFUSED or route in ASKED_BY_CASE, route
    for route, response in await _lists(secrets, who):
        assert _betrayed(response, secrets.letter) == [], route


async def test_who_may_read_them_does(secrets: Secrets) -> None:
    """Else all of the above would hold of an application that is shut."""
    async with _client(secrets, "gao.feng") as client:
        for secret in (secrets.case, secrets.letter):
            response = await client.get(f"/cases/{secret.complaint}")
            assert response.status_code == 200
            assert secret.number in _betrayed(response, secret)
    for route, response in await _get_all(secrets, "wang.min", BY_CASE, secrets.case):
        assert response.status_code == 200, (route, response.text[:200])


# ---- ids that are none


@pytest.mark.parametrize("who", [STRANGER, "gao.feng"])
async def test_an_id_that_is_none_is_a_plain_refusal(secrets: Secrets, who: str) -> None:
    every = sorted(
        one for one in (BY_CASE | SIGNED_IN.union(*BY_POST.values())) if one.startswith("GET ") and "{" in one
    )
    async with _client(secrets, who) as client:
        for number, route in enumerate(every):
            for wrong in (NOBODYS, GARBAGE[number % len(GARBAGE)], GARBAGE[(number * 3 + 1) % len(GARBAGE)]):
                path = address_of(route, secrets.case, **dict.fromkeys(IDS, wrong.replace("%", "%25")))
                response = await client.get(path, params=_query(route, secrets.case))
                empty = response.status_code == 200 and "/parts/notify/" in route
                assert empty or response.status_code in {400, 403, 404, 405, 422}, (path, response.text[:200])
                assert _betrayed(response, secrets.case) == []


# ---- acting on a foreign case


async def _command(client: httpx.AsyncClient, name: str, complaint: str | None, data: dict[str, Any]) -> httpx.Response:
    body: dict[str, Any] = {"with": data} | ({"complaint": complaint} if complaint else {})
    return await client.post(f"{COMMAND.removeprefix('POST ')}{name}", json=body)


def _refused(response: httpx.Response) -> bool:
    """By right, not by chance: what was sent was well formed. A step no policy of the case has is refused to all."""
    return response.status_code in REFUSED or response.json()["code"] == "policy.not_allowed"


@pytest.mark.parametrize("who", [CUSTOMER, *FOREIGN])
async def test_nobody_acts_on_a_foreign_case(secrets: Secrets, who: str) -> None:
    before = await secrets.counts(without=KEPT_OF_REFUSALS)
    async with _client(secrets, who) as client:
        for name, data in OF_A_CASE.items():
            response = await _command(client, name, secrets.case.complaint, data)
            assert _refused(response), (name, response.text)
            assert _betrayed(response, secrets.case) == []
        sent = await client.post(
            "/api/v1/attachments", params={"kind": "photo", "complaint": secrets.case.complaint}, content=b"x"
        )
        assert sent.status_code in REFUSED
    assert await secrets.counts(without=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize("who", LETTER_FOREIGN[1:])
async def test_nobody_acts_on_the_letter_or_learns_that_there_is_one(secrets: Secrets, who: str) -> None:
    before = await secrets.counts(without=KEPT_OF_REFUSALS)
    async with _client(secrets, who) as client:
        for name, data in OF_A_CASE.items():
            response = await _command(client, name, secrets.letter.complaint, data)
            assert response.status_code in REFUSED, (name, response.text)
            assert who == CUSTOMER or response.status_code == 404, (name, response.text)
            assert _betrayed(response, secrets.letter) == []
    assert await secrets.counts(without=KEPT_OF_REFUSALS) == before


async def test_who_holds_no_post_changes_nothing_else_either(secrets: Secrets) -> None:
    before = await secrets.counts(without=KEPT_OF_REFUSALS)
    async with _client(secrets, STRANGER) as client:
        for name in sorted(OF_NO_CASE.keys() - OPEN_TO_EMPLOYEES):
            response = await _command(client, name, None, OF_NO_CASE[name])
            assert response.status_code in REFUSED, (name, response.text)
    assert await secrets.counts(without=KEPT_OF_REFUSALS) == before


async def test_a_customer_registers_at_no_desk(secrets: Secrets) -> None:
    before = await secrets.counts(without=KEPT_OF_REFUSALS)
    async with _client(secrets, CUSTOMER) as client:
        for name, data in OF_NO_CASE.items():
            response = await _command(client, name, None, data)
            assert response.status_code in REFUSED or response.json()["field"] == "channel", (name, response.text)
    assert await secrets.counts(without=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize("who", [STRANGER, "sun.yue", CUSTOMER])
async def test_a_foreign_case_is_not_reached_by_linking(secrets: Secrets, who: str) -> None:
    async with _client(secrets, who) as client:
        data = {"to": secrets.case.complaint, "relation": "duplicate"}
        response = await _command(client, "complaint.link", secrets.other.complaint, data)
    assert response.status_code in REFUSED | {422}, response.text
    assert _betrayed(response, secrets.case) == []
