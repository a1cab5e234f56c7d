"""Settings by the thousand: YAML files, words of the command line, environment variables.

Each gives a configuration that is whole, or words; never a traceback, never a hang, and nothing
of it is executed.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from churn.errors import InputError
from snakemake.cli import parse_config
from support.configs import CONFIG, load_config
from support.mutations import mutated
from support.project import Project
from support.stress import FINISHED, REFUSED, Tally, chosen, generator, time_limit

FILES = sorted(str(path.relative_to(CONFIG)) for path in CONFIG.rglob("*.yaml"))
EXECUTED = "executed"
VALUES = (
    "null",
    "~",
    "[]",
    "{}",
    "''",
    "-1",
    "0",
    "1e400",
    ".nan",
    "9" * 400,
    "yes",
    "0x10",
    "2020-01-01",
    "[1, [2, [3]]]",
    "{a: {b: c}}",
    "${seed}",
    "${nothing.there}",
    "${oc.env:HOME}",
    "${oc.env:NOT_SET_ANYWHERE}",
    "${",
    "???",
    "&a [*a]",
    "*nobody",
    "<<: {a: 1}",
    "!!binary aGVsbG8=",
    f"!!python/object/apply:os.system ['touch {EXECUTED}']",
    f"!!python/object/new:os.system [touch {EXECUTED}]",
    "'../../../etc/passwd'",
    "os.system",
    "builtins.eval",
    "subprocess.Popen",
    "[" * 200,
    "x" * 100_000,
    "é\u202e\u0000",
)
BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n".encode()
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
KEYS = (
    "seed",
    "model",
    "models",
    "data",
    "features.test_size",
    "data.source.rows",
    "training",
    "model.params.max_depth",
    "notifications",
    "overrides",
    "hydra.run.dir",
    "champion",
    "",
    "a.b.c",
    "_target_",
)


def spoiled_yaml(content: bytes, draw: Random) -> bytes:
    """Spoil a file: a value, a line's depth, a key twice, or bytes anywhere."""
    lines = content.decode().split("\n")
    at = draw.randrange(len(lines))
    key, colon, _ = lines[at].partition(":")
    kind = draw.randrange(6)
    if kind <= 1:
        lines[at] = f"{key}{colon or ': '} {draw.choice(VALUES)}"
    elif kind == 2:
        lines[at] = draw.choice(("\t", " ", "  - ", "    ")) + lines[at]
    elif kind == 3:
        lines.insert(at, lines[draw.randrange(len(lines))])
    elif kind == 4:
        return content + BOMB if draw.random() < 0.1 else content + content
    else:
        return mutated(content, draw)
    return "\n".join(lines).encode()


def spoiled_word(draw: Random) -> str:
    """Write a word that might follow ``--config``."""
    key, value = draw.choice(KEYS), draw.choice((*VALUES, "all", "[baseline,all]", "1,2", "a=b"))
    kind = draw.randrange(4)
    if kind == 0:
        return f"overrides={draw.choice(('', '+', '++', '~'))}{key}={value}"
    if kind == 1:
        name = key.split(".")[0] or "data"
        return f"{name}={{{key}: {value}}}"
    word = f"{key.replace('.', '_')}={value}"
    return mutated(word.encode(), draw).decode(errors="ignore") if kind == 2 else word


def outcome_of(cache: Path, typed: Mapping[str, Any], folder: Path = CONFIG) -> str:
    """Load, and look at what came out or was said."""
    problems: list[str] = []
    try:
        with time_limit():
            run = load_config(cache, typed, folder=folder)
    except InputError as error:
        problems = error.problems or [""]
    assert not Path(EXECUTED).exists()
    if problems:
        assert all(problem.strip() and "\n" not in problem for problem in problems), problems
        return REFUSED
    assert run.models
    assert all("/" not in name and name not in {".", ".."} for name in run.models)
    assert run.shared
    return FINISHED


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "estimators.json"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", FILES)
def test_spoiled_yaml(file: str, cache: Path, tally: Tally):
    """YAML files of the configuration."""
    folder = cache.with_name("config")
    shutil.copytree(CONFIG, folder)
    path = folder / file
    whole = path.read_bytes()
    group, name = path.parent.name, path.stem
    # One model, as all of them are composed anew each time.
    typed = {"models": ["baseline"]} | ({} if group == "config" else {group: name})
    with tally.counting() as count:
        for number in range(chosen(6, 30)):
            path.write_bytes(spoiled_yaml(whole, generator(file, number)))
            try:
                count(outcome_of(cache, typed, folder))
            except Exception as error:
                raise AssertionError(f"{file} {number}: {error!r}") from error


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", range(chosen(1, 8)))
def test_spoiled_words(batch: int, cache: Path, tally: Tally):
    """Words of the command line."""
    with tally.counting() as count:
        for number in range(batch * 100, (batch + 1) * 100):
            draw = generator("words", number)
            words = [spoiled_word(draw) for _ in range(draw.randint(1, 3))]
            try:
                typed = parse_config(words)
            except ValueError:
                # Snakemake itself tells how words have to be.
                count("refused by Snakemake")
                continue
            try:
                count(outcome_of(cache, typed))
            except Exception as error:
                raise AssertionError(f"{number} {words}: {error!r}") from error


VARIABLES = (
    "CHURN_NOTIFY_URLS",
    "CHURN_NOTIFY_URLS_CRITICAL",
    "CHURN_LOG_LEVEL",
    "CHURN_ERROR_WORDS",
    "MLFLOW_TRACKING_URI",
    "OMP_NUM_THREADS",
    "PYTHONWARNINGS",
    "LANG",
    "TZ",
)
ODD = (
    "",
    " ",
    "nonsense",
    "://",
    "json://",
    "http://[::1",
    "a" * 50_000,
    "-1",
    "é\udcff",
    "%zz",
    "{}",
)


@pytest.mark.parametrize("number", range(chosen(1, 8)))
def test_odd_environment(finished: Project, finished_once: Project, number: int, tally: Tally):
    """Environment variables of a run."""
    draw = generator("environment", number)
    values = {name: draw.choice(ODD) for name in VARIABLES}
    # A run that has work to do in each stage, and tries to tell of it.
    config = ("models=[baseline,logistic_regression]", "data={source: {rows: 400}}")
    with tally.counting() as count:
        outcome = finished.snakemake(
            "--forcerun",
            "name_champion",
            config=(*config, "notifications=apprise"),
            variables=os.environ | values,
        )
        assert "Traceback" not in outcome.output, f"{values}\n{outcome.output}"
        if outcome.code == 0:
            assert finished.digests() == finished_once.digests()
        count(REFUSED if outcome.code else FINISHED)
