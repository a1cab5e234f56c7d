"""Log the run to MLflow."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from churn import files, jobs, tracking_queue

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Log the run and those before it that wait; a server that is down does not fail the job."""
    settings = tracking_queue.with_names(snakemake.params.tracking, snakemake.params.project)
    outcome = tracking_queue.track(Path("results"), settings)
    files.write_json(snakemake.output.outcome, outcome)
    print(tracking_queue.as_text(outcome), file=sys.stderr)


jobs.run(main, snakemake.log[0], "track_runs")
