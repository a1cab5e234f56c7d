"""A small table of customers, ways to spoil it, and a project that learns from it."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from support.project import Project

HEADER = ["id", "age", "plan", "spend", "churn"]
# The first stands in row 2, as in a spreadsheet; the first who churned in row 4.
ROWS = [
    [
        f"C{i:03d}",
        str(20 + i % 50),
        "AB"[i % 2],
        f"{i * 37 % 1000 / 10:.1f}",
        "yes" if i % 3 == 0 else "no",
    ]
    for i in range(1, 201)
]


def written(rows: list[list[str]], header: list[str] = HEADER) -> bytes:
    """Write a table as CSV, without any quotes but those in the cells."""
    return "".join(",".join(row) + "\n" for row in [header, *rows]).encode()


GOOD = written(ROWS)


def with_cells(cells: Mapping[tuple[int, str], str]) -> bytes:
    """Write the table with other values in some cells, given by row and column."""
    rows = [list(row) for row in ROWS]
    for (row, column), value in cells.items():
        rows[row - 2][HEADER.index(column)] = value
    return written(rows)


def with_column(column: str, value: Callable[[int], str]) -> bytes:
    """Write the table with one column made anew, from the number of the customer."""
    return with_cells({(i + 1, column): value(i) for i in range(1, len(ROWS) + 1)})


def without_columns(*names: str) -> bytes:
    """Write the table without some of its columns."""
    kept = [i for i, name in enumerate(HEADER) if name not in names]
    return written([[row[i] for i in kept] for row in ROWS], [HEADER[i] for i in kept])


def with_lines(lines: Mapping[int, str]) -> bytes:
    """Write the table with other text in some rows, 1 being the header."""
    text = GOOD.decode().splitlines()
    for row, line in lines.items():
        text[row - 1] = line
    return "".join(f"{line}\n" for line in text).encode()


def as_parquet(**columns: pa.Array) -> bytes:
    """Write the table as Parquet, with other values in some columns."""
    table = csv.read_csv(io.BytesIO(GOOD))
    for name, values in columns.items():
        table = table.set_column(table.column_names.index(name), name, values)
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def finished_project(folder: Path) -> Project:
    """Make a project whose config files name the table, and run it."""
    project = Project.new(folder)
    project.edit("config/config.yaml", "data: synthetic", "data: file")
    models = "  - logistic_regression\n  - random_forest\n  - gradient_boosting\n"
    project.edit("config/config.yaml", f"{models}  - hist_gradient_boosting\n", "")
    for key, missing, value in (
        ("path", "???", "customers.csv"),
        ("target", "???", "churn"),
        ("positive_label", "???", '"yes"'),
        ("id", "null", "id"),
        ("numeric", "[]", "[age]"),
    ):
        project.edit("config/data/file.yaml", f"{key}: {missing}", f"{key}: {value}")
    project.path("customers.csv").write_bytes(GOOD)
    project.snakemake(config=()).succeeded()
    return project


def finished_with_parquet(project: Project) -> Project:
    """Let a finished project learn from the same table as Parquet."""
    project.path("customers.parquet").write_bytes(as_parquet())
    project.edit("config/data/file.yaml", "customers.csv", "customers.parquet")
    # Of the earlier raw table nothing is left that a test could take for a result.
    project.path("results/data/raw/customer_churn.csv").unlink()
    project.snakemake(config=()).succeeded()
    return project
