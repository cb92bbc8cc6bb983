"""Server-rendered pages: one look for every room, each room's own templates beside it."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

LOGIN_PATH = "/login"
STATIC = files("shared.web") / "static"


class Pages:
    """Renders the templates of a package on the common layout."""

    def __init__(self, package: str) -> None:
        loaders = [PackageLoader(name, "templates") for name in dict.fromkeys((package, "shared.web"))]
        self._env = Environment(loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined)
        self._env.trim_blocks = self._env.lstrip_blocks = True

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **data: Any,
    ) -> HTMLResponse:
        """`viewer`, the name of who is signed in, is shown in the header where it is given."""
        values = {"viewer": None, "path": request.url.path, **data}
        return HTMLResponse(self._env.get_template(template).render(values), status, dict(headers or {}))


_COMMON = Pages("shared.web")


def wants_page(request: Request) -> bool:
    """A browser going to a page, not a program calling the API."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def error_page(
    request: Request, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    return _COMMON.render(request, "error.html", status=status, headers=headers, title=title, detail=detail)


def login_page(request: Request, *, next_path: str, name: str = "", error: str | None = None, status: int = 200,
               headers: Mapping[str, str] | None = None) -> HTMLResponse:  # fmt: skip
    data = {"next_path": next_path, "name": name, "error": error}
    return _COMMON.render(request, "login.html", status=status, headers=headers, **data)


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
