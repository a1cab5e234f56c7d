"""Tables of customers that say themselves which column is what."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from churn.files import atomic_path, intact

METADATA = b"customers"
# With a checksum of each page, so that a changed bit is noticed.
WRITING: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
READING: dict[str, Any] = {"page_checksum_verification": True}


@dataclass(frozen=True)
class Customers:
    """Customers with cleaned features and a known outcome.

    Attributes
    ----------
    ids : Series of shape (n_rows,)
        What identifies a customer.
    numeric, categorical : DataFrame of shape (n_rows, n_columns)
        Features as float64 and as text; missing values are NaN.
    target : ndarray of int8 of shape (n_rows,)
        1 for a customer who churned.
    target_name : str
        Name of the label's column.
    """

    ids: pd.Series
    numeric: pd.DataFrame
    categorical: pd.DataFrame
    target: NDArray[np.int8]
    target_name: str

    @property
    def features(self) -> pd.DataFrame:
        """All features, numeric ones first."""
        return pd.concat([self.numeric, self.categorical], axis=1)

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: NDArray[np.bool_]) -> "Customers":
        """Give the customers at which `rows` is True."""
        return Customers(
            ids=self.ids[rows].reset_index(drop=True),
            numeric=self.numeric[rows].reset_index(drop=True),
            categorical=self.categorical[rows].reset_index(drop=True),
            target=self.target[rows],
            target_name=self.target_name,
        )

    def write(self, path: str | Path) -> None:
        """Write to a Parquet file whose metadata name the roles."""
        frame = pd.concat([self.ids, self.numeric, self.categorical], axis=1)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.append_column(self.target_name, pa.array(self.target))
        roles = {
            "id": self.ids.name,
            "numeric": list(self.numeric.columns),
            "categorical": list(self.categorical.columns),
            "target": self.target_name,
        }
        table = table.replace_schema_metadata({METADATA: json.dumps(roles)})
        with atomic_path(path) as temporary:
            parquet.write_table(table, temporary, **WRITING)

    @classmethod
    def read(cls, path: str | Path) -> "Customers":
        """Read what `write` has written; `DamagedFileError` if it is not that any more."""
        with intact(path):
            table = parquet.read_table(path, **READING)
            roles = json.loads(table.schema.metadata[METADATA])
            target = table.column(roles["target"]).to_numpy()
            frame = table.drop_columns(roles["target"]).to_pandas()
            return cls(
                ids=frame[roles["id"]],
                numeric=frame[roles["numeric"]],
                categorical=frame[roles["categorical"]],
                target=target,
                target_name=roles["target"],
            )


def write_table(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a table to a Parquet file, whole or not at all."""
    with atomic_path(path) as temporary:
        parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary, **WRITING)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read what `write_table` has written; `DamagedFileError` if it is not that any more."""
    with intact(path):
        frame: pd.DataFrame = parquet.read_table(path, **READING).to_pandas()
        return frame
