"""Calibrate a model's probabilities on customers that it did not see."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

FOLDS = 5


def calibrated(pipeline: Pipeline, method: str, seed: int) -> BaseEstimator:
    """Let a pipeline calibrate itself whenever it is fitted.

    Parameters
    ----------
    pipeline : Pipeline
        Not fitted.
    method : {'none', 'sigmoid', 'isotonic'}
        ``sigmoid`` fits a logistic curve (Platt, 1999), ``isotonic`` any rising one (Zadrozny and
        Elkan, 2002), to predictions out of five inner folds of what it is fitted to.
    seed : int
        Seed of the inner folds.

    Returns
    -------
    BaseEstimator
        The pipeline itself for ``none``.
    """
    if method == "none":
        return pipeline
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    # One model fitted to all customers instead of one a fold.
    return CalibratedClassifierCV(pipeline, method=method, cv=folds, ensemble=False)


def classifier_of(model: BaseEstimator) -> Any:
    """Give the classifier inside of what `calibrated` returns."""
    pipeline = model.estimator if isinstance(model, CalibratedClassifierCV) else model
    return pipeline[-1]
