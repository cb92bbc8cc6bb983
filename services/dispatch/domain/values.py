"""What a client may write into a field: the types every command's data is made of."""

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.kernel.data import CommandData
from shared.kernel.drawing import drawn, is_drawing
from shared.kernel.money import fen

FIRST_YEAR, LAST_YEAR = 2000, 2100
DRAWN = "png-sha256:"
"""What an act says of a drawn signature: this, and its digest."""
MOST_YUAN = 10_000_000_000
MANY = 50


def _clean(value: str) -> str:
    """Stored and shown as it is: never blank, and nothing a database or a page cannot hold."""
    text = value.strip()
    if not text:
        raise ValueError("不能为空白")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("含有不允许的字符")
    return text


def _sound(value: str) -> str:
    if is_drawing(value):
        drawn(value)
    return value


def _instant(value: Any) -> datetime:
    """An aware instant of this century, from ISO 8601 text; a bare number or a naive time says too little."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("应为带时区的 ISO 8601 时间") from None
    if not isinstance(value, datetime):
        raise ValueError("应为带时区的 ISO 8601 时间")
    if value.tzinfo is None:
        raise ValueError("时间必须带时区")
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise ValueError(f"时间应在 {FIRST_YEAR} 与 {LAST_YEAR} 年之间")
    return value.astimezone(UTC)


def _yuan(value: Any) -> int:
    """Yuan as a number or text, in fen."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("应为以元计的金额")
    try:
        amount = Decimal(str(value).strip() if not isinstance(value, int) else value)
    except ArithmeticError:
        raise ValueError("应为以元计的金额") from None
    if not amount.is_finite() or amount < 0 or amount > MOST_YUAN:
        raise ValueError(f"金额应在 0 与 {MOST_YUAN} 元之间")
    try:
        return fen(amount)
    except ValueError:
        raise ValueError("金额最多两位小数") from None


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("应为整数")
    return value


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _actions(value: Any) -> Any:
    """Each action is a text, or a mapping of short texts such as who, what and due."""
    items = _list(value)
    if not isinstance(items, list):
        raise ValueError("应为列表")
    cleaned: list[Any] = []
    for item in items:
        if isinstance(item, str):
            cleaned.append(_clean(item))
        elif isinstance(item, dict) and item and all(isinstance(key, str) for key in item):
            cleaned.append({_clean(key): _plain(entry) for key, entry in item.items()})
        else:
            raise ValueError("每项应为文字，或由责任人、解决方案、完成时间组成的对象")
    return cleaned


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return _instant(value).isoformat()
    if not isinstance(value, str) or len(value) > 2000:
        raise ValueError("责任人、解决方案、完成时间应为文字")
    return _clean(value)


def _entry(value: Any) -> Any:
    """What a field of the policy's own may hold: a text, a number, yes or no, or a list of these."""
    if isinstance(value, list):
        if len(value) > MANY:
            raise ValueError(f"最多 {MANY} 项")
        return [_entry(one) for one in value if not isinstance(one, list)]
    if isinstance(value, str):
        if len(value) > 2000:
            raise ValueError("最多 2000 字")
        return _clean(value)
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= 2**53):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    raise ValueError("应为文字、数字、是否或其列表")


Text = Annotated[str, AfterValidator(_clean)]
Entry = Annotated[Any, BeforeValidator(_entry)]
Name = Annotated[str, StringConstraints(max_length=100), AfterValidator(_clean)]
Signature = Annotated[str, StringConstraints(max_length=400_000), AfterValidator(_clean), AfterValidator(_sound)]
"""A name that was signed, or the picture of it as a data URL (PNG)."""
Instant = Annotated[datetime, BeforeValidator(_instant)]
FenFromYuan = Annotated[int, BeforeValidator(_yuan)]
Stars = Annotated[int, BeforeValidator(_number), Field(ge=1, le=5)]
Copies = Annotated[int, BeforeValidator(_number), Field(ge=1, le=99)]
Texts = Annotated[list[Text], BeforeValidator(_list), Field(max_length=MANY)]
Actions = Annotated[list[Any], BeforeValidator(_actions), Field(max_length=MANY)]


class Data(CommandData):
    """The base of this room's command data. `fields` are what the policy's step lets be recorded besides."""

    reason: Text | None = None
    note: Text | None = None
    fields: dict[Name, Entry] = Field({}, max_length=MANY)


class Decided(Data):
    """A decision on what another has submitted."""

    decision: Literal["approve", "return"]
