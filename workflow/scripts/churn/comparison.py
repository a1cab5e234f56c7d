"""Compare the models of a run with each other."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray
from pyarrow import parquet

from churn.bootstrap import paired_differences
from churn.files import intact, read_json, write_csv, write_json, write_yaml
from churn.leaderboard import METRIC, rank
from churn.significance import compare_folds, join_tests, pairs_to_compare


def compare_models(
    inputs: Mapping[str, Any],
    outputs: Mapping[str, str],
    *,
    points: Mapping[str, Mapping[str, Any]],
    configuration: Mapping[str, Any],
    folds: int,
    bootstrap: Mapping[str, Any],
    alpha: float,
    seed: int,
) -> None:
    """Put all models of a run side by side and tell which can be told apart.

    Parameters
    ----------
    inputs : mapping
        Of all models, in the same order, the evaluation ``reports`` and cross-validation
        ``scores`` (JSON) and the ``predictions`` for the test set (Parquet); and the ``facts``
        of the raw table (JSON).
    outputs : mapping
        Where the ``leaderboard`` (CSV), the ``comparison`` (JSON) and the ``config`` (YAML) go.
    points : mapping
        For each variant of a model the values that a sweep gave it.
    configuration : mapping
        Everything that the results were made with, secrets hidden.
    folds : int
        Folds of each repeat of the cross-validation.
    bootstrap : mapping
        ``draws`` and ``confidence`` of the intervals on the test set.
    alpha : float
        Level of significance from which on models count as distinguishable.
    seed : int
        Seed of the resamples.
    """
    reports = {report["model"]: report for report in map(read_json, inputs["reports"])}
    rows = rank(list(reports.values()), points)
    ranked = [row["model"] for row in rows]
    pairs = pairs_to_compare(ranked)
    scores = dict(zip(reports, map(_fold_scores, inputs["scores"]), strict=True))
    on_test = dict(zip(reports, map(_predictions, inputs["predictions"]), strict=True))
    comparison = {
        "metric": METRIC,
        "alpha": alpha,
        "models": ranked,
        "best_reachable_roc_auc": _best_reachable(inputs["facts"]),
        "pairs": join_tests(
            pairs,
            compare_folds(scores, pairs, folds=folds, confidence=bootstrap["confidence"]),
            paired_differences(
                on_test[ranked[0]]["target"],
                {name: table["probability"] for name, table in on_test.items()},
                pairs,
                seed=seed,
                **bootstrap,
            ),
            alpha,
        ),
    }
    write_csv(outputs["leaderboard"], rows)
    write_json(outputs["comparison"], comparison)
    write_yaml(outputs["config"], configuration)


def _fold_scores(path: str) -> list[float]:
    scores: list[float] = read_json(path)["metrics"][METRIC]["folds"]
    return scores


def _predictions(path: str) -> dict[str, NDArray[Any]]:
    columns = ["target", "probability"]
    with intact(path):
        table = parquet.read_table(path, columns=columns, page_checksum_verification=True)
        return {name: table.column(name).to_numpy() for name in columns}


def _best_reachable(facts: str) -> float | None:
    truth = read_json(facts).get("truth", {})
    best: float | None = truth.get("best_reachable_roc_auc")
    return best
