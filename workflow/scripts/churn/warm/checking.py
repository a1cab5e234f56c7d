"""Having estimators checked by the warm process, which imports what that takes anyway."""

import json
import subprocess
from pathlib import Path

from churn.estimator_checks import Models
from churn.warm.workers import WarmWorkers

SCRIPT = Path(__file__).parents[2] / "check_estimators.py"


def find_right(workers: WarmWorkers, models: Models) -> set[str]:
    """Find estimators that are configured right.

    Parameters
    ----------
    workers : WarmWorkers
    models : mapping of str to (str, mapping)
        As for `churn.estimator_checks.check_estimators`.

    Returns
    -------
    set of str
        Names of models without a problem. Others may have one, or the warm process could not tell.
    """
    asked = {name: [path, dict(params)] for name, (path, params) in models.items()}
    try:
        question = json.dumps(asked)
        # JSON has no keys that are numbers, for one.
        if json.loads(question) != asked:
            return set()
        return {*json.loads(workers.ask(SCRIPT, question))}
    except (OSError, TypeError, ValueError, subprocess.SubprocessError):
        return set()
