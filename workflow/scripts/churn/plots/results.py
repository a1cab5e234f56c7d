"""The results of a run that plots and tables are drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from churn import titles
from churn.files import read_json

Content = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What a run found, as it stands in its files.

    Attributes
    ----------
    ranked : list of str
        Names of the models, the best by cross-validation first.
    scores, reports, curves, explanations : dict of str to mapping
        By model: its cross-validation, evaluation report, curves and explanation.
    comparison, profile, leakage : mapping
    """

    ranked: list[str]
    scores: dict[str, Content]
    reports: dict[str, Content]
    curves: dict[str, Content]
    explanations: dict[str, Content]
    comparison: Content
    profile: Content
    leakage: Content

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> "Results":
        """Read results.

        Parameters
        ----------
        inputs : mapping
            Paths of JSON files by the names of the attributes; lists of them, in the same order
            of models, for those by model.
        """
        reports = [read_json(path) for path in inputs["reports"]]
        models = [report["model"] for report in reports]

        def by_model(key: str) -> dict[str, Content]:
            return dict(zip(models, map(read_json, inputs[key]), strict=True))

        comparison = read_json(inputs["comparison"])
        return cls(
            ranked=comparison["models"],
            scores=by_model("scores"),
            reports=dict(zip(models, reports, strict=True)),
            curves=by_model("curves"),
            explanations=by_model("explanations"),
            comparison=comparison,
            profile=read_json(inputs["profile"]),
            leakage=read_json(inputs["leakage"]),
        )

    @property
    def chance(self) -> list[str]:
        """Models that may be no better than chance, unless all are."""
        names = [
            name for name in self.ranked if self.reports[name]["metrics"]["roc_auc"]["low"] <= 0.5
        ]
        return names if len(names) < len(self.ranked) else []


def scores(results: Results, metrics: Sequence[str]) -> list[dict[str, str]]:
    """Tabulate metrics of all models on the test set and in cross-validation.

    Parameters
    ----------
    results : Results
    metrics : sequence of str
        Their names.

    Returns
    -------
    list of dict
        A row a model, the best first.
    """
    rows = []
    for model in results.ranked:
        report = results.reports[model]
        row = {"Model": model}
        for name in metrics:
            row[f"{titles.METRICS[name]}, test"] = titles.interval(report["metrics"][name])
            row[f"{titles.METRICS[name]}, CV"] = titles.mean(report["cross_validation"][name])
        rows.append(row)
    return rows
