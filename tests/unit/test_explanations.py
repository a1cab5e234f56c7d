"""Permutation importance and partial dependence: right values, and intervals that hold."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn.bootstrap import paired_differences
from churn.customers import Customers
from churn.explanations import choose_rows, explain
from churn.importance import contributions, permutation_importance
from churn.partial_dependence import grid_of, partial_dependence
from churn.perturbation import columns_of, predict_columns
from sklearn import inspection
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from support.models import Formula, fitted, with_gaps
from support.tables import customers_with_signal

CONFIDENCE = 0.95
SIMULATIONS = 200


@pytest.fixture(scope="module")
def forest() -> Any:
    return fitted(
        RandomForestClassifier(20, max_depth=4, random_state=0),
        with_gaps(customers_with_signal(600, seed=1)),
    )


def permutations(rows: int, repeats: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(rows) for _ in range(repeats)])


def permutations_of_sklearn(rows: int, repeats: int, seed: int) -> np.ndarray:
    """Repeat how scikit-learn shuffles: each time what the last shuffle has left."""
    random = np.random.RandomState(seed)
    random = np.random.RandomState(random.randint(np.iinfo(np.int32).max + 1))
    index, place, found = np.arange(rows), np.arange(rows), []
    for _ in range(repeats):
        random.shuffle(index)
        place = place[index]
        found.append(place)
    return np.stack(found)


def importance(model: Any, customers: Customers, repeats: int = 5, seed: int = 0) -> dict:
    """Give mean, low and high of each column."""
    found = permutation_importance(
        model,
        columns_of(customers.features),
        customers.target,
        permutations(len(customers), repeats, seed),
        CONFIDENCE,
    )
    return {entry["column"]: (entry["mean"], entry["low"], entry["high"]) for entry in found}


def test_importance_is_that_of_scikit_learn(forest: Any):
    customers = with_gaps(customers_with_signal(300, seed=2))
    expected = inspection.permutation_importance(
        forest,
        customers.features,
        customers.target,
        scoring=lambda model, X, y: roc_auc_score(y, model.predict_proba(X)[:, 1]),
        n_repeats=4,
        random_state=3,
    )
    found = permutation_importance(
        forest,
        columns_of(customers.features),
        customers.target,
        permutations_of_sklearn(300, 4, seed=3),
        CONFIDENCE,
    )
    means = {entry["column"]: entry["mean"] for entry in found}
    assert [means[name] for name in customers.features] == pytest.approx(
        expected.importances_mean, abs=1e-12
    )
    assert list(means) == sorted(means, key=lambda name: -means[name])


def test_contributions_add_up_to_the_roc_auc_with_ties():
    rng = np.random.default_rng(0)
    target = (rng.random(200) < 0.3).astype(np.int8)
    probability = rng.random((3, 200)).round(1)
    share = contributions(target, probability)
    for row, expected in zip(share, probability, strict=True):
        auc = roc_auc_score(target, expected)
        assert row[target == 1].mean() == pytest.approx(auc, abs=1e-12)
        assert row[target == 0].mean() == pytest.approx(auc, abs=1e-12)


def test_interval_is_as_wide_as_that_of_the_paired_bootstrap():
    customers = customers_with_signal(800, seed=4)
    model = fitted(LogisticRegression(), customers)
    columns = columns_of(customers.features)
    order = permutations(800, 1)
    _, low, high = importance(model, customers, repeats=1)["usage"]
    permuted = {**columns, "usage": columns["usage"][order[0]]}
    by_bootstrap = paired_differences(
        customers.target,
        {"as it is": predict_columns(model, columns), "permuted": predict_columns(model, permuted)},
        [("as it is", "permuted")],
        draws=2000,
        confidence=CONFIDENCE,
        seed=0,
    )[0]
    assert high - low == pytest.approx(by_bootstrap["high"] - by_bootstrap["low"], rel=0.1)


def score_of(features: pd.DataFrame) -> Any:
    """Use all three columns, although noise says nothing."""
    score = 1.2 * features["usage"] + 0.8 * features["noise"] + (features["plan"] == "plus") - 1
    return 1 / (1 + np.exp(-score))


def test_intervals_of_importance_hold_the_truth_as_often_as_they_say():
    model = Formula(score_of)
    truth = {
        name: found[0] for name, found in importance(model, customers_with_signal(50_000)).items()
    }
    truth["noise"] = 0.0
    held = dict.fromkeys(truth, 0)
    strong = 0
    for seed in range(SIMULATIONS):
        found = importance(model, customers_with_signal(250, seed=1000 + seed), 3, seed)
        for name, (_, low, high) in found.items():
            held[name] += low <= truth[name] <= high
        strong += found["usage"][1] > 0
    for name, count in held.items():
        # Four standard errors about 95 % of 200 simulations.
        assert count / SIMULATIONS >= 0.888, name
    assert strong == SIMULATIONS


def test_column_that_the_model_does_not_use_has_no_importance():
    customers = customers_with_signal(200)
    assert set(importance(fitted(DummyClassifier(), customers), customers).values()) == {(0, 0, 0)}


def test_nothing_is_known_with_a_single_churner():
    customers = customers_with_signal(50)
    customers.target[:] = 0
    customers.target[7] = 1
    assert importance(Formula(score_of), customers)["usage"][1:] == (-1, 1)


@pytest.mark.parametrize("name", ["usage", "plan"])
def test_partial_dependence_is_that_of_scikit_learn(forest: Any, name: str):
    customers = customers_with_signal(300, seed=5)
    found = partial_dependence(forest, columns_of(customers.features), name, CONFIDENCE)
    expected = inspection.partial_dependence(
        forest,
        customers.features,
        [name],
        categorical_features=["plan"],
        custom_values={name: found["grid"]},
        response_method="predict_proba",
        method="brute",
        kind="average",
    )
    assert found["average"] == pytest.approx(expected["average"][0], abs=1e-12)
    assert found["kind"] == {"usage": "numeric", "plan": "categorical"}[name]


def test_intervals_of_partial_dependence_hold_the_truth_as_often_as_they_say():
    def at(seed: int, rows: int) -> dict[str, Any]:
        columns = columns_of(customers_with_signal(rows, seed=seed).features)
        return partial_dependence(Formula(score_of), columns, "plan", CONFIDENCE)

    truth = at(0, 50_000)["average"]
    held = np.zeros(len(truth))
    for seed in range(SIMULATIONS):
        found = at(1000 + seed, 250)
        held += (np.array(found["low"]) <= truth) & (truth <= np.array(found["high"]))
    assert (held / SIMULATIONS >= 0.888).all()


def test_grid_of_numbers_are_quantiles_that_occur():
    values = np.array([*range(1000), np.nan], dtype=np.float64)
    grid = grid_of(values)
    assert len(grid) == 20
    assert (grid[0], grid[-1]) == (0, 999)
    assert set(grid) <= set(values)
    assert grid_of(np.array([1.0, 0.0, 1.0, np.nan])).tolist() == [0, 1]


def test_grid_of_texts_are_the_most_frequent_ones():
    rare = [f"rare {number}" for number in range(30)]
    values = np.array(["b", "a", "b", "a", np.nan, *rare], dtype=object)
    grid = grid_of(values).tolist()
    assert len(grid) == 20
    assert {"a", "b"} <= set(grid)
    assert grid == sorted(grid)


def test_explanation_looks_at_the_top_columns_and_is_the_same_each_time(forest: Any):
    customers = with_gaps(customers_with_signal(200, seed=6))
    settings = {"repeats": 2, "top_features": 2, "confidence": CONFIDENCE, "seed": 1}
    found = explain(forest, customers, **settings)
    assert (found["rows"], found["repeats"], found["metric"]) == (200, 2, "roc_auc")
    top = [entry["column"] for entry in found["importance"][:2]]
    assert [entry["column"] for entry in found["partial_dependence"]] == top
    assert set(top) == {"usage", "plan"}
    assert found == explain(forest, customers, **settings)
    assert found != explain(forest, customers, **{**settings, "seed": 2})


def test_column_without_any_value_has_no_partial_dependence(forest: Any):
    customers = customers_with_signal(200)
    customers.numeric["noise"] = np.nan
    settings = {"repeats": 2, "top_features": 3, "confidence": CONFIDENCE, "seed": 1}
    found = explain(forest, customers, **settings)
    assert {entry["column"] for entry in found["partial_dependence"]} == {"usage", "plan"}


def test_chosen_customers_keep_the_churn_rate():
    target = np.zeros(1000, dtype=np.int8)
    target[:200] = 1
    chosen = choose_rows(target, 100, seed=3)
    assert (chosen.sum(), target[chosen].sum()) == (100, 20)
    assert (choose_rows(target, 100, seed=3) == chosen).all()
    assert (choose_rows(target, 100, seed=4) != chosen).any()
    assert choose_rows(target, 1000, seed=3).all()
