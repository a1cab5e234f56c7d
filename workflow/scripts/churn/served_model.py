"""Score raw customers with a logged model, in a process that has nothing of this project.

A logged model carries a copy of this module and of `churn.cleaning`; MLflow calls `_load_pyfunc`.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from churn.cleaning import cleaned_features, mark_missing

MODEL, SETTINGS = "model.skops", "scoring.json"


class ServedModel:
    """A fitted pipeline together with the cleaning of raw columns.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted.
    settings : dict
        The ``numeric`` and ``categorical`` columns, the ``missing_values``, and the decision
        ``threshold``.
    """

    def __init__(self, pipeline: Any, settings: dict[str, Any]) -> None:
        self.pipeline = pipeline
        self.settings = settings

    def predict(self, data: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Score customers as they stand in a raw table.

        Parameters
        ----------
        data : DataFrame of shape (n_rows, n_columns)
            Has all feature columns, as numbers or as text; others are left out.
        params : dict, optional
            Not used; MLflow hands it over.

        Returns
        -------
        DataFrame of shape (n_rows, 2)
            The churn ``probability``, and whether it reaches the threshold (``predicted``, 0 or
            1), with the index of `data`.

        Raises
        ------
        ValueError
            If a numeric column holds what is no number.
        """
        numeric, categorical = self.settings["numeric"], self.settings["categorical"]
        table = data[[*numeric, *categorical]].apply(_as_strings)
        table = mark_missing(table, self.settings["missing_values"])
        numbers, texts = cleaned_features(table, numeric, categorical)
        probability = self.pipeline.predict_proba(pd.concat([numbers, texts], axis=1))[:, 1]
        predicted = (probability >= self.settings["threshold"]).astype("int64")
        return pd.DataFrame({"probability": probability, "predicted": predicted}, index=data.index)


def _as_strings(values: pd.Series) -> pd.Series:
    """Give text that came as Python objects the type of text."""
    if values.dtype != object:
        return values
    return values.map(str, na_action="ignore").astype(pd.StringDtype(na_value=float("nan")))


def _load_pyfunc(path: str) -> ServedModel:
    # Those who only log the model need not wait for it.
    import skops.io

    folder = Path(path)
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    return ServedModel(skops.io.load(folder / MODEL, trusted=settings["trusted_types"]), settings)
