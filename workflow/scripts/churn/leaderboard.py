"""The leaderboard: one line a model, as a file and as a table for the terminal."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

METRIC = "roc_auc"

Report = Mapping[str, Any]

SHOWN: dict[str, Callable[[Mapping[str, str]], str]] = {
    "model": lambda row: row["model"],
    "CV ROC-AUC": lambda row: (
        f"{float(row['cv_roc_auc']):.4f} ± {float(row['cv_roc_auc_std']):.4f}"
    ),
    "test ROC-AUC (interval)": lambda row: (
        f"{float(row['test_roc_auc']):.4f} "
        f"({float(row['test_roc_auc_low']):.3f} to {float(row['test_roc_auc_high']):.3f})"
    ),
    "test AP": lambda row: f"{float(row['test_average_precision']):.4f}",
    "test Brier": lambda row: f"{float(row['test_brier']):.4f}",
    "test F1": lambda row: f"{float(row['test_f1']):.4f}",
    "threshold": lambda row: f"{float(row['threshold']):.3f}",
}


def rank(
    reports: Sequence[Report], points: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Tabulate models, the best cross-validated ROC-AUC first.

    Parameters
    ----------
    reports : sequence of mapping
        Evaluation reports.
    points : mapping
        For each variant of a model the values that a sweep gave it.

    Returns
    -------
    list of dict
        A row a model: ``model``, ``cv_`` and ``cv_..._std``, ``test_``, ``test_..._low`` and
        ``test_..._high`` columns for each metric, the ``threshold``, and a column for each swept
        key.
    """
    keys = list(dict.fromkeys(key for point in points.values() for key in point))
    rows = [_row(report) | _swept(points.get(report["model"], {}), keys) for report in reports]
    return sorted(rows, key=lambda row: (-row[f"cv_{METRIC}"], row["model"]))


def _row(report: Report) -> dict[str, Any]:
    row: dict[str, Any] = {"model": report["model"]}
    for name, scores in report["cross_validation"].items():
        row[f"cv_{name}"] = scores["mean"]
        row[f"cv_{name}_std"] = scores["std"]
    for name, scores in report["metrics"].items():
        if name != "threshold":
            row[f"test_{name}"] = scores["value"]
            row[f"test_{name}_low"], row[f"test_{name}_high"] = scores["low"], scores["high"]
    return row | {"threshold": report["threshold"]}


def _swept(point: Mapping[str, Any], keys: Sequence[str]) -> dict[str, str]:
    return {key: json.dumps(point[key]) if key in point else "" for key in keys}


def as_text(rows: Sequence[Mapping[str, str]], best_reachable: float | None = None) -> str:
    """Set the main columns of a leaderboard as a table for the terminal.

    Parameters
    ----------
    rows : sequence of mapping
    best_reachable : float, optional
        ROC-AUC that no model can surpass, where it is known.

    Returns
    -------
    str
    """
    lines = [(title, *(SHOWN[title](row) for row in rows)) for title in SHOWN]
    widths = [max(map(len, column)) for column in lines]
    shown = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*lines, strict=True)
    ]
    if best_reachable is not None:
        shown.append(f"Best reachable ROC-AUC on these generated customers: {best_reachable:.4f}")
    return "\n".join(shown)
