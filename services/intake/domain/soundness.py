"""B2-B4: what a record must hold, when it is written and when it is corrected. Pure; raises Refused."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.intake.domain.text import missing
from shared.kernel.errors import Code, Refused
from shared.policy.model import Policy


def require_complete(data: Mapping[str, Any], names: Iterable[str]) -> None:
    name = missing(data, list(names))
    if name is not None:
        raise Refused(Code.field_missing, f"缺少必填项 {name}", field=name)


def require_fields(policy: Policy, fields: Mapping[str, Any]) -> None:
    """The policy's own fields hold what it allows; one it does not know is kept as it is."""
    for field in policy.record.fields:
        value = fields.get(field.id.removeprefix("fields."))
        if value is not None and not field.accepts(value):
            allowed = "true、false" if field.yes_no else "、".join(option.id for option in field.options)
            raise Refused(Code.field_invalid, f"{field.name}须为 {allowed} 之一", field=field.id)


def require_contact_end(ended_at: datetime, latest: datetime, named: str = "现在") -> None:
    if ended_at > latest:
        raise Refused(Code.field_invalid, f"接待结束时间不得晚于{named}", field="contact_ended_at")
