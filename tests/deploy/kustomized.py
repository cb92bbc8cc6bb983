"""What `kubectl kustomize` prints, as far as these files need it: resources, generated maps, patches, namespace."""

from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]


def read(path: Path) -> list[Document]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def rendered(folder: Path) -> list[Document]:
    """Raises AssertionError for what kustomize would refuse, and for what this does not know."""
    (given,) = read(folder / "kustomization.yaml")
    known = {"apiVersion", "kind", "namespace", "resources", "configMapGenerator", "patches", "images"}
    assert set(given) <= known, set(given) - known
    found: list[Document] = []
    for name in given.get("resources", []):
        place = (folder / name).resolve()
        if place.is_dir():
            assert not folder.resolve().is_relative_to(place), f"{folder}: {name} is above it, which kustomize refuses"
            found += rendered(place)
        else:
            assert place.is_relative_to(folder.resolve()), f"{folder}: {name} is outside, which kustomize refuses"
            found += read(place)
    for each in given.get("configMapGenerator", []):
        _generate(folder, found, each)
    for each in given.get("patches", []):
        text = (folder / each["path"]).read_text(encoding="utf-8") if "path" in each else each["patch"]
        _patch(found, yaml.safe_load(text))
    if "namespace" in given:
        for document in found:
            target = document["metadata"]
            target["name" if document["kind"] == "Namespace" else "namespace"] = given["namespace"]
    return found


def named(documents: list[Document], kind: str) -> dict[str, Document]:
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == kind}


def _generate(folder: Path, found: list[Document], given: Document) -> None:
    data = dict(line.split("=", 1) for line in given.get("literals", []))
    for name in given.get("files", []):
        place = (folder / name).resolve()
        assert place.is_relative_to(folder.resolve()), f"{folder}: {name} is outside, which kustomize refuses"
        data[place.name] = place.read_text(encoding="utf-8")
    there = named(found, "ConfigMap").get(given["name"])
    assert (there is not None) == (given.get("behavior") == "merge"), given["name"]
    if there is not None:
        there["data"] |= data
    else:
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": given["name"]}, "data": data})


def _patch(found: list[Document], patch: Document) -> None:
    target = named(found, patch["kind"])[patch["metadata"]["name"]]
    assert target["apiVersion"] == patch["apiVersion"]
    if patch.get("$patch") == "delete":
        found.remove(target)
    else:
        _merge(target, patch)


def _merge(target: Document, patch: Document) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        elif isinstance(value, list) and all(isinstance(each, dict) and "name" in each for each in value):
            there = {each["name"]: each for each in target[key]}
            for each in value:
                if each["name"] in there:
                    _merge(there[each["name"]], each)
                else:
                    target[key].append(each)
        else:
            target[key] = value
