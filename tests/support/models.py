"""Models for tests: one whose formula is known, and fitted pipelines as the workflow makes them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from churn.customers import Customers
from churn.preprocessing import build_pipeline
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin


class Formula:
    """A model that computes the churn probability by a known formula."""

    def __init__(self, formula: Callable[[pd.DataFrame], Any]) -> None:
        self.formula = formula

    def predict_proba(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Give the probabilities of both labels."""
        churn = np.asarray(self.formula(features), dtype=np.float64)
        return np.column_stack([1 - churn, churn])


def fitted(classifier: ClassifierMixin, customers: Customers) -> Any:
    """Fit a classifier in a pipeline of the workflow's own kind."""
    settings = {"impute": True, "scale": True, "encode": "one_hot", "max_categories": None}
    numeric, categorical = list(customers.numeric), list(customers.categorical)
    pipeline = build_pipeline(classifier, numeric, categorical, settings)
    return pipeline.fit(customers.features, customers.target)


def with_gaps(customers: Customers) -> Customers:
    """Take away some values of each kind, the same ones each time."""
    numeric, categorical = customers.numeric.copy(), customers.categorical.copy()
    numeric.iloc[::7, 0] = np.nan
    categorical.iloc[::5, 0] = np.nan
    return Customers(customers.ids, numeric, categorical, customers.target, customers.target_name)
