"""Fit what each rule needs, over the size of its input, to the benchmark files of finished runs.

    for n in 2000 20000 100000; do
        snakemake --cores 1 --directory /tmp/fit/$n --config "data={source: {rows: $n}}"
    done
    python benchmarks/fit_resources.py /tmp/fit/*

prints the table for ``workflow/scripts/churn/resources.py``. `--directory` needs a copy of
``config/`` in each folder. For each rule a line is fitted by least squares to the largest value
of each size (the neediest model) and lifted above all; then memory gets a third more, and
CPU time, which a busy machine does not stretch, is taken three times.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

MEMORY_MARGIN = 1.33
TIME_MARGIN = 3.0
TRAIN, TEST = "data/processed/train.parquet", "data/processed/test.parquet"
# By rule: the inputs whose size counts, as named in the rule's resources, and its outputs.
FILES = {
    "download_data": ([], ["data/raw/*"]),
    "process_features": (["data/raw/*"], ["data/processed/*", "data/profile.json"]),
    "train_model": ([TRAIN], ["models/{model}/*"]),
    "evaluate_model": ([TRAIN, TEST], ["evaluation/{model}/*"]),
    "explain_model": ([TEST], ["explanations/{model}.json"]),
    "compare_models": (
        ["models/*/metrics.json", "evaluation/*/predictions.parquet"],
        ["leaderboard.csv", "comparison.json", "config.yaml"],
    ),
    "check_leakage": ([TRAIN, TEST], ["data/leakage.json"]),
    "name_champion": ([TRAIN, TEST], ["champion.json", "champion/*"]),
    "draw_plots": (
        ["evaluation/*/report.json", "evaluation/*/curves.json"],
        ["plots/*"],
    ),
    "write_model_card": ([], ["model_card.*"]),
    "enforce_gates": ([], ["gates_passed.txt"]),
}


def main() -> None:
    """Print a line of the table for every rule that was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, help="folders of finished runs")
    folders = parser.parse_args().folders
    for rule in FILES:
        points = [point for folder in folders for point in measured(folder / "results", rule)]
        if points:
            print(f"    {as_code(rule, np.array(points))},")


def measured(results: Path, rule: str) -> Iterator[tuple[float, float, float, float]]:
    """Give size of the input, peak memory, CPU seconds and size of the output of a rule's jobs."""
    inputs, outputs = FILES[rule]
    for benchmark in sorted(results.glob(f"benchmarks/{rule}*/**/*.jsonl")) or sorted(
        results.glob(f"benchmarks/{rule}.jsonl")
    ):
        job = json.loads(benchmark.read_text().splitlines()[-1])
        made = [name.format(model=benchmark.stem) for name in outputs]
        yield size_mb(results, inputs), job["max_rss"], job["cpu_time"], size_mb(results, made)


def size_mb(results: Path, patterns: list[str]) -> float:
    """Add up the sizes of files in MB."""
    files = (file for pattern in patterns for file in results.glob(pattern) if file.is_file())
    return sum(file.stat().st_size for file in files) / 1024**2


def as_code(rule: str, points: np.ndarray) -> str:
    """Write the fitted needs as a line of Python."""
    size, memory, seconds, made = points.T
    lines = [line_above(size, memory, MEMORY_MARGIN), line_above(size, seconds, TIME_MARGIN)]
    disk = max((m / s for m, s in zip(made, size, strict=True) if s > 0), default=0.0)
    values = [value for line in lines for value in line] + [np.ceil(disk * 10) / 10]
    return f'"{rule}": Need({", ".join(f"{value:g}" for value in values)})'


def line_above(x: np.ndarray, y: np.ndarray, margin: float) -> tuple[float, float]:
    """Fit a line that does not fall to the largest value of each size, and add the margin."""
    sizes = np.unique(x)
    largest = np.array([y[x == size].max() for size in sizes])
    slope = max(0.0, float(np.polyfit(sizes, largest, 1)[0])) if len(sizes) > 1 else 0.0
    base = max(0.0, float(np.max(largest - slope * sizes)))
    return float(np.ceil(base * margin)), float(np.ceil(slope * margin * 10) / 10)


if __name__ == "__main__":
    main()
