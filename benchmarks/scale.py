"""Measure what a sweep of thousands of variants costs before the first job, and after the last.

    python benchmarks/scale.py 1000 10000

For each number of variants of `logistic_regression`, in a temporary copy of the project:
`plan` is a dry run with nothing there, `no-op` one with everything there (empty files and
Snakemake's own `--touch`), `job` the part of one job's command that parses the workflow, as each
job on a cluster does. CPU seconds and peak memory are those of the process itself. Printed as a
Markdown table; `--scheduler` chooses the scheduler.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("workflow", "config", "profiles", "environment.yml")
MEASURES = ("plan", "job", "no-op")


def main() -> None:
    """Measure as the command line says and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variants", nargs="+", type=int, help="numbers of variants")
    parser.add_argument("--scheduler", default="greedy", help="default: %(default)s")
    parser.add_argument("--only", nargs="+", default=MEASURES, choices=MEASURES)
    options = parser.parse_args()
    print(
        "| variants | what | wall s | CPU s | peak memory MB |\n| ---: | --- | ---: | ---: | ---: |"
    )
    for variants in options.variants:
        with tempfile.TemporaryDirectory(prefix="scale.", ignore_cleanup_errors=True) as name:
            project = copy(Path(name) / "project")
            words = ["--scheduler", options.scheduler]
            config = [
                *("--config", "model=logistic_regression", "tracking=off", "versioning=off"),
                f"overrides=model.params.C=range(1,{variants + 1})",
            ]
            for what in MEASURES:
                if what not in options.only:
                    continue
                arguments = prepare(project, what, [*words, *config])
                print("|", variants, "|", what, "|", *measured(project, arguments), flush=True)


def copy(folder: Path) -> Path:
    """Copy the project's own files."""
    folder.mkdir()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, folder / part)
    return folder


def prepare(project: Path, what: str, words: list[str]) -> list[str]:
    """Give the arguments of snakemake for a measure, and make what it needs."""
    dry = ["--dry-run", "--quiet", "all", *words]
    if what == "job":
        train = project / "results/data/processed/train.parquet"
        train.parent.mkdir(parents=True, exist_ok=True)
        train.touch()
        job = "train_model:model=logistic_regression+C=1"
        remote = ["--mode", "remote", "--no-hooks", "--target-jobs", job]
        return [*remote, *dry, "--allowed-rules", "train_model"]
    if what == "no-op":
        summary = call(project, ["--summary", *words]).stdout.splitlines()[1:]
        for line in summary:
            file = project / line.split("\t")[0]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        call(project, ["--touch", "--no-hooks", "--cores", "1", "--quiet", "all", *words])
    return dry


def measured(project: Path, arguments: list[str]) -> list[str]:
    """Run snakemake and give seconds, CPU seconds and peak memory as cells of the table."""
    start = time.perf_counter()
    with (project / "printed").open("w") as out:
        process = subprocess.Popen(command(arguments), cwd=project, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit((project / "printed").read_text()[-2000:])
    cpu = usage.ru_utime + usage.ru_stime
    peak = usage.ru_maxrss / 1024
    return [f"{time.perf_counter() - start:.1f} | {cpu:.1f} | {peak:.0f} |"]


def command(arguments: list[str]) -> list[str]:
    """Give the whole command."""
    return [sys.executable, "-m", "snakemake", *arguments]


def call(project: Path, arguments: list[str]) -> subprocess.CompletedProcess:
    """Run snakemake and insist that it ends well."""
    return subprocess.run(
        command(arguments), cwd=project, capture_output=True, text=True, check=True
    )


if __name__ == "__main__":
    main()
