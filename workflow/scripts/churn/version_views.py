"""Metrics and curves in the form in which DVC shows and compares them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from churn.files import read_json, write_json

CURVES = {
    "roc": ("false_positive_rate", "true_positive_rate"),
    "precision_recall": ("recall", "precision"),
    "calibration": ("predicted", "observed"),
}


def write_views(reports: Sequence[str], curves: Sequence[str], outputs: Mapping[str, str]) -> None:
    """Write a file of metrics for each model, and a file of points for each kind of curve.

    Parameters
    ----------
    reports, curves : sequence of str
        The evaluations of all models (JSON), in the same order.
    outputs : mapping of str to str
        The folder of the ``metrics``; and by name the points of the curves (JSON).
    """
    of_models = [read_json(path) for path in reports]
    folder = Path(outputs["metrics"])
    for report in of_models:
        write_json(folder / f"{report['model']}.json", _metrics(report))
    names = [report["model"] for report in of_models]
    points = dict(zip(names, map(read_json, curves), strict=True))
    for name, axes in CURVES.items():
        write_json(outputs[name], {"points": _rows(points, name, axes)})


def _metrics(report: Mapping[str, Any]) -> dict[str, Any]:
    test = {name: of["value"] for name, of in report["metrics"].items() if name != "threshold"}
    return {
        "test": test,
        "cross_validation": {name: of["mean"] for name, of in report["cross_validation"].items()},
        "threshold": report["threshold"],
    }


def _rows(
    points: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]],
    name: str,
    axes: tuple[str, str],
) -> list[dict[str, Any]]:
    x, y = axes
    return [
        {"model": model, "point": number, x: left, y: right}
        for model, curves in points.items()
        for number, (left, right) in enumerate(zip(curves[name][x], curves[name][y], strict=True))
    ]
