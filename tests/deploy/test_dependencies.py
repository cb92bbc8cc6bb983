"""What is installed is pinned exactly and may be used: looked at by `make check`, without a network."""

import subprocess
import sys
from importlib.metadata import Distribution, distributions
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "dependencies.py"


def _loaded() -> Any:
    spec = spec_from_file_location("dependencies", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


deps = _loaded()


def installed(folder: Path, *about: str) -> list[Distribution]:
    place = folder / "some_thing-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(
        "\n".join(["Metadata-Version: 2.4", "Name: Some.Thing", "Version: 1.0", *about, ""])
    )
    return list(distributions(path=[str(folder)]))


def test_everything_here_is_pinned_and_may_be_used() -> None:
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("pins", "said"),
    [
        ({"some-thing": "1.0"}, []),
        ({}, ["some-thing 1.0 is installed and constraints.txt does not pin it"]),
        ({"some-thing": "1.1"}, ["some-thing 1.0 is installed and constraints.txt pins 1.1"]),
    ],
)
def test_what_is_installed_has_the_version_that_is_pinned(
    tmp_path: Path, pins: dict[str, str], said: list[str]
) -> None:
    assert list(deps.problems(installed(tmp_path, "License-Expression: MIT"), pins)) == said


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("License-Expression: Apache-2.0", None),
        ("License: BSD", None),
        ("Classifier: License :: OSI Approved :: MIT License", None),
        ("Classifier: License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", None),
        ("License-Expression: LGPL-2.1-or-later", None),
        ("License-Expression: AGPL-3.0-only", "is under AGPL-3.0-only"),
        ("Classifier: License :: OSI Approved :: GNU Affero General Public License v3", "is under GNU Affero"),
        ("License: GPL-3.0", "is under GPL-3.0"),
        ("License: SSPL-1.0", "is under SSPL-1.0"),
        ("License: UNKNOWN", "names no licence"),
        ("Classifier: License :: OSI Approved", "names no licence"),
        ("Summary: a thing", "names no licence"),
    ],
)
def test_a_licence_that_is_none_or_would_reach_the_program_is_told(
    tmp_path: Path, about: str, said: str | None
) -> None:
    found = list(deps.problems(installed(tmp_path, about), {"some-thing": "1.0"}))
    assert len(found) == (said is not None)
    assert said is None or f"some-thing 1.0 {said}" in found[0]


@pytest.mark.parametrize("line", ["thing", "thing>=1", "thing==1,<2", "thing==1.*", "git+https://x/y", "a==1\nA==1"])
def test_a_line_that_leaves_a_choice_is_no_pin(line: str) -> None:
    with pytest.raises(ValueError, match="must pin one version"):
        deps.read_pins(line)
