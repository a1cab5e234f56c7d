"""Raw tables of every kind of disorder, drawn at random."""

import codecs
import io
from random import Random

from support.bad_tables import GOOD, HEADER, ROWS, as_parquet, written
from support.mutations import mutated

CELLS = (
    "",
    " ",
    "NA",
    "nan",
    "null",
    "None",
    "yes",
    "no",
    "YES ",
    "0",
    "-0",
    "1e308",
    "-1e309",
    "inf",
    "1,5",
    '"1,5"',
    "1 000",
    "١٢٣",
    "0x1F",
    "1_000",
    "TRUE",
    "2020-02-30",
    "ﬁ\u0301",
    "\u202eabc",
    "\U0001d7d9",
    "a\tb",
    '"a\nb"',
    '"a\r\nb"',
    '"a""b"',
    'a"b',
    '"',
    "=1+1",
    "x" * 70_000,
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp037")
ENDS = ("\n", "\r\n", "\r", "\n\n", "\n\r")
NAMES = ("id", "age", "churn", "", " ", "row", "target", "fold", "Äge", "x" * 5_000, "a,b", "0")


def spoiled_table(draw: Random) -> bytes:
    """Spoil the good table in one way or two."""
    content = draw.choice((cells, columns, rows, lines, encoded, mutated_table, tiny, huge))(draw)
    return mutated(content, draw, 1) if draw.random() < 0.2 else content


def spoiled_parquet(draw: Random) -> bytes:
    """Spoil the good table as Parquet."""
    return mutated(as_parquet(), draw)


def cells(draw: Random) -> bytes:
    """Odd values: a few, or throughout a column."""
    table = [list(row) for row in ROWS]
    for _ in range(draw.randint(1, 4)):
        column, value = draw.randrange(len(HEADER)), draw.choice(CELLS)
        few = draw.random() < 0.7
        # The longest values throughout a column would be a table of many megabytes.
        for row in draw.sample(table, 3 if few or len(value) > 100 else draw.randint(4, 200)):
            row[column] = value
    return written(table)


def columns(draw: Random) -> bytes:
    """Columns named otherwise, twice, moved, left out or added."""
    header, table = list(HEADER), [list(row) for row in ROWS]
    for _ in range(draw.randint(1, 2)):
        at, kind = draw.randrange(len(header)), draw.randrange(4)
        if kind == 0:
            header[at] = draw.choice(NAMES)
        elif kind == 1 and len(header) > 1:
            for row in (header, *table):
                del row[at]
        elif kind == 2:
            for row in (header, *table):
                row.insert(draw.randrange(len(row) + 1), row[at])
        else:
            header.append(draw.choice(NAMES))
            for row in table:
                row.append(draw.choice(CELLS[:8]))
    return written(table, header)


def rows(draw: Random) -> bytes:
    """Rows with too few or too many fields, twice, or blank."""
    table = [list(row) for row in ROWS]
    for _ in range(draw.randint(1, 5)):
        at, kind = draw.randrange(len(table)), draw.randrange(4)
        if kind == 0:
            table[at] = table[at][: draw.randint(0, 4)]
        elif kind == 1:
            table[at] = table[at] + ["more"] * draw.randint(1, 300)
        elif kind == 2:
            table.insert(at, list(draw.choice(table)))
        else:
            table.insert(at, [""])
    return written(table)


def lines(draw: Random) -> bytes:
    """Other ends of lines, mixed, and none at the end."""
    text = GOOD.decode().splitlines()
    ends = draw.sample(ENDS, draw.randint(1, 3))
    content = "".join(line + draw.choice(ends) for line in text)
    return (content.rstrip() if draw.random() < 0.3 else content).encode()


def encoded(draw: Random) -> bytes:
    """Another encoding, with letters that it writes in its own way."""
    table = [[*row[:2], draw.choice(("Ä", "B", "é")), *row[3:]] for row in ROWS]
    content = written(table).decode().encode(draw.choice(ENCODINGS))
    return codecs.BOM_UTF8 + content if draw.random() < 0.2 else content


def mutated_table(draw: Random) -> bytes:
    """Bytes spoiled anywhere."""
    return mutated(GOOD, draw)


def tiny(draw: Random) -> bytes:
    """A few customers, one, or none; with and without a header."""
    number = draw.randint(0, 12)
    header = GOOD.splitlines(keepends=True)[: draw.randint(0, 1)]
    return b"".join([*header, written(draw.sample(ROWS, number), ROWS[0])])


def huge(draw: Random) -> bytes:
    """Very many columns, or one field that never ends."""
    if draw.random() < 0.5:
        number = draw.randint(100, 400)
        header = [*HEADER, *(f"c{i}" for i in range(number))]
        return written([[*row, *["1"] * number] for row in ROWS[:40]], header)
    buffer = io.BytesIO(GOOD)
    at = draw.randrange(len(GOOD))
    content = buffer.read(at) + draw.choice((b"x", b'"', b"\n", b",", b"9")) * 2_000_000
    return content + buffer.read()
