"""A login by name and password. It costs the same whether the name is known or not, and is counted where it fails."""

from asyncio import Lock
from collections.abc import Sequence
from weakref import WeakValueDictionary

from sqlalchemy import delete, or_, select, update

from services.dispatch.domain.lockout import WINDOW, wait_for
from services.dispatch.domain.passwords import require_good, unstorable
from services.dispatch.repository import rows_of, store
from services.dispatch.tables import ACCOUNT, SIGN_IN_FAILURE, Account
from services.dispatch.usecases.passwords import Hasher
from services.dispatch.usecases.sessions import start_session
from shared.db.statements import fetch, run
from shared.kernel.errors import Code, Refused
from shared.room.room import Room, Tx
from shared.room.sessions import Attempt, Entered, LockedOut, MustChange

WRONG = "登录名或密码不对"
HASHER = Hasher()
_TURNS: WeakValueDictionary[str, Lock] = WeakValueDictionary()


async def sign_in(room: Room, attempt: Attempt, hasher: Hasher | None = None) -> Entered:
    """A session for the person. Raises LockedOut, MustChange, or Refused: role.not_allowed, with one and the same text
    whatever was wrong, or field.invalid for a new password that is no good.
    """
    hasher = hasher or HASHER
    key = "?" if unstorable(attempt.name) else attempt.name.casefold()
    # One after the other, or a hundred guesses at once would all be looked at before the first has failed.
    async with _TURNS.setdefault(key, Lock()):
        return await _sign_in(room, attempt, key, hasher)


async def _sign_in(room: Room, attempt: Attempt, key: str, hasher: Hasher) -> Entered:
    await _require_patience(room, key, attempt.address)
    account = await _account(room, attempt.name)
    right = await hasher.verify(attempt.password, account.password_hash if account else None)
    if account is None or not right or account.disabled_at is not None or not await _is_known(room, account):
        await _failed(room, key, attempt.address)
        raise Refused(Code.role_not_allowed, WRONG)
    if account.must_change and attempt.new_password is None:
        raise MustChange
    changes = {}
    if attempt.new_password is not None:
        require_good(attempt.new_password, account.login, attempt.password, field="new_password")
        changes = {"password_hash": await hasher.hash(attempt.new_password), "must_change": False}
    async with room.begin() as tx:
        await _forgive(tx, key, attempt.address)
        same = (ACCOUNT.c.login == account.login, ACCOUNT.c.password_hash == account.password_hash)
        changed = update(ACCOUNT).where(*same, ACCOUNT.c.disabled_at.is_(None))
        # Whoever was disabled, or given another password, while this one was being checked stays outside.
        found = await run(tx.session, changed.values(last_sign_in_at=tx.now, **changes).returning(ACCOUNT.c.login))
        if not found.all():
            raise Refused(Code.role_not_allowed, WRONG)
        return Entered(account.person_id, await start_session(tx, account.login, account.person_id))


async def enter_as(room: Room, logins: Sequence[str]) -> Entered:
    """A session for whom the company's identity provider has proven to be one of these. Raises Refused."""
    for login in logins:
        account = await _account(room, login)
        if account is not None and account.disabled_at is None and await _is_known(room, account):
            async with room.begin() as tx:
                seen = update(ACCOUNT).where(ACCOUNT.c.login == account.login, ACCOUNT.c.disabled_at.is_(None))
                if (await run(tx.session, seen.values(last_sign_in_at=tx.now).returning(ACCOUNT.c.login))).all():
                    return Entered(account.person_id, await start_session(tx, account.login, account.person_id))
    raise Refused(Code.role_not_allowed, "您在本系统没有可用的账号，请与集团售后服务中心联系")


async def _account(room: Room, login: str) -> Account | None:
    if unstorable(login):
        return None
    async with room.db.read() as session:
        found = await rows_of(session, Account, select(ACCOUNT).where(ACCOUNT.c.login == login))
    return found[0] if found else None


async def _is_known(room: Room, account: Account) -> bool:
    """Who has left the directory may not come in any more."""
    async with room.db.read() as session:
        return (await room.directory(session)).person(account.person_id) is not None


async def _require_patience(room: Room, name: str, address: str) -> None:
    c, now = SIGN_IN_FAILURE.c, room.clock.now()
    async with room.db.read() as session:
        rows = await fetch(
            session,
            select(c.name, c.address, c.at).where(or_(c.name == name, c.address == address), c.at > now - WINDOW),
        )
    wait = wait_for([(row.name, row.address, row.at) for row in rows], name, address, now)
    if wait is not None:
        raise LockedOut(wait)


async def _failed(room: Room, name: str, address: str) -> None:
    """What has left the window is forgotten on the way: the table holds a quarter of an hour."""
    async with room.begin() as tx:
        await run(tx.session, delete(SIGN_IN_FAILURE).where(SIGN_IN_FAILURE.c.at <= tx.now - WINDOW))
        await store(tx, SIGN_IN_FAILURE, {"id": tx.new_id(), "name": name, "address": address, "at": tx.now})


async def _forgive(tx: Tx, name: str, address: str) -> None:
    c = SIGN_IN_FAILURE.c
    await run(tx.session, delete(SIGN_IN_FAILURE).where(c.name == name, c.address == address))
