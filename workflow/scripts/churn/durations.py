"""How long jobs took in earlier runs, so that the longest are started first."""

import json
from collections.abc import Sequence
from pathlib import Path


def longest_first(benchmarks: Path, names: Sequence[str]) -> dict[str, int]:
    """Rank jobs by the time that each took when it last ran.

    The longest first is the rule of Graham (1969): it keeps a long job from being left for the
    end, when it would run alone.

    Parameters
    ----------
    benchmarks : Path
        Folder with Snakemake's benchmark file of each job, ``NAME.jsonl``.
    names : sequence of str
        The jobs.

    Returns
    -------
    dict of str to int
        For each name its priority, 1 for the shortest. Those that never ran, or left no sound
        file, share the highest: nothing is known against their being the longest.
    """
    seconds = {name: _seconds(benchmarks / f"{name}.jsonl") for name in names}
    ranked = sorted(set(seconds.values()))
    return {name: 1 + ranked.index(value) for name, value in seconds.items()}


def _seconds(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["s"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return float("inf")
