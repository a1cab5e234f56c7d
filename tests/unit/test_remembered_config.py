"""A configuration that was validated once is not composed again, and never taken for another."""

import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from churn.config.display import as_command, as_yaml, with_origins
from churn.config.remembering import load
from churn.config.run import Run
from churn.estimator_checks import check_estimators
from support.configs import CONFIG
from support.project import ROOT

TYPED = {"model": ["random_forest"], "overrides": "model.params.max_depth=4,8 seed=7"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


def get(config: Path, typed: dict[str, Any], files: dict[str, Any] | None = None) -> Run:
    check = partial(check_estimators, cache=config.parent / "estimators.json")
    return load(config, files or {}, typed, check, cache=config.parent / "configs")


def is_remembered(config: Path, typed: dict[str, Any]) -> bool:
    """Tell whether a second call composes nothing."""
    composed = []
    check = partial(check_estimators, cache=config.parent / "estimators.json")
    note = partial(composed.append, True)
    load(config, {}, typed, check, cache=config.parent / "configs", before_composing=note)
    return not composed


def test_remembered_is_the_same_as_composed(config: Path):
    composed, remembered = get(config, TYPED), get(config, TYPED)
    assert is_remembered(config, TYPED)
    assert remembered == composed
    assert with_origins(remembered) == with_origins(composed)
    assert as_yaml(remembered) == as_yaml(composed)
    assert as_command(remembered) == as_command(composed)


def test_remembered_loads_no_hydra(config: Path):
    get(config, TYPED)
    code = (
        "import sys; from functools import partial; from pathlib import Path\n"
        "from churn.config.remembering import load\n"
        "from churn.estimator_checks import check_estimators\n"
        f"check = partial(check_estimators, cache=Path('estimators.json'))\n"
        f"load(Path('config'), {{}}, {TYPED!r}, check, cache=Path('configs'))\n"
        "print({'hydra', 'omegaconf', 'pydantic', 'sklearn'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=config.parent,
        env={"PYTHONPATH": str(ROOT / "workflow" / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_edited_file_and_other_words_are_composed(config: Path):
    get(config, TYPED)
    path = config / "training" / "default.yaml"
    path.write_text(path.read_text().replace("folds: 5", "folds: 3"))
    assert get(config, TYPED).section("training.cross_validation.folds") == 3
    assert get(config, {**TYPED, "seed": "8", "overrides": ""}).section("seed") == 8
    assert get(config, {}, {"seed": 9}).section("seed") == 9


def test_environment_is_read_each_time(config: Path, monkeypatch: pytest.MonkeyPatch):
    path = config / "config.yaml"
    path.write_text(path.read_text().replace("seed: 42", "seed: ${oc.env:OUR_SEED}"))
    for seed in (1, 2):
        monkeypatch.setenv("OUR_SEED", str(seed))
        assert get(config, {}).section("seed") == seed


def test_secrets_are_left_nowhere(config: Path):
    secret = "hunter2-of-the-source"
    url = f"https://user:{secret}@example.com/customers.csv"
    typed = {"data": "telco", "overrides": [f"data.source.url='{url}'"]}
    assert get(config, typed).section("data.source.url") == url
    left = [path for path in config.parent.rglob("*") if path.is_file()]
    assert not any(secret.encode() in path.read_bytes() for path in left)
    assert not is_remembered(config, typed)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"shared": {}}', b"\xff"])
def test_damaged_file_is_made_anew(config: Path, damage: bytes):
    expected = get(config, TYPED)
    (path,) = (config.parent / "configs").glob("*.json")
    path.write_bytes(damage)
    assert get(config, TYPED) == expected
    assert json.loads(path.read_bytes())
    assert is_remembered(config, TYPED)


def test_few_are_kept(config: Path):
    for seed in range(25):
        get(config, {"model": ["baseline"], "seed": str(seed)})
    assert len(list((config.parent / "configs").glob("*.json"))) == 20
    assert is_remembered(config, {"model": ["baseline"], "seed": "24"})
