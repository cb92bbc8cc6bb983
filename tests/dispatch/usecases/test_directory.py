"""The directory is published whole; accounts are opened once; a login says nothing to who guesses."""

from collections.abc import Iterator
from time import perf_counter

import pytest
from pwdlib.hashers.base import HasherProtocol

from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.open_accounts import open_accounts
from services.dispatch.usecases.passwords import Hasher
from services.dispatch.usecases.sign_in import WRONG, sign_in
from shared.events.dispatch import DirectoryPublishedV1
from shared.kernel.errors import Code, Refused
from shared.org.model import Person
from shared.room.sessions import Attempt
from tests.dispatch.handling import Handling
from tests.kit.desk import demo


class Plain(HasherProtocol):
    """Costs nothing, and counts what it did."""

    def __init__(self) -> None:
        self.verified = 0

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        return str(hash).startswith("plain:")

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        return f"plain:{password!s}"

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        self.verified += 1
        return hash == f"plain:{password!s}"

    def check_needs_rehash(self, hash: str | bytes) -> bool:
        return False


def counted() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"password-{number}"


async def test_the_same_directory_again_changes_nothing(desk: Handling) -> None:
    async with desk.room.begin() as tx:
        assert await import_directory(tx, demo()) == 1
    newer = demo().model_copy(update={"group_name": "新集团"})
    async with desk.room.begin() as tx:
        assert await import_directory(tx, newer) == 2
        assert (await tx.directory()).group_name == "新集团"
    published = [event for event in await desk.events() if isinstance(event, DirectoryPublishedV1)]
    assert [event.version for event in published] == [1, 2]
    assert published[1].directory == newer
    async with desk.room.begin() as tx:
        assert await import_directory(tx, demo()) == 3


async def entered(desk: Handling, login: str, password: str, hasher: Hasher, address: str = "10.0.0.7") -> str:
    return (await sign_in(desk.room, Attempt(login, password, address), hasher)).person


async def test_accounts_are_opened_for_those_who_have_none(desk: Handling) -> None:
    passwords = counted()
    hasher = Hasher(Plain())
    async with desk.room.begin() as tx:
        opened = await open_accounts(tx, lambda: next(passwords), hasher)
    assert [login for login, _ in opened] == [one.id for one in demo().people]
    assert len({password for _, password in opened}) == len(opened)
    async with desk.room.begin() as tx:
        assert await open_accounts(tx, lambda: next(passwords), hasher) == []
    newcomer = Person(id="new.one", name="新人")
    async with desk.room.begin() as tx:
        await import_directory(tx, demo().model_copy(update={"people": [*demo().people, newcomer]}))
        assert [login for login, _ in await open_accounts(tx, lambda: next(passwords), hasher)] == ["new.one"]
    assert await entered(desk, "new.one", f"password-{len(opened) + 1}", hasher) == "new.one"


async def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nothing(desk: Handling) -> None:
    plain = Plain()
    hasher = Hasher(plain)
    async with desk.room.begin() as tx:
        await open_accounts(tx, lambda: "secret", hasher)
    for login, password in (
        ("wang.min", "wrong"), ("nobody", "secret"), ("wang.min", ""), ("", ""), ("a\x00b", "x"), ("\ud800", "\ud800"),
        ("' OR 1=1 --", "x"),
    ):  # fmt: skip
        before = plain.verified
        with pytest.raises(Refused) as caught:
            await entered(desk, login, password, hasher, address=f"10.0.0.{before}")
        assert (caught.value.code, caught.value.detail) == (Code.role_not_allowed, WRONG)
        assert plain.verified == before + 1, "the effort is the same"
    assert await entered(desk, "wang.min", "secret", hasher) == "wang.min"


async def test_who_has_left_the_directory_does_not_come_in(desk: Handling) -> None:
    hasher = Hasher(Plain())
    async with desk.room.begin() as tx:
        await open_accounts(tx, lambda: "secret", hasher)
        rest = [one for one in demo().people if one.id != "wang.min"]
        await import_directory(tx, demo().model_copy(update={"people": rest}))
    with pytest.raises(Refused):
        await entered(desk, "wang.min", "secret", hasher)


async def test_the_real_hash_is_argon2_and_takes_its_time() -> None:
    hasher = Hasher()
    hashed = await hasher.hash("secret")
    assert hashed.startswith("$argon2id$")
    assert await hasher.verify("secret", hashed)
    assert not await hasher.verify("Secret", hashed)
    begun = perf_counter()
    assert not await hasher.verify("secret", None)
    assert perf_counter() - begun > 0.005
    assert not await hasher.verify("\ud800", hashed)
