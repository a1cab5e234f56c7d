"""What was measured, in a file a scenario, so that a measurement that was stopped goes on."""

import json
import platform
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from peers.base import BENCHMARKS, ROOT

FOLDER = BENCHMARKS / "results"
PACKAGES = ("snakemake", "hydra-core", "dvc", "scikit-learn", "pandas", "joblib")
CODE = (
    *(ROOT / "workflow", ROOT / "config", ROOT / "profiles"),
    *(BENCHMARKS / "peers", BENCHMARKS / "stages", BENCHMARKS / "scenarios.py"),
)


class Record:
    """The runs of one scenario.

    Parameters
    ----------
    scenario : str
        Its name.
    circumstances : mapping
        What the figures hold for; the runs of others are not kept.
    """

    def __init__(self, scenario: str, circumstances: dict[str, Any]) -> None:
        self.path = FOLDER / f"{scenario}.json"
        self.content: dict[str, Any] = {"circumstances": circumstances, "rounds": []}
        if self.path.is_file():
            earlier = json.loads(self.path.read_text(encoding="utf-8"))
            if earlier["circumstances"] == circumstances:
                self.content = earlier

    def has(self, number: int, peer: str) -> bool:
        """Tell whether a peer has run in a round."""
        rounds = self.content["rounds"]
        return number < len(rounds) and peer in rounds[number]

    def add(self, number: int, peer: str, measured: dict[str, float | str]) -> None:
        """Keep a run, in the file too."""
        rounds = self.content["rounds"]
        while len(rounds) <= number:
            rounds.append({})
        rounds[number][peer] = measured
        self.path.parent.mkdir(exist_ok=True)
        whole = self.path.with_suffix(".part")
        whole.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        whole.replace(self.path)

    def results(self) -> str:
        """Give the digest of the results of the first run."""
        return str(next(iter(self.content["rounds"][0].values()))["results"])


def circumstances(cores: int, table: str) -> dict[str, Any]:
    """Say what figures hold for.

    Parameters
    ----------
    cores : int
        The cores that may be used.
    table : str
        The table.
    """
    return {
        "cores": cores,
        "table": table,
        "machine": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "code": code_digest(),
    }


def code_digest() -> str:
    """Give a digest of what is measured."""
    digest = sha256()
    for place in CODE:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def all_records() -> dict[str, Any]:
    """Read what is there, by scenario."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    }
