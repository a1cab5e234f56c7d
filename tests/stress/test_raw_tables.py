"""Raw tables by the thousand: valid results, or words and nothing written; no traceback, no hang.

Each is drawn from a seed and its number, so that a failure is found again.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from churn.customers import Customers
from churn.errors import InputError
from churn.features import process_features
from support.bad_tables import GOOD, finished_project
from support.project import Project
from support.spoiled_tables import spoiled_parquet, spoiled_table
from support.stress import FINISHED, REFUSED, Tally, chosen, generator, time_limit

# Tables a test, and tests.
BATCH = 100
TEXT = range(chosen(1, 15))
PARQUET = range(chosen(1, 20))
MISSING = ["", "NA", "null"]
DATA = {
    "delimiter": ",",
    "id": "id",
    "target": "churn",
    "positive_label": "yes",
    "numeric": ["age"],
    "categorical": [],
    "drop": [],
}
OUTPUTS = {"train": "train.parquet", "test": "test.parquet", "profile": "profile.json"}


def outcome_of(raw: Path, folder: Path) -> str:
    """Process a table, and look at what was written or said."""
    outputs = {key: folder / name for key, name in OUTPUTS.items()}
    paths = {key: str(path) for key, path in outputs.items()}
    try:
        with time_limit():
            process_features(
                str(raw),
                **paths,
                data=DATA,
                features={"missing_values": MISSING, "test_size": 0.2},
                seed=42,
            )
    except InputError as error:
        problems = error.problems
    else:
        problems = []
    if problems:
        assert all(problem.strip() and "\n" not in problem for problem in problems)
        assert all(len(problem) < 5_000 for problem in problems)
        assert not any(path.exists() for path in outputs.values())
        return REFUSED
    train, test = Customers.read(outputs["train"]), Customers.read(outputs["test"])
    for part in (train, test):
        assert {*part.target} == {0, 1}
        assert len(part.features) == len(part.ids) == len(part)
    assert not {*train.ids} & {*test.ids}
    assert json.loads(outputs["profile"].read_text())
    return FINISHED


def try_all(
    name: str, batch: int, spoil: Callable[[Random], bytes], folder: Path, tally: Tally
) -> None:
    suffix = ".parquet" if spoil is spoiled_parquet else ".csv"
    with tally.counting() as count:
        for number in range(batch * BATCH, (batch + 1) * BATCH):
            place = folder / str(number)
            place.mkdir()
            raw = place / f"raw{suffix}"
            raw.write_bytes(spoil(generator(name, number)))
            try:
                count(outcome_of(raw, place))
            except Exception as error:
                raise AssertionError(f"{name} {number}: {error!r}") from error
            shutil.rmtree(place)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", TEXT)
def test_spoiled_csv(batch: int, tmp_path: Path, tally: Tally):
    """Raw tables as CSV."""
    try_all("csv", batch, spoiled_table, tmp_path, tally)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("batch", PARQUET)
def test_spoiled_parquet(batch: int, tmp_path: Path, tally: Tally):
    """Raw tables as Parquet."""
    try_all("parquet", batch, spoiled_parquet, tmp_path, tally)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return finished_project(tmp_path_factory.mktemp("tables") / "project")


@pytest.mark.parametrize("number", range(chosen(1, 10)))
def test_spoiled_csv_in_a_run(project: Project, number: int, tally: Tally):
    """Raw tables as CSV through snakemake."""
    before = project.digests()
    raw = project.path("customers.csv")
    try:
        with tally.counting() as count:
            raw.write_bytes(spoiled_table(generator("run", number)))
            outcome = project.snakemake("process_features", config=())
            assert "Traceback" not in outcome.output, outcome.output
            if outcome.code:
                assert outcome.output.count("Error: ") == 1, outcome.output
                assert project.digests() == before
            count(REFUSED if outcome.code else FINISHED)
    finally:
        raw.write_bytes(GOOD)
        project.snakemake(config=()).succeeded()
    assert project.digests() == before
