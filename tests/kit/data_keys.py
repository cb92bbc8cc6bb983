"""The data keys of the tests: what the rooms write about customers is sealed there as it is anywhere."""

from pathlib import Path

from shared.db.keyfile import written
from shared.db.keyring import DataKey, KeyRing

OLD, NEW = DataKey("old", b"o" * 32), DataKey("new", b"n" * 32)
KEYS = KeyRing([NEW, OLD])


def keys_file(folder: Path) -> Path:
    """For a process of its own."""
    file = folder / "data.keys"
    file.write_text(written([NEW, OLD]), encoding="ascii")
    return file
