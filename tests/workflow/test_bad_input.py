"""Bad input of every kind: one clear message, no result touched, and all is well once it is right.

In an expected line ``…`` stands for any text: lists of what is allowed, which grow.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest
from support.bad_tables import (
    GOOD,
    ROWS,
    as_parquet,
    finished_project,
    finished_with_parquet,
    with_cells,
    with_column,
    with_lines,
    without_columns,
    written,
)
from support.project import Outcome, Project

# What becomes of a file's content; None deletes it.
Change = Callable[[bytes], bytes | None]

MAIN = "config/config.yaml"
FEATURES = "config/features/default.yaml"
TRAINING = "config/training/default.yaml"
BASELINE = "config/model/baseline.yaml"
FOREST = "config/model/random_forest.yaml"
FILE = "config/data/file.yaml"
TELCO = "config/data/telco.yaml"
OVERLAY = "overlay.yaml"
MODEL_OPTIONS = "(options of model: baseline, …, random_forest)"


def swap(old: str, new: str | bytes) -> Change:
    """Replace text, which has to be there."""

    def change(content: bytes) -> bytes:
        assert old.encode() in content, f"there is no {old!r}"
        return content.replace(old.encode(), new.encode() if isinstance(new, str) else new)

    return change


def write(content: str | bytes) -> Change:
    """Write the file anew."""
    return lambda _: content.encode() if isinstance(content, str) else content


def add(text: str) -> Change:
    """Add text at the end."""
    return lambda content: content + text.encode()


def delete(_: bytes) -> None:
    """Delete the file."""


class Wrong(NamedTuple):
    """A mistake in a config file, and the lines of the message; `config` chooses the file."""

    file: str
    change: Change
    lines: tuple[str, ...]
    config: tuple[str, ...] = ()


def wrong(file: str, change: Change, *lines: str, config: tuple[str, ...] = ()) -> Wrong:
    return Wrong(file, change, lines, config)


YAML = {
    # Syntax
    "bracket left open": wrong(
        FEATURES,
        write("missing_values: []\ntest_size: [0.2\n"),
        f"{FEATURES}, line 3, column 1: not valid YAML: expected ',' or ']', …",
    ),
    "tab": wrong(
        TRAINING,
        write("cross_validation:\n\tfolds: 5\n"),
        f"{TRAINING}, line 2, column 1: not valid YAML: found character '\\t' that …",
    ),
    "indentation": wrong(
        TRAINING,
        write("cross_validation:\n  folds: 5\n more: 1\n"),
        f"{TRAINING}, line 3, column 2: not valid YAML: expected <block end>, but found …",
    ),
    "key twice": wrong(
        FEATURES,
        write("test_size: 0.2\nmissing_values: []\ntest_size: 0.3\n"),
        f"{FEATURES}, line 3, column 1: not valid YAML: found duplicate key test_size",
    ),
    "key twice in the main file": wrong(
        MAIN,
        add("seed: 43\n"),
        f"{MAIN}, line …, column 1: not valid YAML: found duplicate key seed",
    ),
    "not UTF-8": wrong(
        MAIN, swap("churn_prediction", b"K\xfcndigung"), f"{MAIN}: not text in UTF-8: …byte 0xfc …"
    ),
    "a group's file not UTF-8": wrong(
        FILE, swap("churn", b"K\xfcndigung"), f"{FILE}: not text in UTF-8: …byte 0xfc …"
    ),
    "UTF-16": wrong(
        FEATURES,
        write("test_size: 0.2\n".encode("utf-16")),
        f"{FEATURES}: not text in UTF-8: …byte 0xff …",
    ),
    "no keys but a list": wrong(
        MAIN,
        write("- seed: 1\n"),
        f"{MAIN}: defaults: must be a list that names an option of each group",
    ),
    "empty": wrong(
        MAIN, write(""), f"{MAIN}: defaults: must be a list that names an option of each group"
    ),
    "a group's file with a list": wrong(
        FEATURES,
        write("- test_size\n"),
        f"{FEATURES}: features=['test_size']: must be keys with values",
    ),
    "a group's file empty": wrong(
        FEATURES,
        write(""),
        f"{FEATURES}: features.missing_values: must be given",
        f"{FEATURES}: features.test_size: must be given",
    ),
    # Keys
    "unknown key": wrong(
        MAIN,
        add("sede: 3\n"),
        f"{MAIN}: sede: unknown key; did you mean 'seed'? (allowed: project, seed, models, …)",
    ),
    "unknown key in a section": wrong(
        MAIN,
        swap("level: INFO", "levle: INFO"),
        f"{MAIN}: logging.level: must be given",
        f"{MAIN}: logging.levle: unknown key; did you mean 'level'? (allowed: level)",
    ),
    "unknown key in a group": wrong(
        TRAINING,
        add("  fold: 3\n"),
        f"{TRAINING}: training.cross_validation.fold: unknown key; did you mean 'folds'? "
        "(allowed: folds, repeats)",
    ),
    "unknown key of a model": wrong(
        BASELINE,
        add("preprocesing: {}\n"),
        f"{BASELINE}: model.preprocesing: unknown key; did you mean 'preprocessing'? "
        "(allowed: estimator, params, preprocessing, calibration)",
    ),
    "missing key": wrong(
        FEATURES, swap("test_size: 0.2", ""), f"{FEATURES}: features.test_size: must be given"
    ),
    "mandatory key not filled in": wrong(
        FILE,
        swap("target: churn", "target: ???"),
        f'{FILE}: data.target: must be given, for example --config overrides="data.target=..."',
    ),
    # Types, ranges, choices
    "text for a whole number": wrong(
        MAIN, swap("seed: 42", "seed: many"), f"{MAIN}: seed='many': must be a valid integer"
    ),
    "seed below its range": wrong(
        MAIN, swap("seed: 42", "seed: -1"), f"{MAIN}: seed=-1: must be greater than or equal to 0"
    ),
    "seed above its range": wrong(
        MAIN,
        swap("seed: 42", f"seed: {2**32}"),
        f"{MAIN}: seed=4294967296: must be less than or equal to 4294967295",
    ),
    "test size 0": wrong(
        FEATURES, swap("0.2", "0"), f"{FEATURES}: features.test_size=0: must be greater than 0"
    ),
    "test size 1": wrong(
        FEATURES, swap("0.2", "1"), f"{FEATURES}: features.test_size=1: must be less than 1"
    ),
    "test size null": wrong(
        FEATURES,
        swap("0.2", "null"),
        f"{FEATURES}: features.test_size=null: must be a valid number",
    ),
    "one fold": wrong(
        TRAINING,
        swap("folds: 5", "folds: 1"),
        f"{TRAINING}: training.cross_validation.folds=1: must be greater than or equal to 2",
    ),
    "unknown choice": wrong(
        MAIN,
        swap("INFO", "LOUD"),
        f"{MAIN}: logging.level='LOUD': must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
    ),
    "unknown kind of source": wrong(
        FILE,
        swap("kind: file", "kind: fiel"),
        f"{FILE}: data.source.kind='fiel': must be one of 'synthetic', 'url', 'file'",
    ),
    "column twice": wrong(
        FILE,
        swap("drop: []", "drop: [plan, churn]"),
        f"{FILE}: data: a column has one role, but more than one names 'churn'",
    ),
    "malformed digest": wrong(
        TELCO,
        swap("sha256: 1632", "sha256: x632"),
        f"{TELCO}: data.source.sha256='x6320c9c…': must match pattern '^[0-9a-fA-F]{{64}}$'",
        config=("data=telco",),
    ),
    "ending of a path": wrong(
        FILE,
        swap("customers.csv", "customers.xlsx"),
        f"{FILE}: data.source.path='customers.xlsx': must match pattern '\\.(csv|parquet)$'",
    ),
    "delimiter not ASCII": wrong(
        FILE,
        swap('delimiter: ","', 'delimiter: "·"'),
        f"{FILE}: data.delimiter='·': must be an ASCII character, but no quote and no end of line",
    ),
    "unresolved interpolation": wrong(
        FEATURES,
        swap("0.2", "${evaluation.test_share}"),
        f"{FEATURES}: features.test_size: Interpolation key 'evaluation.test_share' not found",
    ),
    # Models and options
    "no models": wrong(
        MAIN,
        swap("models:\n  - baseline", "models: []"),
        f"{MAIN}: models=[]: must have at least 1 item",
    ),
    "models not a list": wrong(
        MAIN,
        swap("models:\n  - baseline", "models: baseline"),
        f"{MAIN}: models='baseline': must be a valid list",
    ),
    "model twice": wrong(
        MAIN,
        swap("  - baseline", "  - baseline\n  - baseline"),
        f"{MAIN}: models=['baseline', 'baseline']: must name each model once, but repeats "
        "'baseline'",
    ),
    "model without a file": wrong(
        MAIN,
        swap("- baseline", "- baselin"),
        f"{MAIN}: models: there is no config/model/baselin.yaml; did you mean 'baseline'? "
        f"{MODEL_OPTIONS}",
    ),
    "odd name of a model": wrong(
        "config/model/my model!.yaml",
        write(
            "estimator: sklearn.dummy.DummyClassifier\nparams: {}\npreprocessing: "
            "{impute: true, scale: false, encode: ordinal, max_categories: null}\n"
        ),
        "--config models=[baseline,'my model!']: models.1='my model!': "
        "must match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'",
        config=("overrides=models=[baseline,'my model!']",),
    ),
    "defaults name no option": wrong(
        MAIN,
        swap("features: default", "features: defualt"),
        "config: there is no config/features/defualt.yaml, which a defaults list names "
        "(options: default)",
    ),
    "estimator that does not exist": wrong(
        BASELINE,
        swap("dummy.Dummy", "dumy.Dummy"),
        f"{BASELINE}: model.estimator: 'sklearn.dumy.DummyClassifier' does not exist, as there "
        "is no module 'sklearn.dumy'; did you mean 'sklearn.dummy.DummyClassifier'?",
    ),
    "estimator no classifier": wrong(
        BASELINE,
        swap("DummyClassifier", "DummyRegressor"),
        f"{BASELINE}: model.estimator: 'sklearn.dummy.DummyRegressor' is a regressor, "
        "not a classifier",
    ),
    "misspelt parameter": wrong(
        BASELINE,
        swap("strategy", "stratgy"),
        f"{BASELINE}: model.params.stratgy: not a parameter of DummyClassifier; "
        "did you mean 'strategy'? allowed: constant, random_state, strategy",
    ),
    "unknown choice of a parameter": wrong(
        BASELINE,
        swap("strategy: prior", "strategy: priors"),
        f"{BASELINE}: model.params.strategy='priors': must be one of …'prior', …; "
        "did you mean 'prior'?",
    ),
    "parameter out of its range": wrong(
        FOREST,
        swap("n_estimators: 200", "n_estimators: 0"),
        f"{FOREST}: model.params.n_estimators=0: must be an int in the range [1, inf)",
        config=("model=random_forest",),
    ),
    "parameter of a wrong type": wrong(
        FOREST,
        swap("n_estimators: 200", "n_estimators: many"),
        f"{FOREST}: model.params.n_estimators='many': must be an int in the range [1, inf)",
        config=("model=random_forest",),
    ),
    "no config": wrong(
        MAIN,
        delete,
        f"{MAIN}: not found in .; run the workflow from the folder that holds config/, "
        "or name it with --directory",
    ),
}


def typed(*words: str) -> tuple[str, ...]:
    """Give what is typed after --config."""
    return words


def overrides(*words: str) -> tuple[str, ...]:
    """Give the words of ``overrides``."""
    return (f"overrides={' '.join(words)}",)


KEYS = "(allowed: champion, data, evaluation, features, …)"
PLUS = "; a key that is not there yet is added with +)"
NOT_HYDRA = "not Hydra's override grammar"
SHARED = "cannot be swept, as all models of a run share it; …"
NOT_TEXT = "must be text or a list of texts, each key=value"

SHELL: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # Keys
    "unknown key": (typed("bogus=1"), (f"--config bogus: unknown key {KEYS}",)),
    "misspelt keys": (
        typed("sead=7", "modle=baseline"),
        (
            f"--config sead: unknown key; did you mean 'seed'? {KEYS}",
            f"--config modle: unknown key; did you mean 'model'? {KEYS}",
        ),
    ),
    "misspelt key in a section": (
        typed("training={cross_validation: {fold: 3}}"),
        (
            "--config training.cross_validation.fold=3: there is no key "
            "'training.cross_validation.fold'; did you mean 'folds'? (allowed: folds, repeats"
            + PLUS,
        ),
    ),
    "misspelt section": (
        overrides("trainig.cross_validation.folds=3"),
        (
            "--config trainig.cross_validation.folds=3: there is no section "
            "'trainig.cross_validation'; did you mean 'training'?",
        ),
    ),
    "key that no model has": (
        overrides("model.params.C=0.1"),
        (
            "--config model.params.C=0.1: there is no key 'model.params.C' "
            "(allowed: strategy" + PLUS,
        ),
    ),
    "added key that nothing reads": (
        overrides("+training.bogus=1"),
        ("--config +training.bogus=1: training.bogus: unknown key (allowed: cross_validation)",),
    ),
    "added parameter that is none": (
        overrides("+model.params.bogus=1"),
        (
            "--config +model.params.bogus=1: model.params.bogus: not a parameter of "
            "DummyClassifier; allowed: constant, random_state, strategy",
        ),
    ),
    "removed key": (overrides("~seed"), ("--config ~seed: seed: must be given",)),
    # Options
    "unknown data": (
        typed("data=telko"),
        (
            "--config data=telko: there is no config/data/telko.yaml; did you mean 'telco'? "
            "(options of data: file, synthetic, telco)",
        ),
    ),
    "unknown features": (
        typed("features=none"),
        (
            "--config features=none: there is no config/features/none.yaml "
            "(options of features: default)",
        ),
    ),
    "unknown training": (
        typed("training=fast"),
        (
            "--config training=fast: there is no config/training/fast.yaml "
            "(options of training: default)",
        ),
    ),
    "unknown evaluation": (
        typed("evaluation=strict"),
        (
            "--config evaluation=strict: there is no config/evaluation/strict.yaml "
            "(options of evaluation: default)",
        ),
    ),
    "unknown model": (
        typed("model=[baseline,forest]"),
        (
            "--config model=[baseline,forest]: there is no config/model/forest.yaml; "
            f"did you mean 'random_forest'? {MODEL_OPTIONS}",
        ),
    ),
    "model twice": (
        typed("model=[baseline,baseline]"),
        ("--config model=[baseline,baseline]: names baseline more than once",),
    ),
    "no model": (typed("model=[]"), ("--config model=[]: chooses no model",)),
    # Values
    "text for a number": (
        typed("seed=abc"),
        ("--config seed=abc: seed='abc': must be a valid integer",),
    ),
    "out of range": (
        typed("seed=-1"),
        ("--config seed=-1: seed=-1: must be greater than or equal to 0",),
    ),
    "null": (
        overrides("seed=null"),
        ("--config seed=null: seed=null: must be a valid integer",),
    ),
    "unknown choice": (
        typed("logging={level: loud}"),
        (
            "--config logging.level=loud: logging.level='loud': "
            "must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'",
        ),
    ),
    "text for a section": (
        typed("logging=INFO"),
        ("--config logging=INFO: logging='INFO': must be keys with values",),
    ),
    "text with a space": (
        typed("project=my project"),
        (
            "--config project=my project: project='my project': "
            "must match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'",
        ),
    ),
    "text in quotes": (
        overrides("project='my, project'"),
        (
            "--config project='my, project': project='my, project': "
            "must match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'",
        ),
    ),
    "text with an apostrophe": (
        typed("project=it's"),
        (f"--config project=it's: {NOT_HYDRA}: …; text with other characters than … in quotes",),
    ),
    "value not filled in": (
        overrides("data.source.path=??? data.target=???"),
        (
            "--config data.source.path=???: data.source.path: must be given, …",
            "--config data.target=???: data.target: must be given, …",
        ),
    ),
    "unknown interpolation": (
        overrides("project=${nope}"),
        ("--config project=${nope}: project: Interpolation key 'nope' not found",),
    ),
    # Grammar
    "no value": (overrides("seed"), (f"--config seed: {NOT_HYDRA}: missing EQUAL …",)),
    "bracket left open": (
        overrides("data.drop=[plan"),
        (f"--config data.drop=[plan: {NOT_HYDRA}: no viable alternative at input '[plan'; …",),
    ),
    "overrides a number": (typed("overrides=3"), (f"--config overrides=3: {NOT_TEXT}",)),
    "overrides a section": (
        typed("overrides={seed: 3}"),
        (f"--config overrides={{'seed': '3'}}: {NOT_TEXT}",),
    ),
    "package": (
        overrides("data@other=telco"),
        ("--config data@other=telco: packages (@) cannot be changed here",),
    ),
    # Sweeps
    "several seeds": (typed("seed=1,2"), (f"--config seed=1,2: 'seed' {SHARED}",)),
    "one bad point of a sweep": (
        overrides("model.params.strategy=prior,bogus"),
        (
            "--config model.params.strategy=prior,bogus: model.params.strategy='bogus': "
            "must be one of …'prior', …",
        ),
    ),
    "sweep without an end": (
        overrides("model.params.constant=interval(0,1)"),
        ("--config model.params.constant=interval(0,1): interval() has no end of values …",),
    ),
    # All at once
    "several values": (
        (
            "seed=-1",
            *overrides(
                "features.test_size=0",
                "training.cross_validation.folds=1",
                "model.params.strategy=priors",
            ),
        ),
        (
            "--config seed=-1: seed=-1: …",
            "--config features.test_size=0: features.test_size=0: must be greater than 0",
            "--config training.cross_validation.folds=1: training.cross_validation.folds=1: …",
            "--config model.params.strategy=priors: model.params.strategy='priors': …",
        ),
    ),
    "several keys": (
        overrides(
            "training.cross_validation.fold=3", "feature.test_size=1", "model.params.stratgy=prior"
        ),
        (
            "--config training.cross_validation.fold=3: …did you mean 'folds'? …",
            "--config feature.test_size=1: there is no section 'feature'; did you mean 'features'?",
            "--config model.params.stratgy=prior: …did you mean 'strategy'? …",
        ),
    ),
    "several options": (
        typed("data=telko", "features=none"),
        ("--config data=telko: …", "--config features=none: …"),
    ),
}

# What a file after --configfile holds.
OVERLAYS = {
    "unknown key": ("sead: 3\n", ("…sead: unknown key; did you mean 'seed'? " + KEYS,)),
    "key that is no text": ("3: 3\n", (f"…3: unknown key {KEYS}",)),
    "unknown key in a section": (
        "features: {test_sise: 0.5}\n",
        ("…there is no key 'features.test_sise'; did you mean 'test_size'? …",),
    ),
    "wrong type": (
        "training: {cross_validation: {folds: many}}\n",
        ("…training.cross_validation.folds='many': must be a valid integer",),
    ),
    "unknown option": (
        "data: telko\n",
        ("…there is no config/data/telko.yaml; did you mean 'telco'? …",),
    ),
    "text with quotes": (
        'project: it\'s "mine"\n',
        ("…project='it's \"mine\"': must match pattern …",),
    ),
    "overrides a section": ("overrides: {seed: 3}\n", (f"…{NOT_TEXT}",)),
    "several": (
        "seed: -1\nfeatures: {test_size: 0}\n",
        (
            "…seed=-1: must be greater than or equal to 0",
            "…features.test_size=0: must be greater than 0",
        ),
    ),
}

RAW = "results/data/raw/customer_churn.csv"
BINARY = "it holds NUL bytes, so it is binary, damaged, or not in UTF-8"


def raw(content: bytes, *lines: str) -> tuple[bytes, tuple[str, ...]]:
    """Give a raw table and what is said of it."""
    return content, tuple(f"{RAW}: {line}" for line in lines)


def absent(shown: str, *names: str) -> list[str]:
    """Say that columns are not among the ones shown."""
    return [f"column '{name}' is missing; the columns are: {shown}" for name in names]


CSV = {
    # Not a table
    "empty": raw(b"", "the file is empty"),
    "blank lines": raw(b"\n\n\n", "not a readable CSV file: it holds no rows"),
    "header only": raw(written([]), "there are no rows under the header"),
    "NUL bytes": raw(GOOD.replace(b"C003", b"C\x0003"), f"not a readable CSV file: {BINARY}"),
    "Latin-1": raw(
        with_cells({(4, "plan"): "é"}).decode().encode("latin-1"),
        "not a readable CSV file: it is not in UTF-8: line 4 holds the byte 0xe9",
    ),
    "UTF-16": raw(GOOD.decode().encode("utf-16"), f"not a readable CSV file: {BINARY}"),
    "Parquet": raw(as_parquet(), f"not a readable CSV file: {BINARY}"),
    "web page": raw(
        b"<!DOCTYPE html>\n<html>\n<title>404 Not Found</title>\n</html>\n",
        "there is one column only; is data.delimiter=',' right?",
        *absent("'<!DOCTYPE html>'", "age", "churn", "id"),
    ),
    "semicolons": raw(
        GOOD.replace(b",", b";"),
        "there is one column only; is data.delimiter=',' right?",
        *absent("'id;age;plan;spend;churn'", "age", "churn", "id"),
    ),
    # Columns
    "no header": raw(
        written(ROWS[1:], ROWS[0]),
        *absent("'C001', '21', 'B', '3.7', 'no'", "age", "churn", "id"),
    ),
    "missing columns": raw(
        without_columns("id", "churn"), *absent("'age', 'plan', 'spend'", "churn", "id")
    ),
    "column twice": raw(
        written(ROWS, ["id", "age", "plan", "age", "churn"]), "column 'age' stands there 2 times"
    ),
    "column without a name": raw(
        written(ROWS, ["id", "age", "plan", "", "churn"]), "column 4 has no name"
    ),
    "empty features": raw(
        written([[row[0], "", "", "", row[4]] for row in ROWS]),
        "no column to learn from holds any value",
    ),
    # Rows
    "rows with too few fields": raw(
        with_lines({5: "C004,24", 9: "C008"}),
        "2 rows do not have the 5 fields of the header: row 5 has 2, row 9 has 1",
    ),
    "row with too many fields": raw(
        with_lines({5: "C004,24,A,14.8,no,extra"}),
        "1 row does not have the 5 fields of the header: row 5 has 6",
    ),
    "cut in the middle of a row": raw(
        GOOD[:-12], "1 row does not have the 5 fields of the header: row 201 has 2"
    ),
    "cut in the middle of a label": raw(
        GOOD[:-2], "column 'churn': 1 value is neither 'yes' nor the one other label: 'n' (row 201)"
    ),
    "quote left open": raw(
        with_cells({(11, "plan"): '"A'}),
        "1 row does not have the 5 fields of the header: row 11 has 3",
        "row 11 opens a quote that is never closed, so all that follows is lost",
    ),
    "quote left open in the last column": raw(
        written(
            [
                [row[0], row[1], row[3], row[4], '"A' if row[0] == "C150" else row[2]]
                for row in ROWS
            ],
            ["id", "age", "spend", "churn", "plan"],
        ),
        "row 151 opens a quote that is never closed, so all that follows is lost",
    ),
    # Labels and identifiers
    "unknown labels": raw(
        with_cells({(5, "churn"): "maybe", (9, "churn"): "YES"}),
        "column 'churn': 2 values are neither 'yes' nor the one other label: "
        "'maybe' (row 5), 'YES' (row 9)",
    ),
    "missing labels": raw(
        with_cells({(5, "churn"): "", (9, "churn"): "NA", (10, "churn"): " "}),
        "column 'churn': 3 values are missing: row 5, row 9, row 10",
    ),
    "one class": raw(
        with_column("churn", lambda _: "yes"),
        "column 'churn': there is one class only: 'yes' (200); two are needed",
    ),
    "positive label absent": raw(
        with_column("churn", lambda i: "no" if i % 3 else "ja"),
        "column 'churn': the positive label 'yes' (data.positive_label) is not there; "
        "the labels are: 'no' (134), 'ja' (66)",
    ),
    "identifiers twice": raw(
        with_cells({(7, "id"): "C001", (8, "id"): "C001"}),
        "column 'id': 3 values are doubled, but each customer needs its own: "
        "'C001' (row 2), 'C001' (row 7), 'C001' (row 8)",
    ),
    "missing identifiers": raw(
        with_cells({(7, "id"): "", (8, "id"): "null"}),
        "column 'id': 2 values are missing: row 7, row 8",
    ),
    # Numbers
    "text in a numeric column": raw(
        with_cells({(3, "age"): "old", (4, "age"): "1O"}),
        "column 'age': 2 values are no finite number: 'old' (row 3), '1O' (row 4)",
    ),
    "long text in a numeric column": raw(
        with_cells({(3, "age"): "x" * 5000}),
        f"column 'age': 1 value is no finite number: '{'x' * 40}...' (row 3)",
    ),
    "infinities": raw(
        with_cells({(3, "age"): "inf", (4, "age"): "-Infinity", (5, "spend"): "1e400"}),
        "column 'age': 2 values are no finite number: 'inf' (row 3), '-Infinity' (row 4)",
        "column 'spend': 1 value is no finite number: '1e400' (row 5)",
    ),
    "thousands separators": raw(
        with_cells({(3, "spend"): '"1,234.50"', (4, "spend"): '"2,000"'}),
        "column 'spend': 2 values are no finite number: '1,234.50' (row 3), '2,000' (row 4)",
    ),
    # Too few, and all at once
    "too few customers to split": (
        written(ROWS[:3]),
        (
            "features.test_size=0.2: 3 customers of which 1 churned, with customers of the same "
            "features kept together, are too few for a training and a test set with both classes "
            "in each",
        ),
    ),
    "several faults": raw(
        with_cells(
            {
                (3, "age"): "old",
                (6, "age"): "1'5",
                (7, "id"): "C001",
                (9, "churn"): "",
                (10, "churn"): "perhaps",
            }
        )
        + b"C998,1\n",
        "1 row does not have the 5 fields of the header: row 202 has 2",
        "column 'age': 2 values are no finite number: 'old' (row 3), '1'5' (row 6)",
        "column 'churn': 1 value is missing: row 9",
        "column 'churn': 1 value is neither 'yes' nor the one other label: 'perhaps' (row 10)",
        "column 'id': 2 values are doubled, but each customer needs its own: "
        "'C001' (row 2), 'C001' (row 7)",
    ),
}

RAW_PARQUET = RAW.replace(".csv", ".parquet")
NOT_PARQUET = "not a readable Parquet file: Parquet magic bytes not found in footer. …"
LISTS = pa.array([[1, 2]] * len(ROWS))

PARQUET = {
    "empty": (b"", "the file is empty"),
    "CSV": (GOOD, NOT_PARQUET),
    "truncated": (as_parquet()[:-100], NOT_PARQUET),
    "lists in a numeric column": (
        as_parquet(age=LISTS),
        "column 'age': 200 values are no finite number: '[1 2]' (row 1), '[1 2]' (row 2), "
        "'[1 2]' (row 3)",
    ),
    "lists for identifiers": (
        as_parquet(id=LISTS),
        "column 'id': 200 values are neither text nor number: '[1 2]' (row 1)",
    ),
    "dates in a numeric column": (
        as_parquet(age=pa.array([0] * len(ROWS), pa.timestamp("s"))),
        "column 'age': 200 values are no finite number: '1970-01-01 00:00:00' (row 1), …",
    ),
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project whose config files name a raw table; not to be changed, copy it."""
    return finished_project(tmp_path_factory.mktemp("bad_input") / "project")


def copied(untouched: Project, name: str) -> Iterator[Project]:
    """Lend a copy for all cases of a table, after which there is nothing left to do."""
    project = untouched.copy(untouched.folder.with_name(name))
    yield project
    outcome = project.snakemake("--dry-run", config=()).succeeded()
    assert "Nothing to be done" in outcome.output, outcome.output


@pytest.fixture(scope="module")
def yaml_project(untouched: Project) -> Iterator[Project]:
    yield from copied(untouched, "yaml")


@pytest.fixture(scope="module")
def shell_project(untouched: Project) -> Iterator[Project]:
    yield from copied(untouched, "shell")


@pytest.fixture(scope="module")
def csv_project(untouched: Project) -> Iterator[Project]:
    yield from copied(untouched, "csv")


@pytest.fixture(scope="module")
def parquet_project(untouched: Project) -> Iterator[Project]:
    with_parquet = finished_with_parquet(untouched.copy(untouched.folder.with_name("finished")))
    yield from copied(with_parquet, "parquet")


@contextmanager
def changed(project: Project, file: str, change: Change) -> Iterator[None]:
    """Change a file, and put it back with its old content at a new time."""
    path = project.path(file)
    old = path.read_bytes() if path.exists() else None
    new = change(old or b"")
    try:
        path.unlink() if new is None else path.write_bytes(new)
        yield
    finally:
        path.unlink(missing_ok=True) if old is None else path.write_bytes(old)


def assert_refused(
    project: Project, lines: tuple[str, ...], *arguments: str, config: tuple[str, ...] = ()
) -> None:
    """Run, and want just these lines in one message, and all results as they were."""
    before = project.digests()
    outcome = project.snakemake(*arguments, config=config).failed()
    told = problems(outcome)
    assert len(told) == len(lines), outcome.output
    for line, expected in zip(told, lines, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, expected.split("…"))), line), (
            f"expected: {expected}\n    said: {line}"
        )
    assert project.digests() == before


def problems(outcome: Outcome) -> list[str]:
    """Give the lines of the one message."""
    # Snakemake's own way to show where its file failed, in other words than a traceback's.
    assert '  File "' not in outcome.output, outcome.output
    messages = re.findall(
        r"^Error: (?:this run cannot start|[\w ]+ failed):\n((?:  .+\n)+)", outcome.output, re.M
    )
    assert len(messages) == 1, outcome.output
    lines = [line[2:] for line in messages[0].splitlines()]
    return [line for line in lines if not line.startswith(("(log: ", "(next: "))]


@pytest.mark.parametrize("case", YAML)
def test_bad_config_file(yaml_project: Project, case: str):
    file, change, lines, config = YAML[case]
    with changed(yaml_project, file, change):
        assert_refused(yaml_project, lines, config=config)


def test_mistakes_in_many_config_files_are_told_at_once(yaml_project: Project):
    with (
        changed(yaml_project, MAIN, swap("seed: 42", "seed: -1")),
        changed(yaml_project, FILE, swap("target: churn", 'target: ""')),
        changed(yaml_project, FEATURES, swap("0.2", "2")),
        changed(yaml_project, BASELINE, swap("ordinal", "onehot")),
    ):
        lines = (
            f"{MAIN}: seed=-1: must be greater than or equal to 0",
            f"{FILE}: data.target='': must have at least 1 character",
            f"{FEATURES}: features.test_size=2: must be less than 1",
            f"{BASELINE}: model.preprocessing.encode='onehot': must be 'one_hot' or 'ordinal'",
        )
        assert_refused(yaml_project, lines)


def test_config_folder_missing(yaml_project: Project):
    config, away = yaml_project.path("config"), yaml_project.path("away")
    config.rename(away)
    try:
        assert_refused(yaml_project, (f"{MAIN}: not found in .; run the workflow from …",))
    finally:
        away.rename(config)


@pytest.mark.parametrize("case", SHELL)
def test_bad_command_line(shell_project: Project, case: str):
    config, lines = SHELL[case]
    assert_refused(shell_project, lines, config=config)


@pytest.mark.parametrize("case", OVERLAYS)
def test_bad_overlay(shell_project: Project, case: str):
    content, lines = OVERLAYS[case]
    with changed(shell_project, OVERLAY, write(content)):
        assert_refused(shell_project, lines, "--configfile", OVERLAY)


@pytest.mark.parametrize("content", ["seed: [1\nproject: x\n", "- seed: 1\n", ""])
def test_overlay_without_keys(shell_project: Project, content: str):
    before = shell_project.digests()
    with changed(shell_project, OVERLAY, write(content)):
        outcome = shell_project.snakemake("--configfile", OVERLAY, config=()).failed()
    # Snakemake reads it first, and says so in its own words.
    assert re.search(r"Config file (is not valid|must be given as) JSON or YAML", outcome.output)
    assert shell_project.digests() == before


@pytest.mark.parametrize("case", CSV)
def test_bad_raw_table(csv_project: Project, case: str):
    content, lines = CSV[case]
    with changed(csv_project, "customers.csv", write(content)):
        assert_refused(csv_project, lines)


def test_no_raw_table(csv_project: Project, tmp_path: Path):
    project = Project.new(tmp_path / "project")
    shutil.copytree(csv_project.path("config"), project.path("config"), dirs_exist_ok=True)
    line = "--config data.source.path=no/such.csv: data.source.path: there is no file no/such.csv"
    outcome = project.snakemake(config=overrides("data.source.path=no/such.csv")).failed()
    assert problems(outcome) == [line]
    assert project.digests() == {}


def test_no_raw_table_where_results_are(csv_project: Project):
    line = "--config data.source.path=no/such.csv: data.source.path: there is no file no/such.csv"
    assert_refused(csv_project, [line], config=overrides("data.source.path=no/such.csv"))


def test_too_few_customers_for_the_folds(csv_project: Project):
    before, learned = csv_project.digests(), ("models", "evaluation", "leaderboard.csv")
    models = csv_project.digests(*learned)
    few = with_column("churn", lambda i: "yes" if i <= 4 else "no")
    with changed(csv_project, "customers.csv", write(few)):
        outcome = csv_project.snakemake(config=()).failed()
    assert problems(outcome) == [
        "training.cross_validation.folds=5: the rarer class has only 3 customers in the "
        "training set, and each fold needs one"
    ]
    # The table itself is good, so it stays until the next run.
    assert csv_project.digests(*learned) == models
    csv_project.snakemake(config=()).succeeded()
    assert csv_project.digests() == before


def test_misspelt_columns_in_the_config(csv_project: Project):
    config = overrides("data.categorical=[plann] data.drop=[spent]")
    shown = "'id', 'age', 'plan', 'spend', 'churn'"
    lines = tuple(f"{RAW}: {line}" for line in absent(shown, "plann", "spent"))
    assert_refused(csv_project, lines, config=config)


@pytest.mark.parametrize("case", PARQUET)
def test_bad_raw_parquet_table(parquet_project: Project, case: str):
    content, line = PARQUET[case]
    with changed(parquet_project, "customers.parquet", write(content)):
        assert_refused(parquet_project, (f"{RAW_PARQUET}: {line}",))
