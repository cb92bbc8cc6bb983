"""The file of data keys: one a line, the current one first. Written whole or not at all, for its owner only."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from shared.db.keyring import DataKey, KeyRing, new_key, read_keys

HEAD = """\
# CCRM data keys: what names a customer is sealed with the first, the others open what was sealed before.
# Without them nothing sealed can be read by anybody. Keep a copy apart from the backups of the databases.
"""


def key_ring(file: Path, *, seals: bool = True) -> KeyRing:
    """Raises OSError where the file cannot be read, ValueError where it holds something else."""
    reread = partial(_keys, file)
    return KeyRing(reread(), seals=seals, reread=reread, stamp=partial(_stamp, file))


def ensure_keys(file: Path) -> Path:
    """A file with one key, made where there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(file):
            if not file.exists():
                _write(file, written([new_key()]))
    return file


def add_key(file: Path) -> DataKey:
    """Puts a new current key before those of the file, which is made where there is none. Raises as `key_ring`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(file):
        before = _keys(file) if file.exists() else ()
        new = new_key()
        _write(file, written([new, *before]))
    return new


def written(keys: Sequence[DataKey]) -> str:
    return HEAD + "".join(f"{key.line()}\n" for key in keys)


def _keys(file: Path) -> tuple[DataKey, ...]:
    return read_keys(file.read_text(encoding="ascii", errors="replace"))


def _stamp(file: Path) -> object:
    found = file.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Two at once would each lose the key that the other has just made."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(file: Path, content: str) -> None:
    """Who could read the file before can read it still; a new one is its owner's only."""
    before = file.stat() if file.exists() else None
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            made = os.fstat(out.fileno())
            if before is not None:
                if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
                    os.fchown(out.fileno(), before.st_uid, before.st_gid)
                os.fchmod(out.fileno(), stat.S_IMODE(before.st_mode))
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
