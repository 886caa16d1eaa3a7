"""The shape of the package: layers, product names, what an import costs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache

import pytest

from clusterproof import paths
from clusterproof.manifest import read_yaml

LAYERS = [
    {"stub", "errors", "model", "paths", "serial", "clock", "quick_import", "nearest"},
    {"judge", "checklist", "redact", "manifest", "render", "stopping", "submission"},
    {"parameters"},
    {"cluster"},
    {"testbed"},
    {"bench"},
    {"instruments", "registry"},
    {"checks", "fit"},
    {"notebook"},
    {"report"},
    {"runner", "prove", "plan", "attest", "catalog", "product", "compare", "suite", "panel"},
    {"cli", "__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
FILES = sorted(paths.PACKAGE.rglob("*.py"))


def layer_of(file):
    return file.relative_to(paths.PACKAGE).parts[0].removesuffix(".py")


def at_run_time(tree):
    """Yield nodes, leaving out what stands under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        yield node
        yield from at_run_time(node)


def imported(file):
    for node in at_run_time(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "clusterproof":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("clusterproof."))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(paths.PACKAGE)))
def test_no_layer_imports_a_higher_one(file):
    own = layer_of(file)
    if own == "__init__":
        return
    assert own in RANK, f"{own} belongs to no layer: name it in tests/test_layers.py"
    higher = {name for name in imported(file) if name in RANK and RANK[name] > RANK[own]}
    assert not higher


@cache
def product_names():
    """Every product that the data names: vendors, backends, add-ons."""
    vendors = read_yaml(paths.PACKAGE / "cluster" / "accelerators.yaml")["vendors"]
    resources = {part.split("/")[0].split(".")[-2] for row in vendors for part in row.get("resources", [])}
    backends = {file.stem for file in (paths.PACKAGE / "manifests").glob("*/*.yaml")} - {
        "native",
        "dynamic",
        "fragments",
    }
    others = {"traefik", "istio", "envoy", "kubeflow", "pytorch", "karpenter", "jobset", "kuberay", "cuda"}
    return (resources | backends | others) - {"clusterproof", "google", "amazon", "intel", "gateway", "operators"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(paths.PACKAGE)))
def test_no_product_is_named_in_python(file):
    words = set(re.findall(r"[a-z]+", file.read_text(encoding="utf-8").lower()))
    assert not words & product_names()


def test_the_search_for_product_names_knows_some():
    assert {"nvidia", "amd", "kueue", "volcano", "traefik"} <= product_names()


@pytest.mark.parametrize("module", ["clusterproof", "clusterproof.cli.main"])
def test_an_import_loads_nothing_heavy(module):
    heavy = {"pandas", "kubernetes", "matplotlib", "papermill", "nbconvert", "lark"}
    code = f"import sys, {module}; print(*({heavy!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(paths.PACKAGE)))
def test_files_stay_small(file):
    if file.name == "model.py":
        return  # data only, and a docstring under each field
    limit = 150 if file.parent.name == "checks" else 200
    assert len(file.read_text(encoding="utf-8").splitlines()) <= limit
