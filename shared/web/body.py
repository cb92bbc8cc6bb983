"""Reads a JSON body so that nothing a client can send becomes more than a 4xx."""

import json
import math
from typing import Any

from fastapi import Request

from shared.kernel.errors import Code, Refused
from shared.web.errors import HttpProblem

MAX_BODY = 1024 * 1024
MAX_DEPTH = 32
_INT64 = 2**63


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Refused (`field.invalid`) for anything else, HttpProblem for another type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HttpProblem(415, "unsupported_type", "请以 application/json 提交", field="Content-Type")
    return parse_object(await request.body())


def parse_object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_each_key_once)
    except RecursionError:
        raise _bad(f"JSON 嵌套超过 {MAX_DEPTH} 层") from None
    except UnicodeDecodeError:
        raise _bad("请求内容不是 UTF-8 文本") from None
    except ValueError as error:
        raise _bad(f"请求内容不是有效的 JSON: {str(error)[:200]}") from None
    if not isinstance(value, dict):
        raise _bad("请求内容应为 JSON 对象")
    _check(value)
    return value


def storable(text: str) -> bool:
    """Databases hold neither NUL nor half a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _check(value: dict[str, Any]) -> None:
    waiting: list[tuple[Any, str, int]] = [(value, "", 1)]
    while waiting:
        item, where, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise _bad(f"JSON 嵌套超过 {MAX_DEPTH} 层", where)
        match item:
            case str() if not storable(item):
                raise _bad("文字中含有无法保存的字符", where)
            case int() if not -_INT64 <= item < _INT64:
                raise _bad("数字过大", where)
            case float() if not math.isfinite(item):
                raise _bad("数字过大", where)
            case dict():
                for key, child in item.items():
                    if not storable(key):
                        raise _bad("文字中含有无法保存的字符", where)
                    waiting.append((child, f"{where}.{key}" if where else key, depth + 1))
            case list():
                waiting.extend((child, f"{where}.{index}", depth + 1) for index, child in enumerate(item))


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _bad(detail: str, where: str = "") -> Refused:
    field = where.removeprefix("with.")[:200] or "body"
    return Refused(Code.field_invalid, detail, field=field if storable(field) else "body")
