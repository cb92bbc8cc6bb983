"""What an operator deploys: the files fit the program, and nothing secret has a default in them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from services.__main__ import ROOMS, app
from shared.obs import metrics
from shared.run.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
MANIFESTS = sorted(set((DEPLOY / "kubernetes").glob("*.yaml")) - {DEPLOY / "kubernetes" / "kustomization.yaml"})
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
OWN_KINDS = {"ScaledObject", "TriggerAuthentication"}
"""Of KEDA, which no schema of Kubernetes knows."""


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_manifest_is_what_kubernetes_accepts(path: Path) -> None:
    for document in _documents(path):
        if document["kind"] not in OWN_KINDS:
            kubernetes_validate.validate(document, "1.30", strict=True)


def test_every_room_has_a_deployment_with_probes_a_budget_and_a_limit() -> None:
    found = [document for path in MANIFESTS for document in _documents(path)]
    for kind in ("Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "ScaledObject"):
        assert set(ROOMS) <= {each["metadata"]["name"] for each in found if each["kind"] == kind}, kind
    for each in found:
        if each["kind"] == "Deployment" and each["metadata"]["name"] in ROOMS:
            (container,) = each["spec"]["template"]["spec"]["containers"]
            assert container["command"] == ["ccrm", "serve", each["metadata"]["name"]]
            assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
            assert container["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_every_manifest_is_applied_but_the_one_that_needs_keda() -> None:
    (given,) = _documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    files = {DEPLOY / "kubernetes" / name for name in given["resources"] if name.endswith(".yaml")}
    assert set(MANIFESTS) - files == {DEPLOY / "kubernetes" / "scaled-by-queue.yaml"}


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_runs_every_room_and_its_files_exist(path: Path) -> None:
    (given,) = _documents(path)
    rooms = [
        each["environment"]["ROOM"] for each in given["services"].values() if "ROOM" in each.get("environment", {})
    ]
    assert set(rooms) == set(ROOMS)
    for service in given["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (DEPLOY / source).exists(), source
        assert set(service.get("depends_on", [])) <= set(given["services"])


@pytest.mark.parametrize("path", [*COMPOSE, DEPLOY / "Dockerfile", *MANIFESTS], ids=lambda path: path.name)
def test_nothing_secret_has_a_default(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\$\{\w*(?:PASSWORD|SECRET|KEY)\w*:-[^}]+\}", text) == []
    assert re.findall(r"(?i)(?:password|secret)\w*: *[\"']?[a-z0-9]{6,}[\"']?$", text, re.M) == []


def test_every_setting_the_files_name_exists() -> None:
    known = {f"CCRM_{name.upper()}" for name in Settings.model_fields} | {"CCRM_PORT"}
    for path in [*COMPOSE, DEPLOY / "Dockerfile", DEPLOY / "kubernetes" / "kustomization.yaml", *MANIFESTS]:
        named = set(re.findall(r"\b(CCRM_[A-Z0-9_]+)\b", path.read_text(encoding="utf-8")))
        assert named <= known, (path.name, named - known)


def test_the_gateways_table_is_that_of_this_version() -> None:
    told = CliRunner().invoke(app, ["gateway"])
    assert told.exit_code == 0
    assert told.stdout == (DEPLOY / "gateway" / "rooms.conf").read_text(encoding="utf-8"), (
        "run: ccrm gateway > deploy/gateway/rooms.conf"
    )


def test_alerts_and_dashboard_ask_for_figures_that_exist() -> None:
    (rules,) = _documents(DEPLOY / "prometheus" / "alerts.yml")
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana" / "dashboards" / "ccrm.json").read_text(encoding="utf-8"))
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    known = {metric.name for metric in metrics.REGISTRY.collect()}
    for expression in asked:
        for name in re.findall(r"\bccrm_\w+", expression):
            assert re.sub(r"_(total|bucket|count|sum)$", "", name) in known, name


def test_each_room_comes_to_the_broker_as_itself_and_the_broker_knows_it() -> None:
    (given,) = _documents(DEPLOY / "compose.yaml")
    services = given["services"]
    told = services["broker"]["environment"]
    known = dict(each.split("=", 1) for each in told["CCRM_BROKER_USERS"].split(" ") if "=" in each)
    assert set(known) == {*ROOMS, "operator"}
    assert len(set(known.values())) == len(known), "a password each"
    for name, service in {**{room: services[room] for room in ROOMS}, "operator": services["dead"]}.items():
        url = service["environment"]["CCRM_RABBITMQ_URL"]
        assert url.startswith(f"amqp://{name}:${{RABBITMQ_{name.upper()}_PASSWORD:?"), name
    assert "CCRM_RABBITMQ_URL" not in services["migrate"]["environment"]
    conf = (DEPLOY / "broker" / "rabbitmq.conf").read_text(encoding="utf-8")
    assert "load_definitions = /definitions/definitions.json" in conf
    assert "ccrm broker definitions >" in " ".join(services["broker"]["command"])
