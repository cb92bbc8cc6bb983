"""Server-rendered pages: one look for every room, each room's own templates beside it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from shared.kernel.money import Fen, yuan
from shared.web.i18n import LOCALES, locale_of, translations
from shared.web.phrases import Phrase

LOGIN_PATH = "/login"
BACK_PATH = "/login/back"
STATIC = files("shared.web") / "static"
CHINA = ZoneInfo("Asia/Shanghai")

UNITS = ("元", "分", "星", "天", "小时", "分钟", "工作日", "工作小时")
_COUNTED = re.compile(rf"([-+]?[\d,.]+) ({'|'.join(UNITS)})")


class Pages:
    """Renders the templates of a package on the common layout, in the language of the request."""

    def __init__(self, package: str) -> None:
        self._package = package

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **data: Any,
    ) -> HTMLResponse:
        """`viewer` (shared.web.console.Viewer), where it is given, is who is signed in: his menu and his zone."""
        locale = locale_of(request)
        page = _environment(self._package, locale).get_template(template)
        now = request.app.state.edge.clock.now()
        values = {
            "viewer": None,
            "request": request,
            "path": request.url.path,
            "locale": locale,
            "locales": LOCALES,
            "now": now,
            **data,
        }
        return HTMLResponse(page.render(values), status, dict(headers or {}))


@cache
def _environment(package: str, locale: str) -> Environment:
    loaders = [PackageLoader(name, "templates") for name in dict.fromkeys((package, "shared.web"))]
    env = Environment(
        loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"]
    )
    env.trim_blocks = env.lstrip_blocks = True
    env.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]
    env.globals["asset"] = asset
    said = word(locale)
    env.filters |= {"local": local, "day": day, "yuan": lambda fen: said(in_yuan(fen)), "offset": offset, "word": said}
    env.filters["phrase"] = lambda value: said(value) if isinstance(value, Phrase) else value
    return env


def word(locale: str) -> Callable[[Any], Any]:
    """A filter for words that come from Python: those of the catalog, phrases, and the unit of a number are said in the
    page's language; whatever else, such as a customer's text, stays as it is and is escaped as ever (`_` would not do
    that).
    """
    gettext = translations(locale).gettext

    def said(value: Any) -> Any:
        if not isinstance(value, str) or not value:
            return value
        if isinstance(value, Phrase):
            return value.said(gettext)
        counted = _COUNTED.fullmatch(value)
        return f"{counted[1]} {gettext(counted[2])}" if counted else gettext(value)

    return said


@cache
def _manifest() -> dict[str, str]:
    made = STATIC / "built" / "manifest.json"
    if not made.is_file():
        raise RuntimeError("the pages' scripts and styles were not built: run make, or deploy/install.sh run")
    found: dict[str, str] = json.loads(made.read_text())
    return found


def asset(name: str) -> str:
    """Where a bundle lies, by the name of its source."""
    return f"/static/built/{_manifest()[name]}"


def local(value: datetime | str | None, viewer: Any = None) -> str:
    """2026-03-02 09:30, in the viewer's zone; text is taken to be ISO 8601 with an offset, which is kept."""
    at = _instant(value, viewer)
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def day(value: datetime | str | None, viewer: Any = None) -> str:
    at = _instant(value, viewer)
    return f"{at:%Y-%m-%d}" if at else ""


def in_yuan(fen: int | None) -> str:
    """1,234.50 元 of whole fen."""
    if fen is None:
        return ""
    whole, _, part = yuan(Fen(fen)).partition(".")
    return f"{int(whole):,}{'.' + part if part else ''} 元"


def _instant(value: datetime | str | None, viewer: Any) -> datetime | None:
    if not value:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    zone = getattr(viewer, "zone", None)
    return at.astimezone(zone) if zone and at.tzinfo else at


def offset(now: datetime, viewer: Any = None) -> str:
    """+08:00: what a form adds to the wall time that somebody types. Whoever has no zone is taken to be in China."""
    zone = getattr(viewer, "zone", None) or CHINA
    return now.astimezone(zone).isoformat()[-6:]


_COMMON = Pages("shared.web")


def wants_page(request: Request) -> bool:
    """A browser going to a page, not a program calling the API, and not a page asking for one of its parts."""
    path = request.url.path
    return not path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def error_page(
    request: Request, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    return _COMMON.render(request, "error.html", status=status, headers=headers, title=title, detail=detail)


def login_page(request: Request, *, next_path: str, name: str = "", error: str | None = None, status: int = 200,
               headers: Mapping[str, str] | None = None, ask_new: bool = False,
               oidc: bool = False) -> HTMLResponse:  # fmt: skip
    """`ask_new`: the password was right and must be changed. `oidc`: there is another way in."""
    data = {"next_path": next_path, "name": name, "error": error, "ask_new": ask_new, "oidc": oidc}
    return _COMMON.render(request, "login.html", status=status, headers=headers, **data)


def signed_in_page(request: Request) -> HTMLResponse:
    return _COMMON.render(request, "signed_in.html")


def to_login(request: Request) -> RedirectResponse:
    """To the sign-in page and, after it, back here. A form that was being sent is not repeated."""
    here = request.url.path if request.method in ("GET", "HEAD") else "/"
    if request.url.query and here != "/":
        here = f"{here}?{request.url.query}"
    return RedirectResponse(f"{LOGIN_PATH}?next={quote(here, safe='/')}", 303)


def local_path(path: str | None) -> str:
    """Where to go after signing in: only ever a path of this site."""
    path = path or "/"
    parts = urlsplit(path)
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if safe and path.isprintable() and "\\" not in path else "/"
