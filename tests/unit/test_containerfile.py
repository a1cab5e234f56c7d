"""The image's recipe fits the project: its files, its lock, its Python, the profiles' plugins."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
RECIPE = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
STEPS = [line.split() for line in RECIPE.splitlines() if line and not line.startswith("#")]
LOCK = "requirements-cluster.txt"
PINNED = set(re.findall(r"^([\w.-]+)==", (ROOT / LOCK).read_text(), flags=re.MULTILINE))


def steps(word: str) -> list[list[str]]:
    return [rest for first, *rest in STEPS if first == word]


def test_files_that_are_copied_are_there():
    sources = [source for *sources, _ in steps("COPY") for source in sources]
    assert LOCK in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_packages_come_from_the_lock_alone():
    ((_, copied),) = [rest for rest in steps("COPY") if LOCK in rest]
    commands = [words for rest in steps("RUN") for words in _commands(rest)]
    (install,) = [words for words in commands if words[:2] == ["pip", "install"]]
    options = [word for word in install[2:] if word != "--no-cache-dir"]
    assert options == ["--require-hashes", "--requirement", copied]


def test_python_is_the_one_that_the_project_is_checked_for():
    ((image,),) = steps("FROM")
    version = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)-slim", image)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert version
    assert version[1] == project["tool"]["mypy"]["python_version"]
    assert version[1] in SpecifierSet(project["project"]["requires-python"])


def test_image_leaves_the_command_to_the_jobs():
    # Kubernetes and apptainer start a shell with Snakemake's command for each job.
    assert {first for first, *_ in STEPS} == {"FROM", "RUN", "COPY", "WORKDIR"}
    assert "snakemake" in PINNED


@pytest.mark.parametrize("profile", sorted(path.name for path in (ROOT / "profiles").iterdir()))
def test_image_has_the_plugins_of_the_profile(profile: str):
    keys = yaml.safe_load((ROOT / "profiles" / profile / "profile.yaml").read_text())
    plugins = {
        f"snakemake-{kind}-plugin-{keys[key]}"
        for kind, key in (("executor", "executor"), ("storage", "default-storage-provider"))
        if key in keys
    }
    assert plugins <= PINNED


def _commands(words: list[str]) -> list[list[str]]:
    """Split a step at its ``&&``."""
    return [command.split() for command in " ".join(words).split(" && ")]
