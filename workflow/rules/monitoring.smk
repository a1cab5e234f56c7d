# Needs what Snakemake logs in the main process, whatever the executor.
# Makes the summary of the run, rewritten as it goes, and shows a failed job in its own words.
import logging

from snakemake.logging import logger

from churn.config.display import as_plain
from churn.monitoring_events import watch

# Jobs read these files too, but only the main process logs what happens to all of them.
if workflow.is_main_process:
    # A full disk is told in words, not by a traceback of each log that is on it.
    logging.raiseExceptions = False
    EVENTS = watch(workflow, logger, lambda: as_plain(RUN))
