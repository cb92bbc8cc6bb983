"""What a client may put into a text: no NUL and no half characters, which no database keeps; blanks cut off."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError


def invalid(reason: str) -> PydanticCustomError:
    """A ValueError whose text reaches the client as it stands."""
    return PydanticCustomError("invalid", reason)


def clean(text: str) -> str:
    """The text without blanks around it. Raises ValueError for characters that cannot be stored."""
    if "\x00" in text:
        raise invalid("不得含空字符（NUL）")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise invalid("含有无效的 Unicode 字符")
    return text.strip()


def _some(text: str) -> str:
    if not text:
        raise invalid("不得为空")
    return text


def _emptied(text: str | None) -> str | None:
    return text or None


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(clean), AfterValidator(_some)]
Paragraph = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(clean), AfterValidator(_some)]
OptionalLine = Annotated[
    Annotated[str, StringConstraints(max_length=200), AfterValidator(clean)] | None, AfterValidator(_emptied)
]
OptionalParagraph = Annotated[
    Annotated[str, StringConstraints(max_length=20_000), AfterValidator(clean)] | None, AfterValidator(_emptied)
]
Key = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean)]


def is_blank(value: Any) -> bool:
    """Nothing was said: absent, blank text, or an empty list or mapping."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value == [] or value == {}


def missing(data: Mapping[str, Any], names: list[str]) -> str | None:
    """The first of the dotted names that `data` leaves out or leaves blank; of `a|b` one must be there."""
    for name in names:
        choices = name.split("|")
        if all(_lacks(data, choice) for choice in choices):
            return choices[0]
    return None


def _lacks(data: Mapping[str, Any], name: str) -> bool:
    value: Any = data
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return False  # of a wrong type: that is told as invalid, not as missing
        value = value.get(part)
        if is_blank(value):
            return True
    return False
