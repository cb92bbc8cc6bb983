"""Column types whose values are sealed on their way into the database, and the ways to find them all the same.

Use cases and rules know nothing of it: they read and write the value. What an older version wrote is plain and reads as
it is. A sealed column cannot be compared in SQL; it is looked for by a blind column beside it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    and_,
    bindparam,
    false,
    or_,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.keyring import KeyRing, UnknownKey, is_sealed, sealed_with

BLIND_LENGTH = 64
_RINGS: WeakKeyDictionary[Dialect, KeyRing] = WeakKeyDictionary()


def bind_keys(dialect: Dialect, keys: KeyRing) -> None:
    """What goes through this engine's dialect is sealed with these keys."""
    _RINGS[dialect] = keys


def keys_of(dialect: Dialect) -> KeyRing | None:
    """None: nothing is sealed there."""
    return _RINGS.get(dialect)


def _sealing(dialect: Dialect) -> KeyRing | None:
    keys = _RINGS.get(dialect)
    return keys if keys is not None and keys.seals else None


def _sealing_what(dialect: Dialect, looks_sealed: bool) -> KeyRing | None:
    """What only looks as if it were sealed is sealed also while plain is written: it could not be read again."""
    return _RINGS.get(dialect) if looks_sealed else _sealing(dialect)


class _NotCompared(TypeDecorator.Comparator[Any]):
    """Every sealing is different: a comparison would find nothing, and nobody would notice."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        if op in (operators.is_, operators.is_not):
            return super().operate(op, *other, **kwargs)
        raise TypeError(f"{self.expr} is sealed: look for it by its blind column")

    def reverse_operate(self, op: Any, other: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{self.expr} is sealed: look for it by its blind column")


class SealedText(TypeDecorator[str]):
    """Text. `place` is schema.table.column. `length`: so long the column was before it was sealed; SQLite, which knows
    no lengths, keeps that declaration. `varchar`: it was declared without one.
    """

    impl = Text
    cache_ok = True
    comparator_factory = _NotCompared

    def __init__(self, place: str, length: int | None = None, varchar: bool = False) -> None:
        super().__init__()
        self.place, self.length, self.varchar = place, length, varchar

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # Not the dialect's own form of it, by which asyncpg would make a VARCHAR of any text.
        if self.varchar:
            return String()
        return String(self.length) if self.length is not None and dialect.name == "sqlite" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        keys = None if value is None else _sealing_what(dialect, is_sealed(value))
        return value if value is None or keys is None else keys.seal(value, self.place)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else _opened(value, self.place, dialect)


class SealedJson(TypeDecorator[Any]):
    """A JSON document: sealed, it is a JSON string in the same kind of column, so that no column changes its type."""

    impl = JSON
    cache_ok = True
    comparator_factory = _NotCompared

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        keys = _sealing_what(dialect, isinstance(value, str) and is_sealed(value))
        if value is None or keys is None:
            return value
        return keys.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, str) and sealed_with(value):
            return json.loads(_opened(value, self.place, dialect))
        return value


class SealedBytes(TypeDecorator[bytes]):
    impl = LargeBinary
    cache_ok = True
    comparator_factory = _NotCompared

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        keys = None if value is None else _sealing_what(dialect, sealed_with(value) is not None)
        return value if value is None or keys is None else keys.seal_bytes(value, self.place)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        key_id = sealed_with(bytes(value)) if value is not None else None
        if value is None or key_id is None:
            return value
        keys = _RINGS.get(dialect)
        if keys is None:
            raise UnknownKey(key_id, self.place)
        return keys.open_bytes(bytes(value), self.place)


class Blind(TypeDecorator[str]):
    """What stands for the value of the sealed column `of`, for whole values only: written with that value, looked for
    by `same`. Null where the value is written plain, or is none.
    """

    impl = String
    cache_ok = True

    def __init__(self, purpose: str, of: str) -> None:
        super().__init__(BLIND_LENGTH)
        self.purpose, self.of = purpose, of

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        keys = _sealing(dialect)
        return None if not value or keys is None else keys.blind(value, self.purpose)


class Keyed(TypeDecorator[str]):
    """A digest that has to be told apart and never read, under the current key where there is one: a digest of a
    telephone number alone is undone by trying all of them. A new key tells it apart from what stood under the old one.
    """

    impl = String
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__(BLIND_LENGTH)
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        keys = _sealing(dialect)
        return value if value is None or keys is None else keys.blind(value, self.purpose)


Terms = Callable[..., list[str]]


class BlindTerms(TypeDecorator[Any]):
    """The words by which a row may be found, each blinded: written with the values of the sealed columns `of`, in their
    order, of which `terms` makes the words; looked for by `has_terms`. Null where those are written plain.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str, of: tuple[str, ...], terms: Terms) -> None:
        super().__init__()
        self.purpose, self.of, self.terms = purpose, of, terms

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text()

    def process_bind_param(self, value: Sequence[str | None] | None, dialect: Dialect) -> str | None:
        keys = _sealing(dialect)
        if value is None or keys is None:
            return None
        key_id, words = keys.blind_words(self.terms(*value), self.purpose)
        return f"{key_id}: {' '.join(dict.fromkeys(words))} "


def same(session: AsyncSession, blind: Any, plain: Any, value: str) -> ColumnElement[bool]:
    """Rows whose sealed value is this one; also those that a version before wrote plain."""
    keys = keys_of(session.get_bind().dialect)
    unsealed = and_(blind.is_(None), type_coerce(plain, Text) == value)
    if keys is None:
        return unsealed
    return or_(type_coerce(blind, String).in_(keys.blinds(value, blind.type.purpose)), unsealed)


def same_as(blind: Any, plain: Any, name: str) -> ColumnElement[bool]:
    """`same` for a statement that is made once: its values come by `known_as` under the same name."""
    unsealed = and_(blind.is_(None), type_coerce(plain, Text) == bindparam(name, type_=Text()))
    sealed = type_coerce(blind, String).in_(bindparam(f"{name}_blinds", expanding=True, type_=String()))
    return or_(sealed, unsealed)


def known_as(session: AsyncSession, blind: Any, name: str, value: str) -> dict[str, Any]:
    keys = keys_of(session.get_bind().dialect)
    return {name: value, f"{name}_blinds": keys.blinds(value, blind.type.purpose) if keys else []}


def has_terms(session: AsyncSession, blind: Any, any_of: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """Rows that have all words of one of the alternatives. What was written plain is not among them."""
    keys = keys_of(session.get_bind().dialect)
    if keys is None:
        return false()
    index = type_coerce(blind, Text)
    found = [
        and_(*(index.contains(f" {word} ") for word in words))
        for alternative in any_of
        for words in keys.all_blind_words(alternative, blind.type.purpose)
        if words
    ]
    return or_(false(), *found)


def _opened(value: str, place: str, dialect: Dialect) -> str:
    keys = _RINGS.get(dialect)
    if keys is not None:
        return keys.open(value, place)
    key_id = sealed_with(value)
    if key_id is not None:
        raise UnknownKey(key_id, place)
    return value
