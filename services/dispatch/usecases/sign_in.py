"""A login by name and password. It costs the same whether the name is known or not."""

from sqlalchemy import select

from services.dispatch.repository import rows_of
from services.dispatch.tables import ACCOUNT, Account
from services.dispatch.usecases.passwords import Hasher
from shared.kernel.errors import Code, Refused
from shared.room.room import Room

WRONG = "登录名或密码不对"
_HASHER = Hasher()


async def sign_in(room: Room, login: str, password: str, hasher: Hasher | None = None) -> str:
    """The person's id. Raises Refused, with one and the same text whatever was wrong."""
    account = await _account(room, login)
    right = await (hasher or _HASHER).verify(password, account.password_hash if account else None)
    if account is None or not right:
        raise Refused(Code.role_not_allowed, WRONG)
    async with room.db.read() as session:
        directory = await room.directory(session)
    # Who has left the directory may not come in any more.
    if directory.person(account.person_id) is None:
        raise Refused(Code.role_not_allowed, WRONG)
    return account.person_id


async def _account(room: Room, login: str) -> Account | None:
    if "\x00" in login or any("\ud800" <= char <= "\udfff" for char in login):
        return None
    async with room.db.read() as session:
        found = await rows_of(session, Account, select(ACCOUNT).where(ACCOUNT.c.login == login))
    return found[0] if found else None
