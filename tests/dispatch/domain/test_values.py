"""What a client may write into a field."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.dispatch.domain.values import (
    Actions,
    Copies,
    Data,
    FenFromYuan,
    Instant,
    Name,
    Signature,
    Stars,
    Text,
    Texts,
)
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse


class Form(Data):
    text: Text | None = None
    name: Name | None = None
    at: Instant | None = None
    amount: FenFromYuan | None = None
    stars: Stars | None = None
    copies: Copies | None = None
    texts: Texts = []
    actions: Actions = []
    signature: Signature | None = None


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("text", "  已联系客户 ", "已联系客户"),
        ("text", "<script>=1+1</script>", "<script>=1+1</script>"),
        ("reason", " 不符 ", "不符"),
        ("at", "2026-03-02T09:40:00+08:00", datetime(2026, 3, 2, 1, 40, tzinfo=UTC)),
        ("at", "2026-03-02T01:40:00Z", datetime(2026, 3, 2, 1, 40, tzinfo=UTC)),
        ("at", datetime(2026, 3, 2, 1, 40, tzinfo=UTC), datetime(2026, 3, 2, 1, 40, tzinfo=UTC)),
        ("amount", 100, 10_000),
        ("amount", "12000.50", 1_200_050),
        ("amount", 0, 0),
        ("amount", 0.1, 10),
        ("amount", Decimal("3.30"), 330),
        ("stars", 5, 5),
        ("stars", "4", 4),
        ("copies", 2, 2),
        ("texts", "一份", ["一份"]),
        ("texts", ["一份", " 二份 "], ["一份", "二份"]),
        ("actions", "整改", ["整改"]),
        ("actions", [{"who": "wu.gang", "due": None}], [{"who": "wu.gang", "due": None}]),
        pytest.param("signature", "x" * 300_000, "x" * 300_000, id="signature-long"),
    ],
)
def test_what_is_taken(field: str, given: Any, kept: Any) -> None:
    assert getattr(parse(Form, {field: given}), field) == kept


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("text", ""),
        ("text", " \n "),
        ("text", "a\x00b"),
        ("text", "a\ud800b"),
        ("text", 5),
        pytest.param("text", "x" * 20_001, id="text-long"),
        pytest.param("name", "x" * 101, id="name-long"),
        ("reason", "\x00"),
        ("note", "  "),
        ("at", "2026-03-02T09:40:00"),
        ("at", "2026-03-02"),
        ("at", "yesterday"),
        ("at", 1_772_415_600),
        ("at", "1772415600"),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("at", "9999-12-31T23:59:59-12:00"),
        ("at", "1999-12-31T00:00:00Z"),
        ("at", datetime(2026, 3, 2, 1, 40)),
        ("at", True),
        ("amount", -1),
        ("amount", "NaN"),
        ("amount", float("nan")),
        ("amount", float("inf")),
        ("amount", "1e999999999"),
        pytest.param("amount", 10**5000, id="amount-huge"),
        ("amount", "1.005"),
        ("amount", True),
        ("amount", ""),
        ("amount", [1]),
        ("stars", 0),
        ("stars", 6),
        ("stars", True),
        ("stars", 4.5),
        pytest.param("stars", 10**400, id="stars-huge"),
        ("copies", 0),
        ("texts", ["", "x"]),
        ("texts", [[]]),
        ("texts", ["x"] * 51),
        ("actions", [5]),
        ("actions", [{}]),
        ("actions", [{"who": {"deep": "er"}}]),
        ("actions", {"who": "x"}),
        ("signature", " "),
        ("unknown", 1),
    ],
)
def test_what_is_refused_by_name(field: str, given: Any) -> None:
    with pytest.raises(Refused) as caught:
        parse(Form, {field: given})
    assert caught.value.code is Code.field_invalid
    assert (caught.value.field or "").split(".")[0] == field
