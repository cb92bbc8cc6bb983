"""Looks at what is installed: everything pinned exactly, and under a licence that may be used. Needs no network.

    python deploy/dependencies.py          called by `make check`

Whether a pinned version has a known hole only a vulnerability service can say: `make audit`.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"

# The project itself, and what a virtual environment is made with.
EXEMPT = frozenset({"ccrm", "pip", "setuptools", "wheel", "uv"})

# Copyleft that would reach the program, or a service that runs it. LGPL and MPL end at the library's own files.
REFUSED = re.compile(r"\bA?GPL|\bAffero|\bSSPL|(?<!Lesser )General Public|Commons Clause|Proprietary|UNLICENSED", re.I)

_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][A-Za-z0-9.!+_-]*)")


def problems(installed: Iterable[Distribution], pins: Mapping[str, str]) -> Iterator[str]:
    for found in sorted(installed, key=lambda each: _plain(each.metadata["Name"])):
        name = _plain(found.metadata["Name"])
        if name in EXEMPT:
            continue
        if name not in pins:
            yield f"{name} {found.version} is installed and constraints.txt does not pin it"
        elif pins[name] != found.version:
            yield f"{name} {found.version} is installed and constraints.txt pins {pins[name]}"
        licence = licence_of(found)
        if not licence:
            yield f"{name} {found.version} names no licence"
        elif REFUSED.search(licence):
            yield f"{name} {found.version} is under {licence}"


def read_pins(text: str) -> dict[str, str]:
    """Raises ValueError for a line that pins nothing exactly."""
    pins: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        wanted = line.split("#")[0].split(";")[0].strip()
        if not wanted:
            continue
        pin = _PIN.fullmatch(wanted)
        if pin is None or _plain(pin[1]) in pins:
            raise ValueError(f"constraints.txt line {number} must pin one version of one package, once: {wanted}")
        pins[_plain(pin[1])] = pin[2]
    return pins


def licence_of(found: Distribution) -> str:
    """As its authors say: an expression, classifiers, or the first line of a text."""
    about = found.metadata
    told = [about["License-Expression"] or ""]
    told += [
        each.split("::")[-1].strip() for each in about.get_all("Classifier") or [] if each.startswith("License ::")
    ]
    told += (about["License"] or "").strip().splitlines()[:1]
    return "; ".join(dict.fromkeys(each for each in told if each and each not in ("UNKNOWN", "OSI Approved")))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    found = list(problems(distributions(), read_pins(CONSTRAINTS.read_text(encoding="utf-8"))))
    sys.stderr.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
