"""What each column of a table is for: named in the config, or inferred from its values."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

logger = logging.getLogger(__name__)

# A text column of which more than this share of the values differ tells customers apart,
# not kinds of customers.
MOST_DISTINCT_CATEGORIES = 0.5
# A column counts as numeric when at least this share of its values are numbers; the rest is
# then reported as faulty instead of turning the whole column into categories.
LEAST_NUMBERS = 0.9


@dataclass(frozen=True)
class Roles:
    """Columns by role.

    Attributes
    ----------
    target, positive_label : str
        Column with the label, and the label of the positive class.
    id : str or None
        Column that identifies a customer.
    numeric, categorical : tuple of str
        Feature columns, in the order of the table.
    dropped : tuple of str
        Columns that the config leaves out.
    """

    target: str
    positive_label: str
    id: str | None
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    dropped: tuple[str, ...] = ()

    @property
    def features(self) -> list[str]:
        """All feature columns."""
        return [*self.numeric, *self.categorical]


def resolve_roles(table: pd.DataFrame, data: Mapping[str, Any]) -> Roles:
    """Give every column a role.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table with missing values marked.
    data : mapping
        The configured roles: ``target``, ``positive_label``, ``id``, ``numeric``,
        ``categorical``, ``drop``. What it does not name is inferred and logged.

    Returns
    -------
    Roles
        Columns that are named but not in the table keep their role, so that a check finds them
        missing.
    """
    named = {data["target"], data["id"], *data["numeric"], *data["categorical"], *data["drop"]}
    numeric, categorical = list(data["numeric"]), list(data["categorical"])
    for name in table.columns:
        if name in named:
            continue
        role = infer_role(table[name])
        logger.info("column '%s' is not named in the config: taken as %s", name, role)
        if role == "numeric":
            numeric.append(name)
        elif role == "categorical":
            categorical.append(name)
    return Roles(
        target=data["target"],
        positive_label=data["positive_label"],
        id=data["id"],
        numeric=_in_order(numeric, table),
        categorical=_in_order(categorical, table),
        dropped=tuple(data["drop"]),
    )


def _in_order(names: list[str], table: pd.DataFrame) -> tuple[str, ...]:
    present = [name for name in table.columns if name in names]
    return (*present, *(name for name in names if name not in present))


def infer_role(values: pd.Series) -> str:
    """Tell what a column looks like.

    Parameters
    ----------
    values : Series of shape (n_rows,)

    Returns
    -------
    str
        ``numeric``, ``categorical``, or why it is left out.
    """
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return "numeric"
    present = values.dropna()
    if present.empty:
        return "dropped: it holds no values"
    if not isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype):
        return f"dropped: values of type {values.dtype} are neither numbers nor categories"
    # Each different text is looked at once, which takes a tenth of the time.
    rows = present.value_counts()
    rows = rows[rows > 0]
    numbers = pd.to_numeric(pd.Series(rows.index), errors="coerce").notna().to_numpy()
    if rows[numbers].sum() / len(present) >= LEAST_NUMBERS:
        return "numeric"
    if len(rows) > max(2, MOST_DISTINCT_CATEGORIES * len(present)):
        return "dropped: nearly every value is different"
    return "categorical"
