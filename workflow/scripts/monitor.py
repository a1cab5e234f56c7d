"""Show the run in this folder, live or once, from another terminal."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from churn.run_changes import changes
from churn.run_summary import SUMMARY, earlier_runs, read_summary

# Seconds between two looks at the summary.
INTERVAL = 0.5


def main() -> int:
    """Read the words of the command line; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", help="an earlier run (see --runs); the last by default")
    parser.add_argument("--once", action="store_true", help="show it as it is now, and end")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON, and end")
    parser.add_argument("--runs", action="store_true", help="list the runs that are kept, and end")
    parser.add_argument("--compare", metavar="RUN", help="show what changed since an earlier run")
    words = parser.parse_args()
    if words.runs:
        return list_runs()
    path = path_of(words.run) if words.run else SUMMARY
    if words.compare:
        return compare(path_of(words.compare), path)
    if words.once or words.json or words.run:
        return show_once(path, as_json=words.json)
    return follow(path)


def path_of(run: str) -> Path:
    """Give the summary of a run by its name, the last one's too."""
    kept = {path.stem: path for path in earlier_runs()}
    return kept.get(run, SUMMARY if is_last(run) else SUMMARY.parent / "runs" / f"{run}.json")


def is_last(run: str) -> bool:
    """Tell whether a run is the last one."""
    summary, _ = read_summary()
    return summary is not None and summary["run_id"] == run


def list_runs() -> int:
    """Print a line a run, the last one first."""
    for path in [SUMMARY, *earlier_runs()]:
        summary, problem = read_summary(path)
        if summary is None:
            print(problem, file=sys.stderr)
            continue
        line = f"{summary['run_id']}  {summary['status']:<11}  {summary['seconds']:>8.1f} s"
        print(line, summary.get("command", ""), sep="  ")
    return 0


def compare(before: Path, after: Path) -> int:
    """Print what has changed between two runs."""
    from churn.run_view import change_lines

    runs: list[Any] = []
    for path in (before, after):
        summary, problem = read_summary(path)
        if summary is None:
            return fail(problem)
        runs.append(summary)
    found = changes(*runs)
    for line in change_lines(found):
        print(line.plain)
    for rule, seconds in found["stages"].items():
        print(f"  {rule}: {seconds:+.1f} s a job")
    return 0


def show_once(path: Path, *, as_json: bool) -> int:
    """Show a run as it is now."""
    summary, problem = read_summary(path)
    if summary is None:
        return fail(problem)
    if as_json:
        print(json.dumps(summary, indent=2, ensure_ascii=False))
        return 0
    # Imported here: --json does not wait for it.
    from churn.run_view import view
    from rich.console import Console

    Console(highlight=False).print(view(summary))
    return 0


def follow(path: Path) -> int:
    """Show a run until it ends, from before its first job on."""
    from churn.run_view import view
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(highlight=False), auto_refresh=False) as live:
        while True:
            summary, problem = read_summary(path)
            live.update(Text(problem) if summary is None else view(summary), refresh=True)
            if summary is not None and summary["status"] != "running":
                return 0 if summary["status"] == "success" else 1
            time.sleep(INTERVAL)


def fail(problem: str) -> int:
    """Print what is wrong; give the exit code."""
    print(f"Error: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read the lines has enough, as in `| head`.
        sys.stderr.close()
        sys.exit(0)
