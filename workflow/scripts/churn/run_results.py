"""What a finished job of the workflow tells: metrics of a model, the champion, what was tracked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from churn.files import read_json
from churn.monitoring import PipelineMonitor


def log_results(monitor: PipelineMonitor, rule: str, outputs: Sequence[str]) -> None:
    """Tell a monitor what the outputs of a finished job say.

    Parameters
    ----------
    monitor : PipelineMonitor
    rule : str
        The job's rule. Those whose outputs say nothing of models are passed over.
    outputs : sequence of str
        Paths of the job's outputs.
    """
    files = {Path(path).name: path for path in outputs}
    if rule == "train_model" and "metrics.json" in files:
        scores = read_json(files["metrics.json"])
        monitor.log_metrics(rule, _cross_validated(scores["metrics"]), model=scores["model"])
    elif rule == "evaluate_model" and "report.json" in files:
        report = read_json(files["report.json"])
        monitor.log_metrics(rule, report["metrics"], model=report["model"])
    elif rule == "name_champion" and "champion.json" in files:
        monitor.log_champion(read_json(files["champion.json"]))
    elif rule == "track_runs" and "tracking.json" in files:
        monitor.log_tracking(read_json(files["tracking.json"]))


def _cross_validated(metrics: dict[str, Any]) -> dict[str, Any]:
    """Name them apart from those on the test set; low and high are those of the folds."""
    return {
        f"cv_{name}": {
            "value": scores["mean"],
            "low": min(scores["folds"]),
            "high": max(scores["folds"]),
        }
        for name, scores in metrics.items()
    }
