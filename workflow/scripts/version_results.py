"""Version the results of the run with DVC."""

import json
import os
from typing import TYPE_CHECKING

from churn import jobs, run_identity, versioning

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Put the results into the cache, write the pointer file."""
    versioning.version_results(
        snakemake.params.versioning,
        **json.loads(os.environ[run_identity.RUN_FACTS]),
        result=snakemake.output.note,
    )


jobs.run(main, snakemake.log[0], "version_results")
