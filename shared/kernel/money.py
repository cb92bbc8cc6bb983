"""Money is whole fen (1 yuan = 100 fen); no float, no implicit rounding."""

from decimal import Decimal
from typing import NewType

Fen = NewType("Fen", int)


def yuan(amount: Fen) -> str:
    """The amount in yuan as a decimal text without superfluous zeros: 20000 -> "200", 12345 -> "123.45"."""
    whole, rest = divmod(abs(amount), 100)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}" if rest == 0 else f"{sign}{whole}.{rest:02d}"


def fen(value: Decimal | int | str) -> Fen:
    """Yuan to fen. Raises ValueError for a fraction of a fen or what is no number."""
    try:
        amount = Decimal(str(value)) * 100
    except ArithmeticError:
        raise ValueError(f"{value!r} is no amount in yuan") from None
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{value!r} is not a whole number of fen")
    return Fen(int(amount))
