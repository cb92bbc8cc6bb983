"""B3: what a customer signs, and the signature itself."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from services.intake.domain.text import clean, invalid
from shared.kernel.drawing import drawn, is_drawing

MAX_SIGNATURE = 400_000


def signature(value: str) -> str:
    """A drawn signature (a PNG as data URL) or a written one. Raises ValueError for anything else."""
    value = clean(value)
    if is_drawing(value):
        try:
            drawn(value)
        except ValueError as error:
            raise invalid(str(error)) from None
    return value


def signed_text(record: Mapping[str, Any], zone: tzinfo) -> str:
    """003§13: the text above the signature. The same record gives the same text for good; what follows a line break
    is set in, so that no value can pass for a line of its own.
    """

    def local(value: datetime | None) -> str | None:
        return None if value is None else value.astimezone(zone).isoformat(sep=" ", timespec="seconds")

    customer = dict(record["customer"])
    lines = [
        ("投诉编号", record["number"]),
        ("项目", record["project_id"]),
        ("接待方式", record["channel"]),
        ("接待结束时间", local(record["contact_ended_at"])),
        ("客户姓名", customer.pop("name", None)),
        ("联系电话", customer.pop("phone", None)),
        ("房号", customer.pop("room", None)),
        ("地址", customer.pop("address", None)),
        *((name, customer[name]) for name in sorted(customer)),
        ("客户诉求", record["content"]),
        ("要求完成时间", local(record["required_by"])),
        ("当场解决", "是" if record["on_the_spot"] else "否"),
        *((name, record["fields"][name]) for name in sorted(record["fields"])),
    ]
    return "\n".join(f"{label}：{_indented(value)}" for label, value in lines if value is not None)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _indented(value: Any) -> str:
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\n  ")
