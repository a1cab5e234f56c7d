"""Fitted models come back as they were, in files of stable bytes that cannot do harm."""

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from churn.errors import InputError
from churn.estimators import without_threads
from churn.persistence import TRUSTED_TYPES, load_model, save_model
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import Birch
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators
from threadpoolctl import threadpool_limits

N = 120


def table(text_type="str"):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "tenure": rng.integers(0, 72, N).astype(float),
            "charges": rng.normal(60, 20, N),
            "contract": pd.Series(rng.choice(["month", "year"], N), dtype=text_type),
            "payment": pd.Series(rng.choice(["card", "mail", "bank"], N), dtype=text_type),
        }
    )
    X.loc[3, "charges"] = np.nan
    yearly = (X["contract"] == "year").to_numpy(dtype=bool)
    y = (X["tenure"] + 40 * yearly + rng.normal(0, 9, N) < 50).astype(int)
    return X, y


def preprocessing(n_jobs=None):
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    return ColumnTransformer(
        [
            ("numbers", numbers, ["tenure", "charges"]),
            ("nominal", OneHotEncoder(handle_unknown="ignore"), ["payment"]),
            ("ordinal", OrdinalEncoder(), ["contract"]),
        ],
        sparse_threshold=0,
        n_jobs=n_jobs,
    )


def pipeline(classifier, n_jobs=None):
    return Pipeline([("features", preprocessing(n_jobs)), ("model", classifier)])


def random_state_inside():
    """Make an estimator with generators and a set in it, as third-party estimators have."""
    model = DummyClassifier(random_state=np.random.RandomState(7))
    model.generator_ = np.random.default_rng(7)
    model.names_ = {"tenure", "charges", "contract", "payment"}
    return model


MODELS = {
    "logistic regression": LogisticRegression,
    "random forest": lambda: RandomForestClassifier(5, random_state=0, n_jobs=2),
    "extra trees": lambda: ExtraTreesClassifier(5, random_state=0, bootstrap=True),
    "pruned tree": lambda: DecisionTreeClassifier(random_state=0, ccp_alpha=0.01),
    "best-first tree": lambda: DecisionTreeClassifier(random_state=0, max_leaf_nodes=9),
    "gradient boosting": lambda: GradientBoostingClassifier(n_estimators=5, random_state=0),
    "histograms": lambda: HistGradientBoostingClassifier(max_iter=5, random_state=0),
    "categories": lambda: HistGradientBoostingClassifier(
        max_iter=5, random_state=0, categorical_features=[2, 3, 4, 5], early_stopping=True
    ),
    "dummy": DummyClassifier,
    "sigmoid": lambda: CalibratedClassifierCV(LogisticRegression(), cv=3),
    "isotonic": lambda: CalibratedClassifierCV(
        RandomForestClassifier(3, random_state=0), method="isotonic", cv=3
    ),
    "temperature": lambda: CalibratedClassifierCV(GaussianNB(), method="temperature", cv=3),
    "perceptron": lambda: MLPClassifier([4], max_iter=5, random_state=0),
    "voting": lambda: VotingClassifier(
        [("tree", DecisionTreeClassifier(random_state=0)), ("bayes", GaussianNB())], voting="soft"
    ),
    "random state": random_state_inside,
}


def fitted(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the perceptron does not converge, and need not
        return without_threads(pipeline(MODELS[name]()).fit(*table()))


def saved(model, folder):
    path = folder / "model.skops"
    save_model(model, path)
    return path


@pytest.fixture(scope="module")
def digests_of_another_process(tmp_path_factory):
    """SHA-256 of every model's file, written by an interpreter with another hash seed."""
    code = (
        "import hashlib, json, sys, pathlib, test_persistence as t\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "files = {name: t.saved(t.fitted(name), folder / name) for name in t.MODELS}\n"
        "print(json.dumps({n: hashlib.sha256(f.read_bytes()).hexdigest()"
        " for n, f in files.items()}))\n"
    )
    folders = [str(Path(__file__).parent), *sys.path]
    environment = os.environ | {"PYTHONHASHSEED": "11", "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-c", code, str(tmp_path_factory.mktemp("another"))]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_with_stable_bytes(name, tmp_path, digests_of_another_process):
    model = fitted(name)
    path = saved(model, tmp_path)
    loaded = load_model(path)

    X, _ = table()
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))
    again = saved(loaded, tmp_path / "again")
    assert again.read_bytes() == path.read_bytes()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digests_of_another_process[name]


def test_skops_itself_can_load_the_file(tmp_path):
    model = fitted("random forest")
    loaded = skops.io.load(saved(model, tmp_path), trusted=TRUSTED_TYPES)
    X, _ = table()
    assert np.array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_an_object_found_in_two_places_stays_one(tmp_path):
    voting = load_model(saved(fitted("voting"), tmp_path))["model"]
    assert voting.named_estimators_["tree"] is voting.estimators_[0]


@pytest.mark.parametrize("text_type", ["object", "str", "string[pyarrow]", "category"])
def test_categories_of_every_text_type_come_back(text_type, tmp_path):
    X, _ = table(text_type)
    encoder = OneHotEncoder(sparse_output=False).fit(X[["payment"]])
    loaded = load_model(saved(encoder, tmp_path))
    assert loaded.categories_[0].tolist() == ["bank", "card", "mail"]
    assert np.array_equal(loaded.transform(X[["payment"]]), encoder.transform(X[["payment"]]))


@pytest.mark.parametrize(
    "build",
    [
        lambda n: RandomForestClassifier(8, random_state=0, n_jobs=n),
        lambda n: CalibratedClassifierCV(
            RandomForestClassifier(4, random_state=0, n_jobs=n), cv=3, n_jobs=n
        ),
        lambda n: HistGradientBoostingClassifier(max_iter=5, random_state=0),
        lambda n: LogisticRegression(),
    ],
)
def test_the_number_of_threads_leaves_no_trace(build, tmp_path):
    files = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            model = pipeline(build(threads), n_jobs=threads).fit(*table())
        files.append(saved(without_threads(model), tmp_path / str(threads)).read_bytes())
    assert files[0] == files[1]


def test_resetting_n_jobs_is_enough_for_a_forest(tmp_path):
    X, y = table()
    X = X[["tenure", "charges"]]
    files = [
        saved(
            RandomForestClassifier(8, random_state=0, n_jobs=n).fit(X, y).set_params(n_jobs=None),
            tmp_path / str(n),
        ).read_bytes()
        for n in (1, 2)
    ]
    assert files[0] == files[1]


# Nearest neighbours hold compiled search trees whose content cannot be checked, and the others
# functions and kernels that no model of this workflow needs.
NOT_SAVED = {
    "GaussianProcessClassifier",
    "KNeighborsClassifier",
    "RadiusNeighborsClassifier",
    "TunedThresholdClassifierCV",
}


@pytest.mark.filterwarnings("ignore")  # some are deprecated, some do not converge
def test_which_classifiers_of_scikit_learn_can_be_saved(tmp_path):
    X, y = table()
    X, y = X[["tenure"]][:60], y[:60]
    refused, tried = set(), set()
    for name, cls in all_estimators("classifier"):
        try:
            model = cls()
        except TypeError:
            members = [("a", DummyClassifier()), ("b", GaussianNB())]
            one = name not in {"StackingClassifier", "VotingClassifier"}
            model = cls(LogisticRegression() if one else members)
        if "n_estimators" in model.get_params():
            model.set_params(n_estimators=3)
        try:
            model.fit(X, y)
        except (ValueError, IndexError):
            continue  # needs several targets, or an estimator of its own
        tried.add(name)
        try:
            loaded = load_model(saved(model, tmp_path))
        except InputError:
            refused.add(name)
        else:
            assert np.array_equal(loaded.predict(X), model.predict(X)), name
    assert len(tried) > 35
    assert refused == NOT_SAVED


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (KNeighborsClassifier(algorithm="kd_tree"), "sklearn.neighbors._kd_tree.KDTree"),
        (Birch(), "Birch"),
    ],
)
def test_a_model_that_could_not_be_loaded_is_not_saved(model, named, tmp_path):
    path = tmp_path / "model.skops"
    path.write_text("an earlier model")
    model.fit([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1, 0])
    with pytest.raises(InputError, match=named) as caught:
        save_model(model, path)
    assert str(path) in str(caught.value)
    assert path.read_text() == "an earlier model"
    assert list(tmp_path.iterdir()) == [path]


class Stranger(GaussianNB):
    """A classifier from elsewhere."""


def test_types_of_other_packages_are_trusted_by_name_alone(tmp_path):
    X, y = table()
    X = X[["tenure"]]
    model = Stranger().fit(X, y)
    name = f"{Stranger.__module__}.Stranger"
    path = tmp_path / "model.skops"
    with pytest.raises(InputError, match=name):
        save_model(model, path)

    save_model(model, path, trusted=[name])
    assert np.array_equal(load_model(path, trusted=[name]).predict(X), model.predict(X))
    with pytest.raises(InputError, match=f"not trusted: {name}"):
        load_model(path)


class Payload:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def with_a_bit_flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def schema(loader, **entries):
    node = {"__class__": "f", "__module__": "m", "__loader__": loader, "protocol": 2, **entries}
    return [("schema.json", json.dumps(node))]


def object_array(mark):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Payload(mark)], dtype=object), allow_pickle=True)
    array = {"__class__": "ndarray", "__module__": "numpy", "type": "numpy", "file": "1.npy"}
    return [*schema("NdArrayNode", **array), ("1.npy", buffer.getvalue())]


FORGERIES = {
    "empty": (lambda mark, good: b"", "damaged"),
    "text": (lambda mark, good: b"a model, honestly", "damaged"),
    "truncated": (lambda mark, good: good.read_bytes()[:-40], "damaged"),
    "flipped bit": (lambda mark, good: with_a_bit_flipped(good.read_bytes()), "damaged"),
    "pickle": (lambda mark, good: pickle.dumps(Payload(mark)), "damaged"),
    "no schema": (lambda mark, good: zipped(members_of(good)[:-1]), "schema.json"),
    "broken schema": (lambda mark, good: zipped([("schema.json", "{")]), "damaged"),
    "deep schema": (lambda mark, good: zipped([("schema.json", "[" * 10**5)]), "damaged"),
    "later protocol": (
        lambda mark, good: zipped(schema("JsonNode", content="1", protocol=99)),
        "protocol",
    ),
    "missing array": (lambda mark, good: zipped(object_array(mark)[:1]), "1.npy"),
    "pickled array": (lambda mark, good: zipped(object_array(mark)), "allow_pickle"),
    "pickle beside": (
        lambda mark, good: zipped([*members_of(good), ("a.pkl", pickle.dumps(Payload(mark)))]),
        "a.pkl",
    ),
    "path upward": (
        lambda mark, good: zipped([*members_of(good), ("../1.npy", b"")]),
        r"\.\./1\.npy",
    ),
    "absolute path": (lambda mark, good: zipped([*members_of(good), ("/1.npy", b"")]), "/1.npy"),
    "twice": (lambda mark, good: zipped(members_of(good) * 2), "two members"),
    "function": (
        lambda mark, good: zipped(schema("FunctionNode", __module__="posix", __class__="system")),
        "not trusted: posix.system",
    ),
    "call": (
        lambda mark, good: zipped(
            schema(
                "ConstructorFromReduceNode",
                __module__="posix",
                __class__="system",
                content={
                    "__class__": "tuple",
                    "__module__": "builtins",
                    "__loader__": "TupleNode",
                    "content": [
                        {
                            "__class__": "str",
                            "__module__": "builtins",
                            "__loader__": "JsonNode",
                            "content": json.dumps(f"touch {mark}"),
                        }
                    ],
                },
            )
        ),
        "not trusted: posix.system",
    ),
    "import": (
        lambda mark, good: zipped(schema("ObjectNode", __module__="antigravity", __class__="A")),
        "not trusted: antigravity.A",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_file_that_is_no_model_is_refused_and_runs_nothing(name, tmp_path):
    forge, named = FORGERIES[name]
    mark = tmp_path / "was here"
    path = tmp_path / "forged.skops"
    path.write_bytes(forge(mark, saved(fitted("random forest"), tmp_path)))
    with pytest.raises(InputError, match=named) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert not mark.exists()
    assert "antigravity" not in sys.modules


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.skops: cannot be read: No such file"):
        load_model(tmp_path / "none.skops")


def with_nodes(tree, **changes):
    """Forge the first node of a tree."""
    state = tree.__getstate__()
    for field, value in changes.items():
        state["nodes"][field][0] = value
    tree.__setstate__(state)


def first_predictor(model):
    return model["model"]._predictors[0][0]


TREES = {
    "child too far": (
        "random forest",
        lambda model: with_nodes(model["model"].estimators_[2].tree_, left_child=10**9),
        "node is out of range",
    ),
    "endless": (
        "random forest",
        lambda model: with_nodes(model["model"].estimators_[2].tree_, right_child=0),
        "points back",
    ),
    "feature too far": (
        "gradient boosting",
        lambda model: with_nodes(model["model"].estimators_[1, 0].tree_, feature=6),
        "feature is out of range",
    ),
    "negative feature": (
        "pruned tree",
        lambda model: with_nodes(model["model"].tree_, feature=-1),
        "feature is out of range",
    ),
    "a tree of other data": (
        "pruned tree",
        lambda model: setattr(model["model"], "n_features_in_", 2),
        "number of features",
    ),
    "a forest of other data": (
        "random forest",
        lambda model: setattr(model["model"], "n_features_in_", 2),
        "number of features",
    ),
    "histogram child too far": (
        "histograms",
        lambda model: first_predictor(model).nodes["left"].put(0, 2**31),
        "node is out of range",
    ),
    "histogram endless": (
        "histograms",
        lambda model: first_predictor(model).nodes["right"].put(0, 0),
        "points back",
    ),
    "histogram feature too far": (
        "histograms",
        lambda model: first_predictor(model).nodes["feature_idx"].put(0, 99),
        "feature is out of range",
    ),
    "no histogram nodes": (
        "histograms",
        lambda model: setattr(
            first_predictor(model), "nodes", first_predictor(model).nodes[:0].copy()
        ),
        "number of nodes",
    ),
    "category too far": (
        "histograms",
        lambda model: first_predictor(model).nodes["is_categorical"].put(0, 1),
        "set of categories",
    ),
    "no such category": (
        "categories",
        lambda model: setattr(
            model["model"]._bin_mapper, "is_categorical_", np.zeros(6, dtype=np.uint8)
        ),
        "categories are wrong",
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_trees_that_would_crash_are_refused(name, tmp_path):
    source, forge, named = TREES[name]
    model = fitted(source)
    forge(model)
    with pytest.raises(InputError, match=named):
        load_model(saved(model, tmp_path))


@pytest.mark.parametrize("count", [-1, 0])
def test_a_tree_with_an_impossible_number_of_nodes_is_refused(count, tmp_path):
    X, y = table()
    tree = DecisionTreeClassifier(random_state=0).fit(X[["tenure"]], y)
    path = saved(tree, tmp_path)
    members = dict(members_of(path))
    content = json.loads(members["schema.json"])
    state = content["content"]["content"]["tree_"]["content"]["content"]
    assert state["node_count"]["content"] == str(tree.tree_.node_count)
    state["node_count"]["content"] = str(count)
    members["schema.json"] = json.dumps(content)
    path.write_bytes(zipped(members.items()))
    with pytest.raises(InputError, match="number of nodes"):
        load_model(path)
