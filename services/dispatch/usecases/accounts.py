"""Who may sign in: accounts are opened, disabled and given new passwords by the group's office, and told to nobody."""

from typing import Any

from sqlalchemy import func, select, update

from services.dispatch.domain.passwords import require_good
from services.dispatch.repository import store
from services.dispatch.tables import ACCOUNT, SESSION
from services.dispatch.usecases.group_office import require_group_office
from services.dispatch.usecases.passwords import Hasher
from services.dispatch.usecases.sessions import end_sessions
from services.dispatch.usecases.sign_in import HASHER
from shared.db.statements import fetch, run
from shared.kernel.errors import Code, Refused
from shared.room.commands import carry_out
from shared.room.room import Actor, Command, Room, Tx


async def accounts(room: Room, viewer: Actor) -> dict[str, Any]:
    """Every account with its last sign-in, and who of the directory has none. For the group's office only."""
    c, now = ACCOUNT.c, room.clock.now()
    async with room.begin() as tx:
        directory = await tx.directory()
        require_group_office(tx, Command("account.list", viewer, None, {}), directory)
        columns = (c.login, c.person_id, c.created_at, c.disabled_at, c.must_change, c.last_sign_in_at)
        rows = await fetch(tx.session, select(*columns).order_by(c.login))
        counted = await fetch(
            tx.session,
            select(SESSION.c.login, func.count().label("number"))
            .where(SESSION.c.ended_at.is_(None), SESSION.c.expires_at > now)
            .group_by(SESSION.c.login),
        )
    under_way = {row.login: row.number for row in counted}
    held = {row.person_id for row in rows}
    return {
        "items": [
            {
                "login": row.login,
                "person": row.person_id,
                "name": directory.name_of(row.person_id),
                "in_directory": directory.person(row.person_id) is not None,
                "must_change": row.must_change,
                "sessions": under_way.get(row.login, 0),
                **{
                    name: at.isoformat() if (at := getattr(row, name)) else None
                    for name in ("created_at", "disabled_at", "last_sign_in_at")
                },
            }
            for row in rows
        ],
        "without": [{"person": one.id, "name": one.name} for one in directory.people if one.id not in held],
    }


async def open_account(room: Room, who: Actor, person: str, login: str, password: str) -> dict[str, Any]:
    """account.open. The password is told once, here; it is good for choosing another."""
    hashed = await HASHER.hash(password)

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        directory = await tx.directory()
        require_group_office(tx, command, directory)
        if directory.person(person) is None:
            raise Refused(Code.field_invalid, f"person: 通讯录中没有 {person}", field="person")
        taken = select(ACCOUNT.c.login).where((ACCOUNT.c.login == login) | (ACCOUNT.c.person_id == person))
        if await fetch(tx.session, taken):
            raise Refused(Code.state_not_allowed, "此人已有账号，或用户名已被使用")
        row = {"login": login, "person_id": person, "password_hash": hashed, "created_at": tx.now, "must_change": True}
        await store(tx, ACCOUNT, row)
        return {"login": login, "person": person}

    answer = await carry_out(room, Command("account.open", who, None, {"login": login, "person": person}), work)
    return answer | {"password": password}


async def reset_password(room: Room, who: Actor, login: str, password: str) -> dict[str, Any]:
    """account.reset: a password for once; every session of the account ends."""
    hashed = await HASHER.hash(password)

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        require_group_office(tx, command, await tx.directory())
        await _change(tx, login, password_hash=hashed, must_change=True)
        return {"login": login, "ended": await end_sessions(tx, SESSION.c.login == login)}

    answer = await carry_out(room, Command("account.reset", who, None, {"login": login}), work)
    return answer | {"password": password}


async def disable_account(room: Room, who: Actor, login: str) -> dict[str, Any]:
    """account.disable: nobody signs in by it, and who is in is out. Not one's own: somebody must be left to enable."""

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        require_group_office(tx, command, await tx.directory())
        own = select(ACCOUNT.c.login).where(ACCOUNT.c.login == login, ACCOUNT.c.person_id == (who.person or ""))
        if await fetch(tx.session, own):
            raise Refused(Code.state_not_allowed, "不能停用自己的账号")
        await _change(tx, login, disabled_at=tx.now)
        return {"login": login, "ended": await end_sessions(tx, SESSION.c.login == login)}

    return await carry_out(room, Command("account.disable", who, None, {"login": login}), work)


async def enable_account(room: Room, who: Actor, login: str) -> dict[str, Any]:
    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        require_group_office(tx, command, await tx.directory())
        await _change(tx, login, disabled_at=None)
        return {"login": login}

    return await carry_out(room, Command("account.enable", who, None, {"login": login}), work)


async def end_sessions_of(room: Room, who: Actor, login: str) -> dict[str, Any]:
    """account.sign_out: all sessions of an account end; it may sign in again."""

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        require_group_office(tx, command, await tx.directory())
        await _change(tx, login)
        return {"login": login, "ended": await end_sessions(tx, SESSION.c.login == login)}

    return await carry_out(room, Command("account.sign_out", who, None, {"login": login}), work)


async def change_password(
    room: Room, who: Actor, old: str, new: str, *, session: Any = None, hasher: Hasher | None = None
) -> dict[str, Any]:
    """password.change: one's own; every other session of the account ends."""
    hasher = hasher or HASHER
    async with room.db.read() as reading:
        rows = await fetch(reading, select(ACCOUNT).where(ACCOUNT.c.person_id == (who.person or "")))
    right = await hasher.verify(old, rows[0].password_hash if rows else None)
    hashed = ""
    if right:
        require_good(new, rows[0].login, old, field="new")
        hashed = await hasher.hash(new)

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        if not right:
            raise Refused(Code.field_invalid, "old: 原密码不正确", field="old")
        login = rows[0].login
        await _change(tx, login, password_hash=hashed, must_change=False)
        return {"login": login, "ended": await end_sessions(tx, SESSION.c.login == login, but=session)}

    return await carry_out(room, Command("password.change", who, None, {}), work)


async def _change(tx: Tx, login: str, **changes: Any) -> None:
    """Raises Refused(not_found) for an account there is none of."""
    if not await fetch(tx.session, select(ACCOUNT.c.login).where(ACCOUNT.c.login == login)):
        raise Refused(Code.not_found, "没有这个账号")
    if changes:
        await run(tx.session, update(ACCOUNT).where(ACCOUNT.c.login == login).values(**changes))
