"""What holds for every request: body limit, text that can be stored, security headers, one log line, never a crash."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import unquote_to_bytes

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.body import MAX_BODY
from shared.web.errors import HttpProblem, answered, unexpected
from shared.web.peers import IN_PROCESS

log = structlog.get_logger(__name__)

_SILENT = ("/livez", "/readyz", "/metrics", "/static/")
"""Asked every few seconds by machines: not worth a line while all is well."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY.format(style=""),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}

DOCS_POLICY = _POLICY.format(style=" 'unsafe-inline'")
"""Swagger UI sets style attributes; no other page may."""


class Outermost:
    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        began, status = perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            refusal = self._refusal(request)
            if refusal is None:
                await self._app(scope, self._limited(request, receive), send_with_headers)
            else:
                response = answered(
                    request,
                    refusal.status_code,
                    refusal.code,
                    refusal.detail,
                    field=refusal.field,
                    headers=refusal.headers,
                )
                await response(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.info("http.client_left", path=request.url.path)
        except Exception as error:
            if status:
                raise
            response = await unexpected(request, error)
            await response(scope, receive, send_with_headers)
        finally:
            self._log(request, status, perf_counter() - began)

    def _refusal(self, request: Request) -> HttpProblem | None:
        """What can be refused before anybody looks at it."""
        length = request.headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 12 or int(length) > self._max_body):
            return self._too_large()
        if b"\x00" in unquote_to_bytes(request.scope["query_string"]) or "\x00" in request.scope["path"]:
            return HttpProblem(422, "field.invalid", "地址中含有无法保存的字符", field="query")
        return None

    def _limited(self, request: Request, receive: Receive) -> Receive:
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._max_body:
                    raise self._too_large()
            return message

        return limited

    def _too_large(self) -> HttpProblem:
        # The rest of the body is not read: the connection cannot be used again.
        detail = f"提交的内容超过 {self._max_body // 1024} KB"
        return HttpProblem(413, "too_large", detail, headers={"Connection": "close"})

    def _log(self, request: Request, status: int, seconds: float) -> None:
        path = request.url.path
        inner = request.client is not None and request.client.host == IN_PROCESS
        if status < 500 and (inner or path.startswith(_SILENT)):
            return
        facts: dict[str, Any] = {"method": request.method, "path": path[:200], "status": status or 500}
        log.info("http.answered", **facts, ms=round(seconds * 1000, 1))
