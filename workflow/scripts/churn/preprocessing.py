"""The pipeline around a classifier: raw columns in, churn probability out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler


def build_pipeline(
    classifier: ClassifierMixin,
    numeric: Sequence[str],
    categorical: Sequence[str],
    settings: Mapping[str, Any],
) -> Pipeline:
    """Put preprocessing and classifier into one unfitted pipeline.

    Parameters
    ----------
    classifier : ClassifierMixin
    numeric, categorical : sequence of str
        Columns by kind; the pipeline takes a DataFrame that has them, in any order, and leaves
        out all others.
    settings : mapping
        ``impute``, ``scale``, ``encode`` and ``max_categories``, as in the model's config.

    Returns
    -------
    Pipeline
        A category that was not there when fitting is encoded as none of the known ones, a
        missing category as one of its own.
    """
    steps = []
    if numeric:
        steps.append(("numeric", _numeric(settings), list(numeric)))
    if categorical:
        steps.append(("categorical", _categorical(settings), list(categorical)))
    columns = ColumnTransformer(steps, verbose_feature_names_out=False)
    return Pipeline([("columns", columns), ("classifier", classifier)])


def without_idle_limit(settings: Mapping[str, Any], categorical: pd.DataFrame) -> dict[str, Any]:
    """Leave out the limit of categories if no column comes near it.

    The encoders count each value in Python for it, half the time of fitting a quick model.

    Parameters
    ----------
    settings : mapping
        As for `build_pipeline`.
    categorical : DataFrame of shape (n_rows, n_categorical)
        All rows that the pipeline is fitted to, or from which these are taken.

    Returns
    -------
    dict
        Settings of which the pipeline comes to the same.
    """
    most = settings["max_categories"]
    idle = most is not None and (categorical.nunique(dropna=False) < most).all()
    return {**settings, "max_categories": None if idle else most}


def _numeric(settings: Mapping[str, Any]) -> Any:
    steps: list[tuple[str, Any]] = []
    if settings["impute"]:
        # A column without any value in a fold becomes 0 instead of vanishing.
        steps.append(("impute", SimpleImputer(strategy="median", keep_empty_features=True)))
    if settings["scale"]:
        steps.append(("scale", StandardScaler()))
    return Pipeline(steps) if steps else "passthrough"


def _categorical(settings: Mapping[str, Any]) -> Any:
    most = settings["max_categories"]
    if settings["encode"] == "one_hot":
        return OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=most, sparse_output=False
        )
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=most,
    )
