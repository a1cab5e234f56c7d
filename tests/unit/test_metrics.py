"""Metrics that scikit-learn does not have."""

import numpy as np
import pytest
from churn.metrics import calibration_error, lift_at_10


def test_calibration_error_is_the_mean_distance_of_ten_bins():
    rng = np.random.default_rng(0)
    probability = rng.permutation(np.linspace(0.01, 0.99, 1000))
    target = (rng.random(1000) < probability).astype(np.int8)
    order = np.argsort(probability)
    bins = np.split(order, 10)
    distances = [abs(probability[part].mean() - target[part].mean()) for part in bins]
    assert calibration_error(target, probability) == pytest.approx(np.mean(distances))


def test_calibration_error_of_a_constant_is_its_distance_from_the_churn_rate():
    target = np.array([1, 0, 0, 0], dtype=np.int8)
    assert calibration_error(target, np.full(4, 0.25)) == pytest.approx(0)
    assert calibration_error(target, np.full(4, 0.65)) == pytest.approx(0.4)


def test_lift_is_that_of_the_top_tenth():
    target = np.zeros(100, dtype=np.int8)
    target[:20] = 1
    probability = np.linspace(1, 0, 100)
    assert lift_at_10(target, probability) == pytest.approx(5.0)
    assert lift_at_10(target, -probability) == 0


def test_lift_of_equal_probabilities_is_one_whatever_the_order():
    target = np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0], dtype=np.int8)
    assert lift_at_10(target, np.full(13, 0.3)) == pytest.approx(1.0)
    assert lift_at_10(target[::-1].copy(), np.full(13, 0.3)) == pytest.approx(1.0)
