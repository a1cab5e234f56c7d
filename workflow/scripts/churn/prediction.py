"""Predict with a fitted model, with the same digits whatever the number of threads."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from churn.thread_pools import thread_pools


def predict(pipeline: Pipeline, features: pd.DataFrame) -> NDArray[np.float64]:
    """Predict the churn probability of customers.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted model.
    features : DataFrame of shape (n_rows, n_features)

    Returns
    -------
    ndarray of shape (n_rows,)
    """
    with thread_pools().limit(limits=1, user_api="blas"):
        probability: NDArray[np.float64] = pipeline.predict_proba(features)[:, 1]
    return probability.astype(np.float64)
