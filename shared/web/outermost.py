"""What holds for every request: body limit, text that can be stored, security headers, one log line, never a crash."""

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.obs import correlation, metrics, tracing
from shared.obs.correlation import correlated
from shared.web.body import MAX_BODY
from shared.web.crowding import is_open, refuse_crowding
from shared.web.errors import HttpProblem, answered, unexpected
from shared.web.heard import heard_out
from shared.web.peers import IN_PROCESS

log = structlog.get_logger(__name__)

_SILENT = ("/livez", "/readyz", "/metrics", "/static/")
"""Asked every few seconds by machines: not worth a line while all is well."""

BODY_SECONDS, STREAM_SECONDS = 30, 600
"""From the request's beginning until its body must be there: of a form or command; of a file over a poor line."""

_ONLY_TLS = "max-age=31536000"

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REGISTER = "/api/v1/commands/complaint.register"

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
    """`streamed` says, by path, how many bytes may be posted to what takes a body piece by piece."""

    def __init__(self, app: ASGIApp, max_body: int = MAX_BODY, streamed: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._max_body = max_body
        self._streamed = dict(streamed or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        receive, send = heard_out(scope, receive, send)
        request = Request(scope, receive)
        correlation_id, parent = _belonging(request)
        with (
            correlated(correlation_id),
            tracing.span(request.method[:10], "server", correlation_id, parent=parent) as span,
        ):
            await self._serve(request, receive, send, correlation_id)
            if span is not None:
                span.update_name(f"{request.method[:10]} {_template(request)}")

    async def _serve(self, request: Request, receive: Receive, send: Send, correlation_id: UUID) -> None:
        scope = request.scope
        began, status = perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", _ONLY_TLS)
                headers.setdefault("X-Correlation-Id", str(correlation_id))
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
        most = self._most(request)
        if length.isdecimal() and (len(length) > 12 or int(length) > most):
            return self._too_large(most)
        if b"\x00" in unquote_to_bytes(request.scope["query_string"]) or "\x00" in request.scope["path"]:
            return HttpProblem(422, "field.invalid", "地址中含有无法保存的字符", field="query")
        if is_open(request.scope["path"]):
            try:
                refuse_crowding(request)
            except HttpProblem as crowded:
                return crowded
        return None

    def _limited(self, request: Request, receive: Receive) -> Receive:
        taken, most, coming = 0, self._most(request), True
        until = asyncio.get_running_loop().time() + (BODY_SECONDS if most <= self._max_body else STREAM_SECONDS)

        async def limited() -> Message:
            nonlocal taken, coming
            try:
                # Once the body is there, what is waited for is the client's leaving, and that may take any time.
                async with asyncio.timeout_at(until if coming else None):
                    message = await receive()
            except TimeoutError:
                raise HttpProblem(408, "too_slow", "提交超时，请重试", headers={"Connection": "close"}) from None
            if message["type"] == "http.request":
                coming = message.get("more_body", False)
                taken += len(message.get("body", b""))
                if taken > most:
                    raise self._too_large(most)
            return message

        return limited

    def _most(self, request: Request) -> int:
        return self._streamed.get(request.url.path, self._max_body) if request.method == "POST" else self._max_body

    def _too_large(self, most: int) -> HttpProblem:
        # The rest of the body may not have been read to its end: the connection cannot be used again.
        detail = f"提交的内容过大：最多 {most // 2**20} MB"
        return HttpProblem(413, "too_large", detail, headers={"Connection": "close"})

    def _log(self, request: Request, status: int, seconds: float) -> None:
        path = request.url.path
        _count(request, status or 500, seconds)
        inner = request.client is not None and request.client.host == IN_PROCESS
        if status < 500 and (inner or path.startswith(_SILENT)):
            return
        facts: dict[str, Any] = {"method": request.method, "path": path[:200], "status": status or 500}
        log.info("http.answered", **facts, ms=round(seconds * 1000, 1))


def _template(request: Request) -> str:
    return getattr(request.scope.get("route"), "path", None) or "none"


def _belonging(request: Request) -> tuple[UUID, UUID | None]:
    """The correlation id of the request, and the caller's span: its own, or those of whoever asked within a trace."""
    given = correlation.current()
    if given is not None:  # one room asks another in the same process
        return given, None
    traced = tracing.incoming(request.headers.get("traceparent"))
    if traced is not None:
        return traced
    rooms = request.scope["app"].state.rooms
    return next(iter(rooms.values())).ids.new(), None


def _count(request: Request, status: int, seconds: float) -> None:
    """By the route's template: paths hold ids, and what strangers try has no end."""
    template = _template(request)
    method = request.method if request.method in _METHODS else "OTHER"
    metrics.answered(method, template, status, seconds)
    if template == _REGISTER:
        metrics.captured(status, seconds)
