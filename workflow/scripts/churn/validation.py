"""Check a raw table against the roles of its columns and report every fault at once."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.types import is_hashable
from pandera.errors import SchemaErrors

from churn.cleaning import as_text
from churn.roles import Roles

EXAMPLES = 3
LONGEST_VALUE = 40
NUMBER = "is not a finite number"
LABEL = "is an unknown label"
MISSING = "not_nullable"
DOUBLED = "field_uniqueness"
ABSENT = "column_in_dataframe"


def table_schema(table: pd.DataFrame, roles: Roles) -> pa.DataFrameSchema:
    """Build the pandera schema that a raw table with labels has to fit.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table with missing values marked; it tells what the other label is.
    roles : Roles

    Returns
    -------
    pandera.pandas.DataFrameSchema
        All columns with a role are required; numbers are finite; there are two labels and none
        is missing; identifiers are unique. Of dropped columns only the presence is checked.
    """
    labels = known_labels(table, roles)
    target = pa.Column(None, pa.Check(lambda label: as_text(label).isin(labels), error=LABEL))
    dropped = {name: pa.Column(None, nullable=True) for name in roles.dropped}
    features = _features(roles.numeric, roles.categorical)
    columns = {**features, **dropped, roles.target: target, **_identifier(roles.id)}
    return pa.DataFrameSchema(columns)


def _features(numeric: Sequence[str], categorical: Sequence[str]) -> dict[str, pa.Column]:
    numbers = {
        name: pa.Column(None, pa.Check(is_number, error=NUMBER), nullable=True) for name in numeric
    }
    return {**numbers, **{name: pa.Column(None, nullable=True) for name in categorical}}


def _identifier(name: str | None) -> dict[str, pa.Column]:
    return {name: pa.Column(None, unique=True)} if name else {}


def is_number(values: pd.Series) -> pd.Series:
    """Tell which values are finite numbers, as text or as they are; points in time are none."""
    if values.dtype.kind in "mM":
        return pd.Series(False, index=values.index)
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    return pd.Series(np.isfinite(numbers.to_numpy()), index=values.index)


def known_labels(table: pd.DataFrame, roles: Roles) -> list[str]:
    """Name the positive label and the most frequent other one; without the former, all."""
    if roles.target not in table:
        return []
    counts = as_text(table[roles.target].dropna()).value_counts()
    if roles.positive_label not in counts:
        return list(counts.index)
    others = [label for label in counts.index if label != roles.positive_label]
    return [roles.positive_label, *others[:1]]


def check_table(table: pd.DataFrame, roles: Roles) -> list[str]:
    """Find everything that keeps a raw table from being used.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table with missing values marked.
    roles : Roles

    Returns
    -------
    list of str
        One line for each kind of fault in each column, with counts and example rows (by the
        table's index); empty if the table is fine.
    """
    named = (roles.id, roles.target, *roles.categorical)
    if problems := list(_nested_problems(table, named)):
        return problems
    problems = list(_label_problems(table, roles))
    if not roles.features:
        problems.append("no column is left to learn from")
    elif all(name in table and table[name].isna().all() for name in roles.features):
        problems.append("no column to learn from holds any value")
    return problems + _faults(table, table_schema(table, roles), roles.positive_label)


def check_features(
    table: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    id_column: str | None,
) -> list[str]:
    """Find everything that keeps a table without labels from being scored.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        The table with missing values marked. Columns that are not named below may hold anything.
    numeric, categorical : sequence of str
        Columns that have to be there.
    id_column : str or None
        Column that has to be there and to tell customers apart.

    Returns
    -------
    list of str
        As from `check_table`.
    """
    if problems := list(_nested_problems(table, (id_column, *categorical))):
        return problems
    columns = {**_features(numeric, categorical), **_identifier(id_column)}
    return _faults(table, pa.DataFrameSchema(columns))


def _faults(table: pd.DataFrame, schema: pa.DataFrameSchema, positive_label: str = "") -> list[str]:
    try:
        schema.validate(table, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        absent = cases.loc[cases["check"] == ABSENT, "failure_case"]
        problems = [_absent(str(name), table) for name in absent]
        cases = cases[cases["check"] != ABSENT]
        for (column, check), found in cases.groupby(["column", "check"], sort=False):
            problems.append(_fault(str(column), str(check), found, positive_label))
        return problems
    return []


def _nested_problems(table: pd.DataFrame, names: Sequence[str | None]) -> Iterator[str]:
    """Find lists and the like, which a Parquet file can hold and no check can compare."""
    for name in names:
        if name in table and table[name].dtype == object:
            nested = table.loc[~table[name].map(is_hashable), name]
            if len(nested):
                yield (
                    f"column '{name}': {_count(nested)} neither text nor number: "
                    f"'{_shown(nested.iloc[0])}' (row {nested.index[0]})"
                )


def _label_problems(table: pd.DataFrame, roles: Roles) -> Iterator[str]:
    if roles.target not in table:
        return
    counts = as_text(table[roles.target].dropna()).value_counts()
    seen = ", ".join(f"'{_shown(label)}' ({count:,})" for label, count in counts.head(5).items())
    if roles.positive_label not in counts:
        yield (
            f"column '{roles.target}': the positive label '{roles.positive_label}' "
            f"(data.positive_label) is not there; the labels are: {seen or 'none'}"
        )
    elif len(counts) == 1:
        yield f"column '{roles.target}': there is one class only: {seen}; two are needed"


def _absent(name: str, table: pd.DataFrame) -> str:
    shown = ", ".join(f"'{_shown(column)}'" for column in table.columns[:30])
    return f"column '{name}' is missing; the columns are: {shown}"


def _fault(column: str, check: str, cases: pd.DataFrame, positive_label: str) -> str:
    count = _count(cases)
    rows = cases["index"].astype("int64")
    if check == MISSING:
        shown = ", ".join(f"row {row}" for row in rows.head(EXAMPLES))
        return f"column '{column}': {count} missing: {shown}"
    examples = zip(cases["failure_case"].head(EXAMPLES), rows.head(EXAMPLES), strict=True)
    shown = ", ".join(f"'{_shown(value)}' (row {row})" for value, row in examples)
    what = {
        NUMBER: "no finite number",
        LABEL: f"neither '{positive_label}' nor the one other label",
        DOUBLED: "doubled, but each customer needs its own",
    }[check]
    return f"column '{column}': {count} {what}: {shown}"


def _count(values: pd.DataFrame | pd.Series) -> str:
    return f"{len(values):,} value{' is' if len(values) == 1 else 's are'}"


def _shown(value: object) -> str:
    """Write a value in one short line."""
    text = str(value).replace("\n", "\\n")
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."
