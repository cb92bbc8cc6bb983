"""The console in its three languages: complete catalogs, and pages that speak the reader's."""

import html
import re
from time import perf_counter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from shared.web.i18n import COOKIE, LOCALES, translations
from shared.web.pages import word
from shared.web.translate import CATALOGS, faults, gather, labels, places
from tests.web.world import World

CHINESE = re.compile(r"[\u3400-\u9fff]")
SIMPLIFIED = re.compile(r"[诉办长务复权确签发时间录户项责处罚级规达门结编号]")
ENGLISH = {"Accept": "text/html", "Cookie": f"{COOKIE}=en"}


def catalog(locale: str) -> Catalog:
    with (CATALOGS / f"{locale}.po").open("rb") as file:
        return read_po(file)


def texts(page: str) -> list[str]:
    """What is read on a page or out from it, without the language's own names."""
    body = re.sub(r'<a [^>]*hreflang="[^"]*"[^>]*>[^<]*</a>', "", page)
    body = re.sub(r'<a [^>]*href="/language/[^"]*"[^>]*>[^<]*</a>', "", body)
    said = re.findall(r">([^<]+)<", body) + re.findall(r'(?:aria-label|placeholder|data-[a-z-]+)="([^"]*)"', body)
    return [html.unescape(one).strip() for one in said]


def chinese(page: str, *data: str) -> list[str]:
    """Chinese left on a page, but for the data it shows."""
    left = []
    for text in texts(page):
        for each in data:
            text = text.replace(each, "")
        if CHINESE.search(text):
            left.append(text)
    return left


@pytest.mark.parametrize("locale", ["zh_TW", "en"])
def test_a_catalog_has_exactly_the_texts_of_the_pages_each_translated_with_its_placeholders(locale: str) -> None:
    made = catalog(locale)
    assert {one.id for one in made if one.id} == {one.id for one in gather() if one.id}
    assert not made.obsolete
    assert [one.id for one in made if one.id and one.fuzzy] == []
    assert faults(made) == []


def test_the_english_catalog_is_english_and_the_traditional_one_has_no_simplified_words() -> None:
    assert [one.string for one in catalog("en") if one.id and CHINESE.search(str(one.string))] == []
    assert [one.string for one in catalog("zh_TW") if one.id and SIMPLIFIED.search(str(one.string))] == []


def test_a_percent_sign_in_a_text_is_written_as_the_templates_need_it() -> None:
    """Every text goes through % with its values: a lone sign would break the page."""
    for locale in ("zh_TW", "en"):
        for one in catalog(locale):
            if "%" in str(one.id):
                names = dict.fromkeys(re.findall(r"%\((\w+)\)", str(one.id)), "1")
                assert str(one.string) % names


def test_a_text_that_lost_a_placeholder_or_its_translation_is_a_fault() -> None:
    made = Catalog(locale="en")
    made.add("共 %(n)s 条", "Total")
    made.add("应于 {at} 前", "by {at}")
    made.add("保存", "")
    assert faults(made) == ["共 %(n)s 条", "保存"]
    assert places("%(b)s {a} %(a)s") == ["%(a)s", "%(b)s", "{a}"]


def test_labels_of_a_module_are_gathered_but_no_documentation_refusals_or_parts_of_sentences() -> None:
    source = """'文档'
A = {"a": "投诉"}
def f(n):
    "说明"
    raise Refused(code, "不行")
B = f"共 {n} 条"
C = "plain"
"""
    assert list(labels(source)) == ["投诉"]


def test_a_word_of_the_program_is_translated_and_a_customers_is_neither_touched_nor_trusted() -> None:
    said = word("en")
    assert said("督办令签发") == "Supervision order issued"
    assert said("1,200.50 元") == "1,200.50 yuan"
    assert said("卫生间渗水，损失 100 元") == "卫生间渗水，损失 100 元"
    assert said("<b>100%</b>") == "<b>100%</b>"
    assert type(said("保存")) is str
    assert (said(""), said(None), said(3)) == ("", None, 3)


def test_a_catalog_is_read_once_and_quickly() -> None:
    translations.cache_clear()
    begun = perf_counter()
    for locale in LOCALES:
        translations(locale)
    assert perf_counter() - begun < 3
    assert translations("en") is translations("en")
    assert translations("en").gettext("董事长") == "Chairman"
    assert translations("zh-CN").gettext("董事长") == "董事长"
    assert translations("zh-TW").gettext("董事长") == "董事長"


async def test_the_sign_in_page_is_in_the_language_the_browser_asks_for(world: World) -> None:
    async with world.client() as client:
        for asked, lang, title in (
            ("en-GB,en;q=0.9,zh;q=0.8", "en", "Sign in"),
            ("zh-TW,zh;q=0.9", "zh-TW", "登入"),
            ("zh-Hant-HK", "zh-TW", "登入"),
            ("zh-CN", "zh-CN", "登录"),
            ("fr,de;q=0.5", "zh-CN", "登录"),
        ):
            page = (await client.get("/login", headers={"Accept": "text/html", "Accept-Language": asked})).text
            assert f'<html lang="{lang}"' in page
            assert re.search(r"<h1[^>]*>([^<]+)</h1>", page)[1] == title  # type: ignore[index]
        page = (await client.get("/login", headers={"Accept": "text/html", "Accept-Language": "en"})).text
        assert chinese(page) == []


async def test_a_language_is_chosen_once_and_leads_back_to_the_page_from_which_it_was_asked_for(world: World) -> None:
    async with world.client("wang.min", Accept="text/html", **{"Accept-Language": "zh-CN"}) as client:
        answer = await client.get("/language/en", headers={"Referer": "http://ccrm.test/cases?state=open"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases?state=open")
        assert '<html lang="en"' in (await client.get("/cases")).text
        away = await client.get("/language/zh-TW", headers={"Referer": "https://evil.test//evil.test/x"})
        assert away.headers["location"] == "/"
        assert '<html lang="zh-TW"' in (await client.get("/cases")).text
        unknown = await client.get("/language/fr")
        assert (unknown.status_code, unknown.headers["location"]) == (303, "/")
        assert '<html lang="zh-TW"' in (await client.get("/cases")).text


async def test_an_english_reader_meets_chinese_only_in_names_and_in_what_people_and_policies_say(world: World) -> None:
    await world.issued()
    names = await names_of(world)
    async with world.client("gao.feng", **ENGLISH) as client:
        for path in ("/orders/approvals", "/admin/accounts", "/admin/rotations", "/ledger/overdue?q=x", "/admin/dead"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert chinese(answer.text, *names) == [], path
    async with world.client("wang.min", **ENGLISH) as client:
        for path in ("/account", "/orders/desk", "/intake/channels", "/ledger/mine", "/admin/absences"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert chinese(answer.text, *names) == [], path
        page = (await client.get("/cases")).text
        heads = re.findall(r"<th scope[^>]*>(?:<a[^>]*>)?([^<]+)", page) + re.findall(r"<h[12][^>]*>([^<]+)", page)
        assert len(heads) > 8
        assert [one for one in heads if CHINESE.search(one)] == []
        missing = await client.get("/cases/00000000-0000-0000-0000-000000000000")
        assert "Not found" in missing.text


async def test_what_python_puts_together_is_said_in_english_too(world: World) -> None:
    case = await world.issued()
    await world.do("wang.min", "complaint.classify", case, severity="major", reason="abc")
    names = await names_of(world)
    policies = sorted({policy.name for policy in world.running.rooms["sla"].policies.all()}, key=len, reverse=True)
    async with world.client("gao.feng", **ENGLISH) as client:
        entered = re.findall(r"<td[^>]*>([^<]*)</td>", (await client.get("/intake/audit")).text)
        assert "Severity: major; Reason: abc" in {html.unescape(one) for one in entered}
        page = (await client.get("/ledger/calendar?year=2026")).text
        notes = re.findall(r'month-notes">(.*?)</ul>', page)
        assert html.unescape(notes[0]).startswith("<li>1–3: off: 元旦</li>")
        assert "Policy: " in page
        left = [one for one in chinese(page, *policies, *names) if not re.match(r"[\d–]+: (off|working): ", one)]
        assert left == []
        for path in ("/admin/directory", "/admin/directory/people", "/admin/accounts"):
            assert chinese((await client.get(path)).text, *names, "广州", "韶关", "石家庄") == [], path
        refused = await client.get("/orders/desk")
        assert (refused.status_code, "Only for: Service officer" in refused.text) == (403, True)


async def test_in_every_language_the_same_page_has_the_same_forms_and_links(world: World) -> None:
    case = await world.issued()
    pages = []
    for locale in LOCALES:
        async with world.client("wang.min", Accept="text/html", Cookie=f"{COOKIE}={locale}") as client:
            page = (await client.get(f"/cases/{case}")).text
        pages.append(re.findall(r'<(?:form|input|a)[^>]*(?:href|data-command|name)="([^"]*)"', page))
    assert pages[0] == pages[1] == pages[2]


async def names_of(world: World) -> list[str]:
    """Of people and places, the longest first."""
    room = world.running.rooms["dispatch"]
    async with room.db.read() as session:
        directory = await room.directory(session)
    units = [unit.name for company in directory.companies for unit in company.departments]
    named = [*directory.people, *directory.companies, *directory.projects]
    return sorted({directory.group_name, *units, *(one.name for one in named)}, key=len, reverse=True)
