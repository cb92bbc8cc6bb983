"""Everything that can go wrong, as problem+json (RFC 9457). The one place where refusals meet HTTP."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.kernel.errors import Code, Refused, Transient
from shared.web.pages import error_page, to_login, wants_page
from shared.web.phrases import phrase

log = structlog.get_logger(__name__)

STATUS: Mapping[Code, int] = {
    Code.field_missing: 422,
    Code.field_invalid: 422,
    Code.role_not_allowed: 403,
    Code.scope_not_allowed: 403,
    Code.state_not_allowed: 409,
    Code.policy_not_allowed: 409,
    Code.centre_closed: 409,
    Code.version_conflict: 409,
    Code.region_elsewhere: 409,
    Code.not_found: 404,
}

TITLES: Mapping[str, str] = {
    "state.not_allowed": "当前状态不允许此操作",
    "role.not_allowed": "您的岗位无权进行此操作",
    "scope.not_allowed": "不在您的职责范围内",
    "field.missing": "缺少必填项",
    "field.invalid": "填写内容有误",
    "policy.not_allowed": "所适用的制度不含此操作",
    "centre.closed": "该项目的售后服务中心已关闭",
    "not_found": "没有找到",
    "version.conflict": "内容已被他人更新",
    "region.elsewhere": "须在另一区域的系统中办理",
    "unauthenticated": "请先登录",
    "password.must_change": "须先修改密码",
    "forbidden": "请求被拒绝",
    "method_not_allowed": "不支持的请求方式",
    "too_large": "提交的内容过大",
    "too_slow": "提交超时",
    "unsupported_type": "不支持的内容类型",
    "too_many_requests": "尝试次数过多",
    "unavailable": "暂时无法处理",
    "internal": "系统内部错误",
    "bad_request": "无法理解的请求",
}

_HTTP_CODES = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_type",
    429: "too_many_requests",
}

_HTTP_DETAILS = {
    "not_found": "这个地址不存在，请检查后重试",
    "method_not_allowed": "这个地址不接受这种请求方式",
}

UNAVAILABLE = (Transient, PoolTimeout, OperationalError, InterfaceError, ConnectionError, TimeoutError)
"""What may go through a moment later: the database or a peer is away."""


class HttpProblem(HTTPException):
    """A refusal that only HTTP knows, such as a missing token."""

    def __init__(
        self, status: int, code: str, detail: str, *, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.field = field


def unauthenticated(detail: str = "需要有效的登录凭证") -> HttpProblem:
    return HttpProblem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


def problem(
    status: int, code: str, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body: dict[str, Any] = {
        "type": f"urn:ccrm:problem:{code}",
        "title": TITLES.get(code, code),
        "status": status,
        "detail": detail,
        "code": code,
        "field": field,
    }
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def answered(
    request: Request, status: int, code: str, detail: str, *, field: str | None = None, headers: Any = None
) -> Response:
    """As a page to whoever asked for a page, else as problem+json."""
    if not wants_page(request):
        return problem(status, code, detail, field=field, headers=headers)
    if status == 401:
        return to_login(request)
    return error_page(request, status, TITLES.get(code, code), detail, headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    status = STATUS[error.code]
    if error.code is Code.version_conflict and "if-match" in request.headers:
        status = 412
    return answered(request, status, error.code.value, error.detail, field=error.field)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = error.errors()
    missing = [each for each in problems if each["type"] == "missing"]
    first = (missing or problems)[0]
    # The first part of the place is where FastAPI found it (query, path, body), which is no name of a field.
    name = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    if missing:
        return answered(request, 422, "field.missing", phrase("缺少必填项 %(name)s", name=name), field=name)
    return answered(request, 422, "field.invalid", f"{name}: {first['msg']}", field=name)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = getattr(error, "code", None) or _HTTP_CODES.get(error.status_code, "bad_request")
    detail = error.detail if isinstance(error, HttpProblem) else _HTTP_DETAILS.get(code, TITLES[code])
    field = getattr(error, "field", None)
    return answered(request, error.status_code, code, detail, field=field, headers=error.headers)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("http.unavailable", path=request.url.path, error=type(error).__name__)
    return answered(request, 503, "unavailable", "暂时无法处理，请稍后重试", headers={"Retry-After": "2"})


async def unexpected(request: Request, error: Exception) -> Response:
    """The last resort. What went wrong stands in the log, not in the answer."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return await _unavailable(request, error)
    log.error("http.failed", path=request.url.path, exc_info=error)
    return answered(request, 500, "internal", "系统内部错误，已记录，请稍后重试")


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in UNAVAILABLE:
        app.add_exception_handler(kind, _unavailable)
