"""The data of intake's commands, as a client gives it."""

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from services.intake.domain.files import MOST_A_CASE
from services.intake.domain.phone import normalise
from services.intake.domain.signature import MAX_SIGNATURE, signature
from services.intake.domain.text import Key, Line, OptionalLine, OptionalParagraph, Paragraph, clean, invalid
from shared.kernel.data import CommandData

MAX_FIELDS = 50
MAX_TEXT = 2_000
SAFE_INTEGER = 2**53


def _moment(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise invalid("须为带时区的 ISO 8601 时间")
    return value


def _within_reason(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise invalid("年份须在 2000 至 2100 之间")
    return value.astimezone(UTC)


def _unsaid(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_within_reason)]
OptionalMoment = Annotated[Moment | None, BeforeValidator(_unsaid)]


def _room(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Room = Annotated[OptionalLine, BeforeValidator(_room)]
"""A room number; a plain number is as good as a text."""


def _scalar(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            if len(value) > MAX_TEXT:
                raise invalid(f"最多 {MAX_TEXT} 字")
            return clean(value)
        case int() if abs(value) <= SAFE_INTEGER:
            return value
        case float() if isfinite(value):
            return value
        case _:
            raise invalid("须为文字、数字或是否")


Scalar = Annotated[Any, BeforeValidator(_scalar)]
"""What a policy's own field may hold. One function, not a union: its error names the field and nothing else."""

Signature = Annotated[str, StringConstraints(max_length=MAX_SIGNATURE), AfterValidator(signature)]
OptionalSignature = Annotated[Signature | None, BeforeValidator(_unsaid)]


def _money(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


class CustomerData(BaseModel):
    """Who complains; a policy may ask for more of him than is named here."""

    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[Key, Scalar] = Field(init=False)

    name: Line
    phone: Annotated[Line, AfterValidator(normalise)]
    room: Room = None
    address: OptionalLine = None

    @model_validator(mode="after")
    def _bounded(self) -> "CustomerData":
        if len(self.__pydantic_extra__ or {}) > MAX_FIELDS:
            raise invalid(f"最多 {MAX_FIELDS} 项")
        return self


class RegisterData(CommandData):
    project: Line
    channel: Line
    content: Paragraph
    customer: CustomerData
    contact_ended_at: OptionalMoment = None
    kind: OptionalLine = None
    validity: OptionalLine = None
    category: OptionalLine = None
    required_by: OptionalMoment = None
    people_count: int | None = Field(None, strict=True, ge=1, le=1_000_000)
    loss_amount: Annotated[Decimal, BeforeValidator(_money)] | None = Field(
        None, ge=0, le=10**12, decimal_places=2, allow_inf_nan=False
    )
    lawsuit: StrictBool = False
    media: StrictBool = False
    on_the_spot: StrictBool = False
    signature: OptionalSignature = None
    attachments: list[UUID] = Field([], max_length=MOST_A_CASE)
    fields: dict[Key, Scalar] = Field({}, max_length=MAX_FIELDS)
    note: OptionalParagraph = None
    reason: OptionalParagraph = None


class SignData(CommandData):
    signature: Signature
    note: OptionalParagraph = None


class ClassifyData(CommandData):
    kind: OptionalLine = None
    validity: OptionalLine = None
    category: OptionalLine = None
    severity: OptionalLine = None
    reason: OptionalParagraph = None
    note: OptionalParagraph = None


class WhoData(BaseModel):
    customer: CustomerData


class CorrectData(CommandData):
    """What is not given stays; a field given as null is taken out."""

    customer: dict[Key, Any] = Field({}, max_length=MAX_FIELDS)
    content: OptionalParagraph = None
    contact_ended_at: OptionalMoment = None
    people_count: int | None = Field(None, strict=True, ge=1, le=1_000_000)
    loss_amount: Annotated[Decimal, BeforeValidator(_money)] | None = Field(
        None, ge=0, le=10**12, decimal_places=2, allow_inf_nan=False
    )
    lawsuit: StrictBool | None = None
    media: StrictBool | None = None
    fields: dict[Key, Scalar] = Field({}, max_length=MAX_FIELDS)
    reason: Paragraph
    note: OptionalParagraph = None


class LinkData(CommandData):
    to: UUID
    relation: Literal["duplicate", "same_group", "repeat"] = "duplicate"
    reason: OptionalParagraph = None
    note: OptionalParagraph = None


class GuardData(CommandData):
    extreme: StrictBool | None = None
    guardian: OptionalLine = None
    reason: OptionalParagraph = None
    note: OptionalParagraph = None


class RateData(CommandData):
    stars: int = Field(ge=1, le=5, strict=True)
    note: OptionalParagraph = None
