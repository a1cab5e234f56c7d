"""Read a raw table as it was delivered: every CSV field as text, every structural fault noted."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from churn.errors import InputError

EXAMPLES = 3
BYTES_OF_A_BLOCK = 1 << 24


def read_raw(path: str | Path, delimiter: str) -> tuple[pd.DataFrame, list[str]]:
    """Read a raw CSV or Parquet file.

    Parameters
    ----------
    path : str or Path
        The file; its ending (csv or parquet) says what it is.
    delimiter : str
        One character that separates the fields of a CSV file.

    Returns
    -------
    table : DataFrame of shape (n_rows, n_columns)
        Text columns for CSV; for Parquet the file's own types. Of columns with the same name the
        first is kept. The index numbers the rows as a spreadsheet does: from 1, the header of a
        CSV file counted.
    problems : list of str
        Faults of structure that still let the rest be read: doubled or unnamed columns, rows
        with too few or too many fields.

    Raises
    ------
    InputError
        If the file holds no table at all.
    """
    path = Path(path)
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    try:
        table, rows, faults = (
            _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path, delimiter)
        )
    except (pa.ArrowException, OSError) as error:
        kind = "Parquet" if path.suffix == ".parquet" else "CSV"
        raise InputError(f"{path}: not a readable {kind} file: {_reason(error)}") from error
    faults += _header_problems(table.column_names)
    if table.num_columns == 1 and path.suffix == ".csv":
        faults.append(f"there is one column only; is data.delimiter='{delimiter}' right?")
    problems = [f"{path}: {fault}" for fault in faults]
    if table.num_rows == 0:
        raise InputError([*problems, f"{path}: there are no rows under the header"])
    first = [table.column_names.index(name) for name in dict.fromkeys(table.column_names)]
    # What pandas once noted of the types in a Parquet file need not be true of it any more.
    frame = table.select(first).to_pandas(types_mapper=_pandas_type, ignore_metadata=True)
    return frame.set_axis(rows), problems


def _pandas_type(kind: pa.DataType) -> object | None:
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return pd.StringDtype(na_value=float("nan")) if text else None


def _read_parquet(path: Path) -> tuple[pa.Table, NDArray[np.int64], list[str]]:
    with parquet.ParquetFile(path) as file:
        table = file.read()
    table.validate(full=True)
    return table, np.arange(1, table.num_rows + 1), []


def _read_csv(path: Path, delimiter: str) -> tuple[pa.Table, NDArray[np.int64], list[str]]:
    _refuse_other_encodings(path)
    names = _header(path, delimiter)
    ragged: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    table = csv.read_csv(
        path,
        # One thread: only then does Arrow know the number of a ragged row.
        csv.ReadOptions(use_threads=False, block_size=BYTES_OF_A_BLOCK),
        csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    # The header is row 1, as in a spreadsheet.
    rows = np.arange(2, 2 + table.num_rows + len(ragged))
    kept = np.setdiff1d(rows, [row.number for row in ragged])
    return table, kept, _ragged_problems(ragged) + _quote_problems(path, table, kept)


def _refuse_other_encodings(path: Path) -> None:
    """Refuse what is not UTF-8, and NUL bytes, which Arrow would take for text."""
    lines = 0
    with path.open("rb") as file:
        # Whole lines, so that no block ends within a character.
        while block := file.read(BYTES_OF_A_BLOCK) + file.readline():
            if b"\0" in block:
                raise InputError(
                    f"{path}: not a readable CSV file: it holds NUL bytes, so it is binary, "
                    "damaged, or not in UTF-8"
                )
            try:
                block.decode()
            except UnicodeDecodeError as error:
                line = lines + block.count(b"\n", 0, error.start) + 1
                raise InputError(
                    f"{path}: not a readable CSV file: it is not in UTF-8: line {line} holds the "
                    f"byte 0x{block[error.start]:02x}"
                ) from error
            lines += block.count(b"\n")


def _header(path: Path, delimiter: str) -> list[str]:
    """Read the names alone; types are given by name, or Arrow would guess them."""
    options = csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=lambda _: "skip"
    )
    with csv.open_csv(path, parse_options=options) as reader:
        return list(reader.schema.names)


def _ragged_problems(rows: list[csv.InvalidRow]) -> list[str]:
    if not rows:
        return []
    shown = ", ".join(f"row {row.number} has {row.actual_columns}" for row in rows[:EXAMPLES])
    number = f"{len(rows):,} row{'s do' if len(rows) > 1 else ' does'} not have"
    fields = rows[0].expected_columns
    ragged = f"{number} the {fields} field{'s' if fields > 1 else ''} of the header: {shown}"
    last = rows[-1]
    # Escaped quotes are doubled, so only a quote that stays open makes their number odd.
    if "\n" in last.text.rstrip() and last.text.count('"') % 2:
        return [ragged, _open_quote(last.number)]
    return [ragged]


def _quote_problems(path: Path, table: pa.Table, rows: NDArray[np.int64]) -> list[str]:
    """Find a quote that is opened in the last column and never closed.

    Arrow then takes all that follows for the text of that one field, and the number of fields is
    right.
    """
    if table.num_rows == 0 or "\n" not in table.column(-1)[-1].as_py().rstrip():
        return []
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, BYTES_OF_A_BLOCK), 2)
        closed = file.read().rstrip().endswith(b'"')
    return [] if closed else [_open_quote(rows[-1])]


def _open_quote(row: int) -> str:
    return f"row {row} opens a quote that is never closed, so all that follows is lost"


def _header_problems(names: list[str]) -> list[str]:
    doubled = [
        f"column '{name}' stands there {n} times" for name, n in Counter(names).items() if n > 1
    ]
    unnamed = [
        f"column {number} has no name" for number, name in enumerate(names, 1) if not name.strip()
    ]
    return doubled + unnamed


def _reason(error: Exception) -> str:
    text = (str(error).splitlines() or [type(error).__name__])[0].removeprefix("CSV parse error: ")
    return "it holds no rows" if text.startswith("Empty CSV file") else text
