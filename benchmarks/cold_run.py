"""Measure the cold run of the four stages side by side: this workflow and its peers.

    python benchmarks/cold_run.py --table Telco-Customer-Churn.csv

Everything happens in temporary folders; nothing else is written but the file of ``--output``.
"""

# ruff: noqa: E402 (what is set before the imports is about them)
import argparse
import shutil
import sys
import tempfile
from functools import partial
from hashlib import sha256
from pathlib import Path

# The project's own folders stay as they are; the peers' copies are compiled.
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from churn.config.loading import load
from churn.errors import InputError
from churn.estimator_checks import check_estimators
from peers.base import ROOT, Peer, Work
from peers.dvc_repro import DvcRepro, models_in_parallel, models_in_turn, stage_per_model
from peers.joblib_floor import JoblibFloor
from peers.workflow import Workflow, config_words
from rounds import PeerError, measure, warm_up
from tables import as_markdown

PEERS: tuple[Peer, ...] = (
    Workflow(),
    DvcRepro("`dvc repro`, a stage a model", stage_per_model),
    DvcRepro("`dvc repro`, four stages, models in turn", models_in_turn),
    DvcRepro("`dvc repro`, four stages, models in parallel", models_in_parallel),
    JoblibFloor(),
)
MODELS = ("logistic_regression", "random_forest", "gradient_boosting")


def main() -> None:
    """Measure as the command line says and print the tables."""
    options = read_options()
    try:
        with tempfile.TemporaryDirectory(prefix="cold_run.", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            # A name without characters that would have to be quoted.
            table = folder / "table.csv"
            shutil.copyfile(options.table, table)
            plan = partial(resolve, folder, table.as_uri(), cores=options.cores)
            work, small = plan(tuple(options.models)), plan(tuple(options.models[:1]))
            check_digest(options.table, work)
            warm_up(PEERS, small, folder / "warm-up")
            seconds = measure(PEERS, work, options.rounds, folder)
    except (InputError, PeerError) as error:
        raise SystemExit(f"Error: {error}") from None
    text = as_markdown(PEERS, work, seconds)
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


def read_options() -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--table", type=Path, required=True, help="the Telco CSV file that config/data/telco pins"
    )
    parser.add_argument("--rounds", type=positive, default=5, help="default: %(default)s")
    parser.add_argument("--cores", type=positive, default=2, help="default: %(default)s")
    parser.add_argument(
        "--models", nargs="+", default=MODELS, help=f"default: {' '.join(MODELS)}", metavar="MODEL"
    )
    parser.add_argument("--output", type=Path, help="file for the tables")
    options = parser.parse_args()
    if not options.table.is_file():
        parser.error(f"--table {options.table}: there is no such file")
    return options


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number from 1")
    return int(text)


def check_digest(table: Path, work: Work) -> None:
    """Raise InputError unless the table is the one that the config pins."""
    found, pinned = sha256(table.read_bytes()).hexdigest(), work.settings["source"]["sha256"]
    if found != pinned:
        raise InputError(
            f"--table {table}: its SHA-256 is {found}, but config/data/telco.yaml pins {pinned}"
        )


def resolve(folder: Path, table: str, models: tuple[str, ...], *, cores: int) -> Work:
    """Compose the work's settings as the workflow does.

    Parameters
    ----------
    folder : Path
        Where the checked estimators may be noted.
    table : str
        URL of the raw table.
    models : tuple of str
        Names of model configs.
    cores : int
        The cores that may be used.

    Returns
    -------
    Work

    Raises
    ------
    InputError
        If there is no such model, for one.
    """
    check = partial(check_estimators, cache=folder / "estimators.json")
    run = load(ROOT / "config", {}, config_words(table, models), check)
    settings = {
        "source": run.section("data.source"),
        "data": run.section("data", leave_out="source"),
        **{key: run.section(key) for key in ("features", "training", "evaluation", "seed")},
        "models": {name: run.model(name) for name in models},
        "cores": cores,
    }
    return Work(table, models, cores, settings)


if __name__ == "__main__":
    main()
