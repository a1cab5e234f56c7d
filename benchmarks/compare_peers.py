"""Measure this workflow and its peers side by side, on the same work, in the same rounds.

    python benchmarks/compare_peers.py
    python benchmarks/compare_peers.py --scenario cold nothing --rounds 3

Runs happen in temporary folders. Each is kept at once in benchmarks/results, and a command that was
stopped goes on where it was; a change of the code that is measured starts anew. In the end
the tables and the plot in that folder are written.
"""

# ruff: noqa: E402 (what is set before the imports is about them)
import argparse
import os
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
from drawing import draw
from peer_environment import InstallError, prepare_environment
from peers.base import PEER_PYTHON, ROOT, Work
from records import FOLDER, Record, all_records, circumstances
from rounds import PeerError, measure, say
from scenarios import PEERS, SCENARIOS, USUAL, Scenario
from tables import as_markdown

TELCO_ROWS = 7043
IN_OWN_ENVIRONMENT = {"kedro_sequential", "kedro_parallel", "hydra_multirun"}


def main() -> None:
    """Measure as the command line says and write the tables and the plot."""
    options = read_options()
    try:
        for name in options.scenario:
            measure_scenario(name, options)
    except (InputError, PeerError, InstallError) as error:
        raise SystemExit(f"Error: {error}") from None
    records = all_records()
    text = as_markdown(records)
    (FOLDER / "README.md").write_text(text, encoding="utf-8")
    draw(records, FOLDER / "speed.svg")
    print(text, end="")


def measure_scenario(name: str, options: argparse.Namespace) -> None:
    """Measure one scenario."""
    scenario = SCENARIOS[name]
    peers = [PEERS[key] for key in scenario.peers if not options.peers or key in options.peers]
    if IN_OWN_ENVIRONMENT.intersection(peer.key for peer in peers):
        say(f"packages of peers: {PEER_PYTHON.parents[1]}")
        prepare_environment()
    say(f"{scenario.title}: about {scenario.minutes} min for 5 rounds on 2 idle cores")
    work = resolve(scenario, scenario.overrides, options)
    before = None if scenario.before is None else resolve(scenario, scenario.before, options)
    table = "generated" if scenario.rows or not options.table else digest_of(options.table)
    record = Record(name, circumstances(options.cores, table))
    measure(peers, work, before, options.rounds, record)


def read_options() -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--scenario",
        nargs="+",
        choices=SCENARIOS,
        default=USUAL,
        metavar="NAME",
        help=f"of {', '.join(SCENARIOS)}; default: all but rows_1m, which needs 8 GB of memory",
    )
    parser.add_argument(
        "--peers",
        nargs="+",
        choices=PEERS,
        metavar="PEER",
        help=f"only these of {', '.join(PEERS)}",
    )
    parser.add_argument("--rounds", type=positive, default=5, help="default: %(default)s")
    parser.add_argument("--cores", type=positive, default=2, help="default: %(default)s")
    parser.add_argument(
        "--table",
        type=Path,
        default=telco_at_hand(),
        help="the Telco CSV file that config/data/telco pins; default: telco.csv in the folder "
        "CHURN_TEST_DATA, else customers in its shape are generated",
    )
    options = parser.parse_args()
    if options.table and not options.table.is_file():
        parser.error(f"--table {options.table}: there is no such file")
    return options


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number from 1")
    return int(text)


def telco_at_hand() -> Path | None:
    """Name the Telco table that the tests use, if it is there."""
    path = Path(os.environ.get("CHURN_TEST_DATA", "")) / "telco.csv"
    return path if "CHURN_TEST_DATA" in os.environ and path.is_file() else None


def digest_of(table: Path) -> str:
    """Name a table by its digest."""
    return f"SHA-256 {sha256(table.read_bytes()).hexdigest()[:16]}"


def resolve(scenario: Scenario, overrides: tuple[str, ...], options: argparse.Namespace) -> Work:
    """Compose the work's settings as the workflow does.

    Parameters
    ----------
    scenario : Scenario
    overrides : tuple of str
        Those of the scenario that are wanted.
    options : Namespace
        The command line's ``table`` and ``cores``.

    Returns
    -------
    Work

    Raises
    ------
    InputError
        If the models or overrides fit nothing, for one.
    """
    generated = scenario.rows or not options.table
    source = (
        f"data.source.rows={scenario.rows or TELCO_ROWS}"
        if generated
        else f"data.source.url={options.table.resolve().as_uri()}"
    )
    words = {
        "data": "synthetic" if generated else "telco",
        "model": f"[{','.join(scenario.models)}]",
        "overrides": " ".join([source, *overrides]),
        "tracking": "off",
        "versioning": "off",
    }
    with tempfile.TemporaryDirectory() as folder:
        check = partial(check_estimators, cache=Path(folder) / "estimators.json")
        typed = {**words, "model": list(scenario.models)}
        run = load(ROOT / "config", {}, typed, check)
    settings = {
        "source": run.section("data.source"),
        "data": run.section("data", leave_out=["slices", "source"]),
        "slices": run.section("data.slices"),
        "evaluation": run.section("evaluation", leave_out=["explanations", "gates"]),
        **{key: run.section(key) for key in ("features", "training", "seed")},
        "models": {name: run.model(name) for name in run.models},
        "cores": options.cores,
    }
    return Work(words, tuple(run.models), options.cores, settings)


if __name__ == "__main__":
    main()
