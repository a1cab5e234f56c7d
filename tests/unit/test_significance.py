"""Comparisons over folds against scipy, statsmodels and simulation."""

import numpy as np
import pytest
from churn.significance import compare_folds, corrected_t_test, holm, join_tests, pairs_to_compare
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests


def test_without_correction_it_is_the_paired_t_test():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.85, 0.01, 10), rng.normal(0.84, 0.01, 10)
    ours = corrected_t_test(first - second, 0.0, 0.95)
    theirs = stats.ttest_rel(first, second)
    assert ours["p"] == pytest.approx(theirs.pvalue)
    interval = theirs.confidence_interval(0.95)
    assert (ours["low"], ours["high"]) == pytest.approx((interval.low, interval.high))


def test_correction_widens_as_nadeau_and_bengio_say():
    differences = np.array([0.01, 0.02, 0.015, 0.005, 0.02])
    ours = corrected_t_test(differences, 1 / 4, 0.95)
    t = differences.mean() / np.sqrt((1 / 5 + 1 / 4) * differences.var(ddof=1))
    assert ours["p"] == pytest.approx(2 * stats.t.sf(t, 4))


def test_equal_scores_are_no_difference_and_a_constant_gap_is_certain():
    assert corrected_t_test(np.zeros(5), 0.25, 0.95) == {
        "difference": 0.0,
        "low": 0.0,
        "high": 0.0,
        "p": 1.0,
    }
    assert corrected_t_test(np.full(4, 0.5), 0.25, 0.95)["p"] == 0.0


# statsmodels takes 50 ms a call.
@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_that_of_statsmodels(p: list[float]):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_equal_models_are_told_apart_no_more_often_than_alpha():
    # Two noisy scorers of the same quality, judged over the folds of one sample, many times.
    rng = np.random.default_rng(7)
    samples, folds, size = 400, 5, 60
    wrong = 0
    for _ in range(samples):
        first, second = (rng.normal(0.8, 0.4, (folds, size)).mean(axis=1) for _ in range(2))
        wrong += corrected_t_test(first - second, 1 / 4, 0.95)["p"] < 0.05
    assert wrong <= stats.binom.ppf(0.999, samples, 0.05)


def test_many_models_are_compared_with_the_best_alone():
    few, many = [f"m{i}" for i in range(5)], [f"m{i}" for i in range(500)]
    assert len(pairs_to_compare(few)) == 10
    pairs = pairs_to_compare(many)
    assert len(pairs) == 499
    assert {first for first, _ in pairs} == {"m0"}


def test_pairs_tell_who_is_distinguishable():
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 0.01, 10)
    scores = {
        "good": 0.85 + noise,
        "same": 0.85 + noise + rng.normal(0, 0.002, 10),
        "bad": 0.7 + noise + rng.normal(0, 0.002, 10),
    }
    pairs = pairs_to_compare(list(scores))
    over_folds = compare_folds(scores, pairs, folds=5, confidence=0.95)
    nothing = {"difference": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}
    joined = join_tests(pairs, over_folds, [nothing] * 3, 0.05)
    assert {(pair["first"], pair["second"]): pair["distinguishable"] for pair in joined} == {
        ("good", "same"): False,
        ("good", "bad"): True,
        ("same", "bad"): True,
    }
