"""Intervals and differences: right values, honest coverage, the same for any order of rows."""

import numpy as np
import pytest
from churn import resampled_metrics
from churn.bootstrap import intervals, paired_differences, resampled
from churn.metrics import calibration_error, decision_metrics, probability_metrics
from churn.resampled_metrics import Ranking
from churn.standard_errors import standard_errors
from scipy import stats
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score


def drawn_customers(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1.2, 3, n)
    return (rng.random(n) < probability).astype(np.int8), probability


# Rounded to tenths there are fewer levels than bins of the calibration error.
@pytest.mark.parametrize("decimals", [1, 2])
def test_values_are_those_of_scikit_learn_ties_included(decimals: int):
    target, probability = drawn_customers(700, 0)
    probability = probability.round(decimals)
    found = intervals(target, probability, 0.4, draws=100, confidence=0.9, seed=0)
    expected = probability_metrics(target, probability)
    expected |= decision_metrics(target, (probability >= 0.4).astype(np.int8))
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected)
    assert set(found) == set(expected)
    assert all(part["low"] <= part["value"] <= part["high"] for part in found.values())


def test_resamples_are_those_of_a_loop_over_scikit_learn():
    target, probability = drawn_customers(300, 1)
    _, drawn = resampled(target, probability, 0.4, draws=2000, seed=0)
    rng = np.random.default_rng(5)
    churned, stayed = np.flatnonzero(target), np.flatnonzero(target == 0)
    looped = []
    for _ in range(2000):
        rows = np.append(rng.choice(churned, len(churned)), rng.choice(stayed, len(stayed)))
        looped.append(roc_auc_score(target[rows], probability[rows]))
    # The same distribution, by the test of Kolmogorov and Smirnov.
    assert stats.ks_2samp(drawn["roc_auc"], looped).pvalue > 0.001


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "brier", "recall"])
def test_intervals_cover_the_truth_as_often_as_they_say(metric: str):
    target, probability = drawn_customers(100_000, 9)
    churned, stayed = np.flatnonzero(target), np.flatnonzero(target == 0)
    truth = intervals(target, probability, 0.4, draws=1, confidence=0.95, seed=0)[metric]["value"]
    rng, samples, covered = np.random.default_rng(0), 300, 0
    for seed in range(samples):
        # Of the churn rate of all: that is what the intervals hold for.
        rows = np.append(rng.choice(churned, 120), rng.choice(stayed, 300))
        found = intervals(
            target[rows], probability[rows], 0.4, draws=400, confidence=0.95, seed=seed
        )[metric]
        covered += found["low"] <= truth <= found["high"]
    # What a share of 95 % gives in so many samples, and a little for so few customers.
    assert stats.binom.ppf(0.001, samples, 0.93) <= covered <= stats.binom.ppf(0.999, samples, 0.97)


@pytest.mark.parametrize(("share", "shift"), [(1.0, 0.0), (1.0, 0.5), (0.6, 0.0)])
def test_interval_of_the_calibration_error_covers_the_truth_at_least_so_often(share, shift):
    target, calibrated = drawn_customers(100_000, 9)
    probability = expit(share * logit(calibrated) + shift)
    truth = calibration_error(target, probability)
    churned, stayed = np.flatnonzero(target), np.flatnonzero(target == 0)
    rng, samples, covered = np.random.default_rng(0), 200, 0
    for seed in range(samples):
        rows = np.append(rng.choice(churned, 120), rng.choice(stayed, 300))
        found = intervals(
            target[rows], probability[rows], 0.4, draws=300, confidence=0.95, seed=seed
        )["calibration_error"]
        covered += found["low"] <= truth <= found["high"]
        # An interval that says nothing would cover it too.
        assert found["high"] - found["low"] < 0.2
    assert covered >= stats.binom.ppf(0.001, samples, 0.95)


def test_clear_miscalibration_is_told_from_noise():
    target, probability = drawn_customers(2000, 3)
    for wrong, least in ((probability, 0.0), (expit(logit(probability) + 0.8), 0.08)):
        found = intervals(target, wrong, 0.4, draws=300, confidence=0.95, seed=0)
        assert (found["calibration_error"]["low"] > 0.01) == (least > 0)
        assert found["calibration_error"]["low"] >= least


@pytest.mark.parametrize("threshold", [0.4, 0.123456])
def test_large_test_set_has_the_intervals_it_would_have_without_shortcuts(
    monkeypatch: pytest.MonkeyPatch, threshold: float
):
    target, probability = drawn_customers(3000, 8)
    full = intervals(target, probability, threshold, draws=500, confidence=0.95, seed=0)
    monkeypatch.setattr(resampled_metrics, "MOST_LEVELS", 1000)
    quick = intervals(target, probability, threshold, draws=500, confidence=0.95, seed=0)
    for name, exact in full.items():
        assert quick[name]["value"] == exact["value"]
        width = exact["high"] - exact["low"]
        for end in ("low", "high"):
            # Decisions are counted exactly.
            near = 1e-9 if name in {"recall", "precision", "f1", "mcc", "accuracy"} else 0.01
            off = 0.05 if name in {"calibration_error", "lift_at_10"} else near
            assert quick[name][end] == pytest.approx(exact[end], abs=off * width), name


def test_order_of_rows_changes_no_value_and_a_seed_gives_the_same_draws():
    target, probability = drawn_customers(500, 2)
    one = intervals(target, probability, 0.4, draws=200, confidence=0.95, seed=3)
    assert one == intervals(target, probability, 0.4, draws=200, confidence=0.95, seed=3)
    assert one != intervals(target, probability, 0.4, draws=200, confidence=0.95, seed=4)
    order = np.random.default_rng(0).permutation(500)
    other = intervals(target[order], probability[order], 0.4, draws=200, confidence=0.95, seed=3)
    for name, part in one.items():
        assert other[name]["value"] == pytest.approx(part["value"])


def test_difference_of_a_model_and_a_worse_one():
    target, probability = drawn_customers(1500, 4)
    noise = np.random.default_rng(1).normal(0, 0.15, 1500)
    models = {"good": probability, "noisy": probability + noise, "same": probability**2}
    worse, same = paired_differences(
        target,
        models,
        [("good", "noisy"), ("good", "same")],
        draws=500,
        confidence=0.95,
        seed=0,
    )
    expected = roc_auc_score(target, probability) - roc_auc_score(target, models["noisy"])
    assert worse["difference"] == pytest.approx(expected)
    assert worse["low"] > 0
    assert worse["p"] < 0.05
    assert same == {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}


def test_paired_interval_is_narrower_than_two_apart():
    target, probability = drawn_customers(800, 6)
    other = probability + np.random.default_rng(2).normal(0, 0.02, 800)
    models = {"a": probability, "b": other}
    pair = paired_differences(target, models, [("a", "b")], draws=500, confidence=0.95, seed=0)[0]
    alone = intervals(target, probability, 0.4, draws=500, confidence=0.95, seed=0)["roc_auc"]
    assert pair["high"] - pair["low"] < (alone["high"] - alone["low"]) / 2


@pytest.mark.parametrize("decimals", [1, 12])
def test_standard_errors_are_the_spread_of_resamples_ties_included(decimals: int):
    target, probability = drawn_customers(600, 3)
    probability = probability.round(decimals)
    _, drawn = resampled(target, probability, 0.4, draws=20_000, seed=0)
    found = standard_errors(Ranking.of(target, probability).whole(), 0.4)
    assert set(found) == {"roc_auc", "recall", "precision"}
    for name, error in found.items():
        assert error == pytest.approx(drawn[name].std(), rel=0.03)


def test_precision_of_no_prediction_has_no_standard_error():
    sample = Ranking.of(np.array([0, 1, 0]), np.array([0.1, 0.2, 0.3])).whole()
    assert standard_errors(sample, 0.9)["precision"] == 0
