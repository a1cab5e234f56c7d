"""Results that were cut, emptied or overwritten: the job that reads one names it, in words.

Nothing else may change, and once the file is as it was there is nothing left to do.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from churn.customers import Customers, read_table
from churn.errors import DamagedFileError, InputError
from churn.files import read_csv, read_json, read_yaml
from churn.persistence import load_model
from churn.scoring import score_customers
from support.mutations import MUTATIONS
from support.project import Project
from support.stress import ALL, FINISHED, Tally, chosen, generator

# Results that jobs read, by the rule that makes them; of each model's the same.
READ = (
    "comparison.json",
    "config.yaml",
    "data/download.json",
    "data/leakage.json",
    "data/processed/test.parquet",
    "data/processed/train.parquet",
    "data/profile.json",
    "data/raw/customer_churn.csv",
    "evaluation/logistic_regression/curves.json",
    "evaluation/logistic_regression/predictions.parquet",
    "evaluation/logistic_regression/report.json",
    "explanations/logistic_regression.json",
    "models/logistic_regression/metrics.json",
    "models/logistic_regression/model.skops",
    "models/logistic_regression/out_of_fold.parquet",
)
# The page that shows the configuration takes it as text; the other tells of models that failed.
EXPECTED = {"plots/configuration.html", "partial_leaderboard.csv"}
NAMED = "named in words"
UNREAD = "without effect"
OFFICE = ("background.parquet", "model.skops", "record.json", "scoring.json")
READERS: dict[str, Callable[[Path], Any]] = {
    "comparison.json": read_json,
    "leaderboard.csv": read_csv,
    "config.yaml": read_yaml,
    "data/processed/train.parquet": Customers.read,
    "evaluation/logistic_regression/predictions.parquet": read_table,
    "models/logistic_regression/model.skops": load_model,
}


def cut(content: bytes, draw: Random) -> bytes:
    return content[: draw.randrange(1, len(content) - 8)]


def emptied(content: bytes, draw: Random) -> bytes:
    return b""


def overwritten(content: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(content) - 8)
    return content[:at] + draw.randbytes(64) + content[at + 64 :]


def zeros(content: bytes, draw: Random) -> bytes:
    """What a crash of the machine may leave of a file."""
    return bytes(len(content))


def cut_at_a_line(content: bytes, draw: Random) -> bytes:
    """What is left of a table is a table."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: draw.randrange(len(lines) // 2, len(lines))])


def key_left_out(content: bytes, draw: Random) -> bytes:
    record = json.loads(content)
    # Generated customers alone have a truth, so nobody misses it.
    del record[draw.choice([key for key in record if key != "truth"])]
    return json.dumps(record).encode()


DAMAGES = (cut, emptied, overwritten, zeros)
OF_A_KIND = {".csv": (cut_at_a_line,), ".json": (key_left_out,)}
CASES = [
    (name, damage) for name in READ for damage in (*DAMAGES, *OF_A_KIND.get(Path(name).suffix, ()))
]
# Each damage once.
SAMPLE = [
    ("data/processed/train.parquet", cut),
    ("data/profile.json", emptied),
    ("models/logistic_regression/model.skops", overwritten),
    ("comparison.json", zeros),
    ("data/raw/customer_churn.csv", cut_at_a_line),
    ("evaluation/logistic_regression/report.json", key_left_out),
]


@pytest.fixture(scope="module")
def project(finished_once: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = finished_once.copy(tmp_path_factory.mktemp("damaged") / "project")
    yield project
    project.snakemake().succeeded()
    assert project.digests() == finished_once.digests()


@pytest.mark.parametrize(("name", "damage"), CASES if ALL else SAMPLE)
def test_damaged_between_two_runs(
    project: Project,
    finished_once: Project,
    name: str,
    damage: Callable[[bytes, Random], bytes],
    tally: Tally,
):
    """Results damaged between two runs."""
    path = project.path("results") / name
    whole, before = path.read_bytes(), project.digests()
    with tally.counting() as count:
        path.write_bytes(damage(whole, generator(name, CASES.index((name, damage)))))
        damaged = project.digests(name)
        outcome = project.snakemake()
        after = project.digests()
        path.write_bytes(whole)
        assert "Traceback" not in outcome.output, outcome.output
        if outcome.code:
            named = rf"^  results/{re.escape(name)}: (damaged|not a model)"
            assert re.search(named, outcome.output, re.M), outcome.output
        changed = {key for key in after if after[key] != (before | damaged).get(key)}
        assert changed <= EXPECTED
        if not outcome.code:
            # What was made from it while it was damaged is made again.
            project.snakemake().succeeded()
            assert project.digests().items() >= finished_once.digests().items()
        # Read by no job, or damaged where nothing is that counts.
        count(NAMED if outcome.code else UNREAD)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
def test_damaged_bytes_anywhere(finished_once: Project, name: str, tmp_path: Path, tally: Tally):
    """Results damaged anywhere, and read."""
    whole = (finished_once.path("results") / name).read_bytes()
    path = tmp_path / Path(name).name
    with tally.counting() as count:
        for number in range(chosen(100, 5_000)):
            draw = generator(name, number)
            path.write_bytes(draw.choice(MUTATIONS)(whole, draw))
            try:
                READERS[name](path)
            except InputError as error:
                problem = str(error)
            else:
                problem = ""
            assert not problem or problem.startswith(f"{path}: "), f"{number}: {problem}"
            assert "\n" not in problem, f"{number}: {problem}"
            count(NAMED if problem else "still readable")


def test_no_changed_value_is_read_from_a_table(
    tmp_path: Path, finished_once: Project, tally: Tally
):
    """One bit changed in a table."""
    name = "evaluation/logistic_regression/predictions.parquet"
    original = finished_once.path("results") / name
    whole, expected = original.read_bytes(), read_table(original)
    pages = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    path = tmp_path / "predictions.parquet"
    with tally.counting() as count:
        for number in range(chosen(200, 5_000)):
            draw = generator("bit", number)
            content = bytearray(whole)
            # The description of the columns follows; its length stands at the end.
            content[draw.randrange(4, pages)] ^= 1 << draw.randrange(8)
            path.write_bytes(content)
            try:
                found = read_table(path)
            except DamagedFileError:
                count(NAMED)
                continue
            for column in expected:
                assert np.array_equal(found[column], expected[column]), number
            count(FINISHED)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OFFICE)
def test_damaged_champion(finished_once: Project, name: str, tmp_path: Path, tally: Tally):
    """Champions damaged, and asked for scores."""
    champion = tmp_path / "champion"
    shutil.copytree(finished_once.path("results/champion"), champion)
    customers, scores = tmp_path / "customers.csv", tmp_path / "scores.csv"
    raw = finished_once.path("results/data/raw/customer_churn.csv").read_text().splitlines()
    customers.write_text("\n".join(raw[:4]) + "\n")
    score_customers(str(customers), str(scores), str(champion))
    expected, whole = scores.read_bytes(), (champion / name).read_bytes()
    with tally.counting() as count:
        for damage in DAMAGES:
            for number in range(chosen(1, 20)):
                scores.unlink(missing_ok=True)
                (champion / name).write_bytes(damage(whole, generator(name, number)))
                try:
                    score_customers(str(customers), str(scores), str(champion))
                except InputError as error:
                    assert str(error).startswith(f"{champion / name}: ")  # noqa: PT017
                    assert not scores.exists()
                    count(NAMED)
                else:
                    assert scores.read_bytes() == expected
                    count(UNREAD)
