"""The pages in a real Chromium: people signed in on their devices, and what a page may not have."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from playwright.async_api import Browser, BrowserContext, Locator, Page, Playwright, ViewportSize, async_playwright

import shared.web
from tests.kit.servers import free_port
from tests.web.world import PASSWORD, World

PHONE: ViewportSize = {"width": 390, "height": 844}
TABLET: ViewportSize = {"width": 820, "height": 1180}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}

ARTEFACTS = Path(os.environ.get("CCRM_TEST_ARTEFACTS", "build/pages"))
"""Screenshots of the last run, for people to look at; never part of the tree."""

_AXE = Path(str(shared.web.__file__)).parent / "assets/node_modules/axe-core/axe.min.js"
_NO_TROUBLE = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
"""What a browser says of an answer that is no 200, and htmx of a request that a newer one replaced."""

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    mac = Path("/Applications/Chromium.app/Contents/MacOS/Chromium")
    if mac.is_file():
        return str(mac)
    raise RuntimeError("Chromium was not found: install the package chromium (macOS: brew install --cask chromium)")


async def launch(playwright: Playwright) -> Browser:
    flags = [
        "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-first-run",
    ]  # fmt: skip
    return await playwright.chromium.launch(executable_path=chromium(), args=flags)


@dataclass
class Visited:
    """An address, and the browser that looks at it."""

    url: str
    browser: Browser
    troubles: list[str] = field(default_factory=list)
    """What pages complained of: script errors, refused contents, failed loads."""

    def taken_troubles(self) -> list[str]:
        """The complaints since they were last asked for."""
        taken, self.troubles = self.troubles, []
        return taken

    @asynccontextmanager
    async def device(
        self, person: str | None, size: ViewportSize = DESKTOP, **options: Any
    ) -> AsyncIterator[tuple[BrowserContext, Page]]:
        """A browser of its own; signed in where a person is given."""
        touch = size["width"] < 1000
        context = await self.browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=self.url, has_touch=touch, **options
        )
        try:
            page = await context.new_page()
            page.set_default_timeout(15_000)
            self.watch(page)
            if person is not None:
                await self.sign_in(page, person)
            yield context, page
        finally:
            await context.close()

    async def sign_in(self, page: Page, person: str) -> None:
        await page.goto("/login")
        await page.get_by_label("用户名").fill(person)
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录", exact=True).click()
        await page.wait_for_url(re.compile(r"^(?!.*/login).*$"))

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda said: (
                self.troubles.append(f"{page.url}: {said.text}")
                if said.type == "error" and not said.text.startswith(_NO_TROUBLE)
                else None
            ),
        )
        page.on(
            "request",
            lambda asked: (
                self.troubles.append(f"{page.url} loads {asked.url}")
                if not asked.url.startswith((self.url, "data:", "blob:"))
                else None
            ),
        )


@dataclass(kw_only=True)
class Site(Visited):
    """The application of this process at an address."""

    world: World
    cases: dict[str, str] = field(default_factory=dict)
    """What the tests of a module find there, by a name of their own."""


async def sent(page: Page, form: Locator, command: str, button: str = "提交") -> None:
    """Presses the form's button: the command was taken, and the page that the form leads on to stands."""
    pressed = form.get_by_role("button", name=button, exact=True)
    stays = await pressed.evaluate("button => button.form.dataset.done === 'stay'")
    async with nullcontext() if stays else page.expect_event("load"):
        async with page.expect_response(f"**/api/v1/**{command}") as answer:
            await pressed.click()
        assert (await answer.value).ok, await (await answer.value).text()


@cache
def _axe() -> str:
    return _AXE.read_text()


@asynccontextmanager
async def served(world: World) -> AsyncIterator[Site]:
    """The world at an address of its own, and a browser."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(world.app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        try:
            yield Site(f"http://127.0.0.1:{port}", browser, world=world)
        finally:
            await browser.close()
            server.should_exit = True
            await serving


async def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, each with the first place."""
    await page.evaluate(_axe())
    found = await page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", _TAGS)
    return [
        f"{each['id']} ({each['impact']}) at {each['nodes'][0]['target']}: {each['nodes'][0]['failureSummary']}"
        for each in found["violations"]
    ]


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


async def picture(page: Page, name: str) -> None:
    await page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


async def until(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Waits until it holds, or fails."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)
