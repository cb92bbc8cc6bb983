"""003§16 in a browser: the customer rates on the terminal beside the signed-in officer; the officer cannot do it for
him with what he hands over, and the auditor sees how it was given.
"""

import re

import pytest
from playwright.async_api import expect

from services.intake.domain.keys import Way
from tests.kit.browser import DESKTOP, PHONE, TABLET, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_customer_rates_on_the_terminal_and_nobody_sees_what_he_gave(site: Site) -> None:
    case = await site.world.registered()
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto(f"/intake/registered/{case['complaint']}")
        await page.get_by_role("link", name="请客户在本机评价").click()
        await page.locator("label", has_text="4 星").click()
        await page.get_by_role("button", name="提交评价").click()
        await expect(page.get_by_text("谢谢您的评价")).to_be_visible()
        await page.get_by_role("link", name="完成").click()
        await page.wait_for_url(f"**/intake/registered/{case['complaint']}")
    async with site.device("qian.hui", DESKTOP) as (_, auditor):
        await auditor.goto("/intake/ratings")
        row = auditor.get_by_role("row", name=re.compile(str(case["number"])))
        await expect(row).to_contain_text("4 星")
        await expect(row).to_contain_text("窗口终端")


async def test_the_link_that_is_handed_over_follows_the_case_and_rates_nothing(site: Site) -> None:
    case = await site.world.registered()
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto(f"/intake/registered/{case['complaint']}")
        link = str(await page.locator("[data-copy]").first.get_attribute("data-copy"))
        handed = re.sub(r"^https?://[^/]+", "", link)
        await page.goto(f"/t/{await site.world.key(case, Way.code)}/rate")
        await expect(page.get_by_text("本浏览器登录着员工账号")).to_be_visible()
    async with site.device(None, PHONE) as (_, other):
        await other.goto(handed)
        await expect(other.get_by_text(str(case["number"]))).to_be_visible()
        await expect(other.get_by_role("link", name="评价窗口服务")).to_have_count(0)
        await other.goto(f"{handed}/rate")
        await expect(other.get_by_text("此链接只供查询进度")).to_be_visible()
        await other.goto(f"/t/{await site.world.key(case, Way.code)}/rate")
        await other.locator("label", has_text="2 星").click()
        await other.get_by_role("button", name="提交评价").click()
        await expect(other.get_by_text("谢谢您的评价")).to_be_visible()
