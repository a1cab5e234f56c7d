"""environment.yml, pyproject.toml and the locks name the same direct dependencies."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
# Names that differ between the two worlds.
CONDA_NAMES = {"snakemake": "snakemake-minimal"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
CLUSTER = [Requirement(text) for text in PROJECT["project"]["optional-dependencies"]["cluster"]]
DEVELOPMENT = [Requirement(text) for text in PROJECT["dependency-groups"]["dev"]]


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([\w.-]+)==([\w.+!]+)", text, flags=re.MULTILINE))


def test_environment_yml_names_the_same_packages_and_versions():
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {name: SpecifierSet(version) for name, _, version in (s.partition(" ") for s in lines)}
    python = conda.pop("python")
    assert python == SpecifierSet(PROJECT["project"]["requires-python"])
    assert conda == {CONDA_NAMES.get(r.name, r.name): r.specifier for r in RUNTIME}


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.txt", RUNTIME),
        ("requirements-dev.txt", RUNTIME + DEVELOPMENT),
        ("requirements-cluster.txt", RUNTIME + CLUSTER),
    ],
)
def test_locks_satisfy_the_direct_dependencies(lock: str, requirements: list[Requirement]):
    versions = locked(lock)
    unmet = [r for r in requirements if not r.specifier.contains(versions.get(r.name, "0"))]
    assert unmet == []


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "requirements-cluster.txt"])
def test_other_locks_extend_the_first(lock: str):
    assert locked("requirements.txt").items() <= locked(lock).items()


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-dev.txt", "requirements-cluster.txt"]
)
def test_locks_pin_hashes_and_name_no_index(lock: str):
    text = (ROOT / lock).read_text()
    pins = len(re.findall(r"^[\w.-]+==", text, flags=re.MULTILINE))
    hashed = len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:", text, flags=re.MULTILINE))
    assert pins == hashed > 100
    assert "://" not in text
    assert "index-url" not in text
