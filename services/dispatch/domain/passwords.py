"""What a password must be. Pure."""

import secrets

from shared.kernel.errors import Code, Refused

SHORTEST, LONGEST = 10, 1000
"""Length is what keeps guessers out; what kinds of characters it has is left to people."""


def require_good(new: str, login: str, old: str | None, *, field: str) -> None:
    """Raises Refused(field.invalid) for one that is too short or too easily guessed."""
    if not SHORTEST <= len(new) <= LONGEST:
        raise Refused(Code.field_invalid, f"{field}: 密码须为 {SHORTEST} 至 {LONGEST} 个字符", field=field)
    if unstorable(new):
        raise Refused(Code.field_invalid, f"{field}: 含有不允许的字符", field=field)
    if new == old:
        raise Refused(Code.field_invalid, f"{field}: 新密码不能与原密码相同", field=field)
    if login.casefold() in new.casefold() or len(set(new)) < 4:
        raise Refused(Code.field_invalid, f"{field}: 密码过于简单", field=field)


def one_time_password() -> str:
    """Ten letters and digits that cannot be mistaken for one another: about 48 bits."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(10))


def unstorable(text: str) -> bool:
    """Whether no database could hold it."""
    return "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text)
