"""What the data keys promise: nothing opens elsewhere, changed, or without its key; and what is missing is named."""

import base64
import os
import stat
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from shared.db import keyring
from shared.db.keyfile import add_key, ensure_keys, key_ring, written
from shared.db.keyring import CannotOpen, DataKey, KeyRing, UnknownKey, new_key, read_keys
from shared.kernel.errors import Transient
from tests.kit.data_keys import NEW, OLD

RING = KeyRing([NEW, OLD])
PLACE = "intake.complaint.phone"


@pytest.mark.parametrize("text", ["", "+8613800012345", "张三丰", "𠮷 \ud800", "x" * 100_000, "v1:new:not sealed"])
def test_what_was_sealed_opens_to_the_same(text: str) -> None:
    sealed = RING.seal(text, PLACE)
    assert sealed.startswith("v1:new:")
    assert text == "" or text not in sealed
    assert RING.open(sealed, PLACE) == text
    assert RING.seal(text, PLACE) != sealed, "two alike do not look alike"


def test_what_was_changed_by_one_bit_does_not_open() -> None:
    head, body = RING.seal("张三丰", PLACE).rsplit(":", 1)
    raw = base64.b64decode(body)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(CannotOpen, match=r"intake\.complaint\.phone does not open with the data key new"):
            RING.open(f"{head}:{base64.b64encode(changed).decode()}", PLACE)
    for cut in range(1, 4):
        with pytest.raises(CannotOpen):
            RING.open(f"{head}:{body[:-cut]}", PLACE)


def test_what_was_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        RING.open(RING.seal("张三丰", PLACE), "intake.complaint.room")
    with pytest.raises(CannotOpen):
        RING.open_bytes(RING.seal_bytes(b"x", PLACE), "dispatch.drawing.image")


def test_what_a_version_before_wrote_reads_as_it_is() -> None:
    for plain in ("+8613800012345", "v1:", "v1:new:short", "v1: see the letter", ""):
        assert RING.open(plain, PLACE) == plain
    assert RING.open_bytes(b"\x89PNG", PLACE) == b"\x89PNG"


def test_after_a_change_of_keys_the_old_one_still_opens_and_the_new_one_seals() -> None:
    before = KeyRing([OLD])
    sealed, raw = before.seal("张三丰", PLACE), before.seal_bytes(b"\x00\xff", PLACE)
    assert (RING.open(sealed, PLACE), RING.open_bytes(raw, PLACE)) == ("张三丰", b"\x00\xff")
    assert before.blind("张三丰", PLACE) in RING.blinds("张三丰", PLACE)
    assert RING.blind("张三丰", PLACE) not in before.blinds("张三丰", PLACE)


def test_a_missing_key_is_named_and_may_yet_come() -> None:
    sealed = RING.seal("张三丰", PLACE)
    with pytest.raises(UnknownKey, match=r"^intake\.complaint\.phone is sealed with the data key new, which is not in"):
        KeyRing([OLD]).open(sealed, PLACE)
    assert issubclass(UnknownKey, Transient), "a message that needs it is tried again, not given up"


def test_one_value_stands_for_itself_under_one_purpose_only() -> None:
    assert RING.blind("3-2-1201a ", "room") == RING.blind("３-2-1201A", "room")
    assert RING.blind("3-2-1201", "room") != RING.blind("3-2-1201", "phone")
    assert RING.blind("3-2-1201", "room") != KeyRing([DataKey("new", b"x" * 32)]).blind("3-2-1201", "room")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no data key"),
        ("# only words\n", "no data key"),
        ("k1 c2hvcnQ=\n", "no data key in line 1"),
        (written([NEW]) + "-----BEGIN PRIVATE KEY-----\n", "no data key in line 4"),
        (written([NEW, NEW]), "two data keys named new"),
        (f"Big {base64.b64encode(b'x' * 32).decode()}", "no data key in line 1"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_without_telling_what(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_keys(text)
    assert str(caught.value) == problem


def test_a_key_is_not_shown_where_objects_are_printed() -> None:
    key = new_key()
    assert base64.b64encode(key.secret).decode() not in f"{key!r} {KeyRing([key])!r}"
    assert str(key.secret) not in repr(key)


def test_a_file_of_keys_is_made_once_for_its_owner_only_and_grows_at_its_head(tmp_path: Path) -> None:
    file = ensure_keys(tmp_path / "keys" / "data.keys")
    first = file.read_text()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(file.parent).st_mode) == 0o700
    assert ensure_keys(file).read_text() == first
    ring = key_ring(file)
    sealed = ring.seal("张三丰", PLACE)
    added = add_key(file)
    assert [key.id for key in read_keys(file.read_text())] == [added.id, ring.current]
    assert key_ring(file).open(sealed, PLACE) == "张三丰"
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_running_process_reads_the_file_again_when_it_meets_a_key_that_came_since(tmp_path: Path) -> None:
    file = ensure_keys(tmp_path / "data.keys")
    running, before = key_ring(file), file.read_text()
    add_key(file)
    sealed = key_ring(file).seal("张三丰", PLACE)
    assert running.open(sealed, PLACE) == "张三丰"
    file.write_text(before)
    with pytest.raises(UnknownKey):
        key_ring(file).open(sealed, PLACE)
    file.write_text("ruined")
    assert running.open(sealed, PLACE) == "张三丰", "what it knows it keeps"


def test_two_who_add_a_key_at_once_lose_none(tmp_path: Path) -> None:
    file = tmp_path / "data.keys"
    with ThreadPool(8) as pool:
        made = pool.map(lambda _: add_key(file).id, range(24))
    assert sorted(key.id for key in read_keys(file.read_text())) == sorted(made)


def test_a_key_that_a_process_holds_is_not_lost_with_the_file_nor_exchanged(tmp_path: Path) -> None:
    file = tmp_path / "data.keys"
    file.write_text(written([OLD]))
    running = key_ring(file)
    sealed = running.seal("张三丰", PLACE)
    file.write_text(written([NEW, DataKey("old", b"x" * 32)]))
    assert running.open(RING.seal("李四光", PLACE), PLACE) == "李四光"
    assert running.current == "new"
    assert running.open(sealed, PLACE) == "张三丰"
    file.write_text(written([NEW]))
    assert not running.has("other")
    assert running.open(sealed, PLACE) == "张三丰"


def test_what_was_blinded_under_a_key_that_came_since_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "LOOK", 0.0)
    file = ensure_keys(tmp_path / "data.keys")
    running = key_ring(file)
    assert len(running.blinds("张三丰", PLACE)) == 1
    add_key(file)
    assert key_ring(file).blind("张三丰", PLACE) in running.blinds("张三丰", PLACE)
    add_key(file)
    fresh = key_ring(file)
    assert fresh.blind_words(["张三"], PLACE)[1] in running.all_blind_words(["张三"], PLACE)
    file.unlink()
    assert len(running.blinds("张三丰", PLACE)) == 3


def test_a_file_that_gets_a_new_key_is_read_by_whom_it_was_read_before(tmp_path: Path) -> None:
    file = ensure_keys(tmp_path / "data.keys")
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 1234, 2345)
    before = file.stat()
    add_key(file)
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.keys"]
