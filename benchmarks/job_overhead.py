r"""Measure what Snakemake adds to a job: its choice of the next one, its start, and SLURM's part.

    python benchmarks/job_overhead.py 100 1000
    python benchmarks/job_overhead.py 12 --profile profiles/slurm --groups 1 4 \
        --words=--default-resources --words=slurm_account=MINE --words=slurm_partition=MAIN

The jobs do nothing but touch a file; each run is one call of snakemake in a temporary folder, in
the folder that this is called from, as nodes of a cluster have to see it. Without a profile, both
schedulers choose the jobs for two cores; with one, its own does. Printed as a Markdown table.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SNAKEFILE = """
rule all:
    input:
        expand("done/{job}", job=range(int(config["jobs"]))),
    localrule: True


rule touch:
    output:
        "done/{job}",
    resources:
        mem_mb=600,
        runtime=5,
    group: "batch"
    shell:
        "touch {output}"
"""


def main() -> None:
    """Measure as the command line says and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("jobs", nargs="+", type=int, help="numbers of jobs")
    parser.add_argument("--profile", help="of a cluster; default: this machine")
    parser.add_argument("--groups", nargs="+", type=int, default=[1], help="jobs a submission")
    parser.add_argument("--words", action="append", default=[], help="more for snakemake")
    options = parser.parse_args()
    print("| jobs | how | wall s | CPU s here | wall ms a job | CPU ms a job here |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for jobs in options.jobs:
        for name, words in ways(options):
            wall, cpu = measured(jobs, [*words, *options.words])
            cells = [f"{wall:.1f}", f"{cpu:.1f}", f"{wall / jobs * 1e3:.0f}"]
            print("|", " | ".join([str(jobs), name, *cells, f"{cpu / jobs * 1e3:.0f}"]), "|")
            sys.stdout.flush()


def ways(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    """Name the ways to run the jobs, each with its words for snakemake."""
    if options.profile:
        profile = ["--profile", str(Path(options.profile).resolve()), "--group-components"]
        return [
            (f"{Path(options.profile).name}, {size} a submission", [*profile, f"batch={size}"])
            for size in options.groups
        ]
    return [
        (f"2 cores, {name}", ["--cores", "2", "--scheduler", name]) for name in ("greedy", "ilp")
    ]


def measured(jobs: int, words: list[str]) -> tuple[float, float]:
    """Run the jobs and give seconds, and CPU seconds of all processes on this machine."""
    folder = Path(tempfile.mkdtemp(prefix="overhead.", dir="."))
    try:
        (folder / "Snakefile").write_text(SNAKEFILE)
        call = [sys.executable, "-m", "snakemake", "--nolock", *words, "--config", f"jobs={jobs}"]
        start = time.perf_counter()
        with (folder / "printed").open("w") as out:
            process = subprocess.Popen(call, cwd=folder, stdout=out, stderr=out)
            _, status, usage = os.wait4(process.pid, 0)
        if status or len(list((folder / "done").iterdir())) != jobs:
            raise SystemExit((folder / "printed").read_text()[-2000:])
        return time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
