"""What was asked for, in a form that every database keeps: a refusal must always reach the audit log."""

import math
import re
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def keepable(value: Any, depth: int = 0) -> Any:
    """The value as plain JSON: no NUL, no half characters, no NaN, no bottomless nesting."""
    if depth > MAX_DEPTH:
        return "…"
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            return _UNSTORABLE.sub("\ufffd", value)
        case Mapping():
            return {keepable(str(key)): keepable(item, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [keepable(item, depth + 1) for item in value]
        case _:
            return keepable(str(value))
