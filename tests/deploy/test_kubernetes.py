"""What is applied to a cluster: one installation, a region, the group, each whole and no more open than it must be."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from services.__main__ import ROOMS
from shared.run.settings import Settings, load
from tests.deploy.kustomized import Document, named, rendered

DEPLOY = Path(__file__).parents[2] / "deploy"
REGION, GROUP = (DEPLOY / "regions" / "kubernetes" / name for name in ("region", "group"))
INSTALLATIONS = {DEPLOY: ROOMS, REGION: ROOMS, GROUP: ("dispatch", "sla")}


@pytest.fixture(params=INSTALLATIONS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def settings_of(documents: list[Document]) -> dict[str, str]:
    return dict(named(documents, "ConfigMap")["ccrm"]["data"])


def spec(document: Document) -> Any:
    return document["spec"]["template"]["spec"]


def test_what_is_applied_is_what_kubernetes_accepts(folder: Path) -> None:
    for document in rendered(folder):
        kubernetes_validate.validate(document, "1.30", strict=True)


def test_an_installation_runs_its_rooms_and_speaks_to_no_other(folder: Path) -> None:
    documents = rendered(folder)
    rooms = set(INSTALLATIONS[folder])
    for kind in ("Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"):
        assert set(ROOMS) & set(named(documents, kind)) == rooms, kind
    (container,) = spec(named(documents, "Deployment")["gateway"])["containers"]
    asked = {each["value"].split(":")[0] for each in container["env"] if each["name"] in map(str.upper, ROOMS)}
    assert asked == rooms
    peers = {name for name in ROOMS if settings_of(documents)[f"CCRM_{name.upper()}_URL"]}
    assert peers == rooms


def test_every_setting_exists_and_is_accepted(folder: Path) -> None:
    given = settings_of(rendered(folder))
    known = {f"CCRM_{name.upper()}" for name in Settings.model_fields}
    assert set(given) <= known
    made = load(**{name.removeprefix("CCRM_").lower(): value for name, value in given.items() if value})
    assert (made.region, made.observe) == {REGION: ("south", False), GROUP: (None, True)}.get(folder, (None, False))


def test_everything_stands_in_the_namespace_of_its_installation() -> None:
    names = {}
    for folder in (REGION, GROUP):
        documents = rendered(folder)
        (namespace,) = named(documents, "Namespace")
        assert {each["metadata"].get("namespace", namespace) for each in documents} == {namespace}
        names[folder] = namespace
    assert len(set(names.values())) == 2


def test_what_a_process_is_told_to_read_is_mounted_there(folder: Path) -> None:
    documents = rendered(folder)
    workloads = [*named(documents, "Deployment").values(), *named(documents, "Job").values()]
    for workload in workloads:
        if workload["metadata"]["name"] == "gateway":
            continue
        (container,) = spec(workload)["containers"]
        given = settings_of(documents) | {each["name"]: each.get("value", "") for each in container["env"]}
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        assert set(mounts.values()) <= {each["name"] for each in spec(workload)["volumes"]}
        for name in ("CCRM_DATABASE_CA_FILE", "CCRM_RABBITMQ_CA_FILE", "CCRM_CA_FILE"):
            assert given[name] == "/run/tls/ca.pem"
        assert mounts["/run/tls"] == "authority"
        if workload["kind"] == "Deployment":
            for name in given:
                assert not name.endswith("_FILE") or str(Path(given[name]).parent) in mounts, name


def test_each_room_has_secrets_of_its_own(folder: Path) -> None:
    """With another's it would come to the broker as that room."""
    for name, deployment in named(rendered(folder), "Deployment").items():
        if name != "gateway":
            (container,) = spec(deployment)["containers"]
            from_secrets = {
                each["name"]: each["valueFrom"]["secretKeyRef"]["name"]
                for each in container["env"]
                if "secretKeyRef" in each.get("valueFrom", {})
            }
            assert from_secrets["CCRM_RABBITMQ_URL"] == from_secrets["CCRM_DATABASE_URL"] == f"ccrm-{name}"


def test_nothing_is_let_in_or_out_that_is_not_named(folder: Path) -> None:
    documents = rendered(folder)
    policies = named(documents, "NetworkPolicy")
    closed = policies["nothing-else"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, workload in (named(documents, "Deployment") | named(documents, "Job")).items():
        policy = policies[name]["spec"]
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert policy["podSelector"]["matchLabels"].items() <= labels.items()
        for rule in policy["egress"]:
            assert rule["ports"], "to anywhere only at named ports"
        if name in ROOMS:
            assert all(rule["from"] for rule in policy["ingress"]), "from named pods only"
            assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} == {8000}


def test_only_who_has_to_reaches_the_world_outside() -> None:
    policies = named(rendered(DEPLOY), "NetworkPolicy")
    anywhere = {
        name: {port["port"] for rule in policies[name]["spec"]["egress"] if "to" not in rule for port in rule["ports"]}
        for name in (*ROOMS, "gateway", "migrate")
    }
    stores = {5432, 5671, 4318}
    assert anywhere == {
        "intake": stores | {443},
        "dispatch": stores | {443},
        "sla": stores,
        "notify": stores | {443, 465, 587},
        "gateway": set(),
        "migrate": {5432},
    }
