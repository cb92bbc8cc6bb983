"""The files by which regions and their group are deployed fit compose.yaml and the program."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.__main__ import ROOMS
from shared.run.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = [DEPLOY / "regions" / name for name in ("region.yaml", "group.yaml")]


class Overlay(yaml.SafeLoader):
    """Compose's `!override` replaces a list instead of adding to it."""


Overlay.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Overlay)


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.name)
def test_an_overlay_changes_services_that_exist_and_names_settings_that_exist(path: Path) -> None:
    base, over = read(DEPLOY / "compose.yaml"), read(path)
    assert set(over["services"]) <= set(base["services"])
    known = {f"CCRM_{name.upper()}" for name in Settings.model_fields}
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"\b(CCRM_[A-Z0-9_]+)\b", text)) <= known
    for volume in over["services"]["rabbitmq"]["volumes"]:
        source = volume.split(":")[0]
        assert source == "./secrets/broker" or not source.startswith("./") or (DEPLOY / source).exists(), source
    assert re.findall(r"\$\{\w*(?:PASSWORD|UPSTREAMS)\w*:-", text) == [], "nothing secret has a default"


def test_a_region_runs_every_room_as_that_region() -> None:
    over = read(OVERLAYS[0])["services"]
    assert all("CCRM_REGION" in over[room]["environment"] for room in ROOMS)


def test_the_group_runs_what_observes_and_sends_nothing() -> None:
    over = read(OVERLAYS[1])["services"]
    assert all(over[room]["environment"]["CCRM_OBSERVE"] == "true" for room in ("dispatch", "sla"))
    assert all("profiles" in over[room] for room in ("intake", "notify"))
    assert set(over["gateway"]["depends_on"]) == {"dispatch", "sla"}
    users = over["broker"]["environment"]["CCRM_BROKER_USERS"].split()
    assert [each.partition("=")[0] for each in users if "=" in each] == ["dispatch", "sla", "operator"]


def test_the_broker_loads_what_the_program_prints_and_speaks_tls_only_to_others() -> None:
    conf = (DEPLOY / "regions" / "rabbitmq.conf").read_text(encoding="utf-8")
    assert "load_definitions = /definitions/definitions.json" in conf
    assert "listeners.ssl.default = 5671" in conf
    for path in OVERLAYS:
        command = " ".join(read(path)["services"]["broker"]["command"])
        assert f"ccrm federation {path.stem} >" in command
        assert "/definitions/definitions.json" in command
        assert read(path)["services"]["rabbitmq"]["ports"] == ["${BROKER_PORT:-5671}:5671"]
