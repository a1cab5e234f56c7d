"""Bring the values of a table into the form that models take; nothing here is fitted.

Stands alone, since a logged model carries a copy of it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def mark_missing(table: pd.DataFrame, missing_values: Sequence[str]) -> pd.DataFrame:
    """Trim texts and turn blank ones and those in `missing_values` into NaN."""
    columns = {}
    for name, values in table.items():
        if isinstance(values.dtype, pd.StringDtype):
            values = values.str.strip()
            values = values.mask(values.isin(["", *missing_values]))
        columns[name] = values
    return pd.DataFrame(columns, index=table.index)


def cleaned_features(
    table: pd.DataFrame, numeric: Sequence[str], categorical: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give numbers as float64 and categories as text.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        With missing values marked.
    numeric, categorical : sequence of str
        Columns by kind; others are left out.

    Returns
    -------
    numbers : DataFrame of shape (n_rows, n_numeric)
    texts : DataFrame of shape (n_rows, n_categorical)
        Missing values are NaN in both.
    """
    numbers = {name: pd.to_numeric(table[name]).astype("float64") for name in numeric}
    texts = {
        name: as_text(table[name]).astype(pd.StringDtype(na_value=np.nan)) for name in categorical
    }
    return pd.DataFrame(numbers, index=table.index), pd.DataFrame(texts, index=table.index)


def as_text(labels: pd.Series) -> pd.Series:
    """Write labels as text: 1.0 and 1 are the same label, and so are true and True."""
    if pd.api.types.is_float_dtype(labels):
        return labels.map(lambda value: f"{value:g}", na_action="ignore")
    if isinstance(labels.dtype, pd.StringDtype):
        return labels
    return labels.map(str, na_action="ignore")
