"""The configured estimator is checked whole, built as configured, and checked again only if new."""

import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from churn.estimator_checks import check_estimator, check_estimators
from churn.estimators import build_estimator, parts, without_generators, without_threads
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators

FOREST = "sklearn.ensemble.RandomForestClassifier"
LOGISTIC = "sklearn.linear_model.LogisticRegression"


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (FOREST, {}),
        (FOREST, {"n_estimators": 5, "max_features": "sqrt", "class_weight": {0: 1, 1: 3}}),
        (LOGISTIC, {"C": 0.5, "class_weight": "balanced"}),
        ("sklearn.dummy.DummyClassifier", {"strategy": "prior"}),
        ("sklearn.ensemble.GradientBoostingClassifier", {"subsample": 0.5}),
        ("sklearn.ensemble.HistGradientBoostingClassifier", {"categorical_features": [0, 1]}),
        ("sklearn.neural_network.MLPClassifier", {"hidden_layer_sizes": [8, 4]}),
        ("sklearn.linear_model.SGDClassifier", {"loss": "log_loss"}),
        ("sklearn.ensemble.AdaBoostClassifier", {}),
    ],
)
def test_what_is_right_gives_no_problem(path, params):
    assert check_estimator(path, params) == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "sklearn.ensemble.RandomForrestClassifier",
            "does not exist; did you mean 'RandomForestClassifier'?",
        ),
        ("sklearn.ensemble.RandomForest", "does not exist; did you mean 'RandomForestClassifier'?"),
        (
            "sklearn.linear_model.RandomForestClassifier",
            f"does not exist; did you mean '{FOREST}'?",
        ),
        (
            "sklearn.ensembel.RandomForestClassifier",
            f"does not exist, as there is no module 'sklearn.ensembel'; did you mean '{FOREST}'?",
        ),
        (
            "sklearm.ensemble.RandomForestClassifier",
            f"needs the package 'sklearm', which is not installed; did you mean '{FOREST}'?",
        ),
        (
            "no_such_package.boosting.Classifier",
            "needs the package 'no_such_package', which is not installed",
        ),
        (
            "RandomForestClassifier",
            f"is not an import path such as '{FOREST}'; did you mean '{FOREST}'?",
        ),
        ("os; import antigravity", f"is not an import path such as '{FOREST}'"),
        ("__import__('os').system", f"is not an import path such as '{FOREST}'"),
        ("", f"is not an import path such as '{FOREST}'"),
        (None, f"is not an import path such as '{FOREST}'"),
        (7, f"is not an import path such as '{FOREST}'"),
        ("sklearn.ensemble.RandomForestRegressor", "is a regressor, not a classifier"),
        ("sklearn.preprocessing.StandardScaler", "is not a classifier"),
        ("sklearn.datasets.load_iris", "is a function, not a classifier class"),
        ("sklearn.ensemble", "is a module, not a classifier class"),
        (
            "sklearn.svm.LinearSVC",
            f"has no predict_proba, which the workflow needs; one that has is '{FOREST}'",
        ),
        (
            "sklearn.svm.SVC",
            "has no predict_proba with these params: "
            "predict_proba is not available when probability=False",
        ),
        (
            "sklearn.linear_model.SGDClassifier",
            "has no predict_proba with these params: "
            "probability estimates are not available for loss='hinge'",
        ),
    ],
)
def test_a_wrong_estimator_is_named_with_the_reason(path, problem):
    assert check_estimator(path, {}) == [f"estimator: {path!r} {problem}"]


@pytest.mark.parametrize(
    ("path", "params", "problem"),
    [
        (
            FOREST,
            {"n_estimators": -5},
            "params.n_estimators=-5: must be an int in the range [1, inf)",
        ),
        (
            FOREST,
            {"max_features": "sqr"},
            "params.max_features='sqr': must be an int in the range [1, inf) or a float in the "
            "range (0.0, 1.0] or one of 'log2', 'sqrt' or None; did you mean 'sqrt'?",
        ),
        (LOGISTIC, {"C": "1e-3"}, "params.C='1e-3': must be a float in the range (0.0, inf]"),
        (
            "sklearn.ensemble.AdaBoostClassifier",
            {"estimator": "tree"},
            "params.estimator='tree': must be an object implementing 'fit' and 'predict' or None",
        ),
        (
            "sklearn.ensemble.VotingClassifier",
            {},
            "params.estimators: missing, and VotingClassifier cannot be built without it",
        ),
        (
            "sklearn.naive_bayes.BernoulliNB",
            {"alfa": 1},
            "params.alfa: not a parameter of BernoulliNB; did you mean 'alpha'? "
            "allowed: alpha, binarize, class_prior, fit_prior, force_alpha",
        ),
        (
            "sklearn.naive_bayes.GaussianNB",
            {"zzz": 1},
            "params.zzz: not a parameter of GaussianNB; allowed: priors, var_smoothing",
        ),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(path, params, problem):
    assert check_estimator(path, params) == [problem]


def test_every_wrong_parameter_is_named_at_once():
    problems = check_estimator(FOREST, {"max_dept": 3, "n_estimators": 0.5, "bootstrap": "yes"})
    assert [line.partition(":")[0] for line in problems] == [
        "params.max_dept",
        "params.n_estimators=0.5",
        "params.bootstrap='yes'",
    ]
    assert "did you mean 'max_depth'? allowed: bootstrap, " in problems[0]


CLASSIFIER = '''
from sklearn.base import BaseEstimator, ClassifierMixin


class Boosting(ClassifierMixin, BaseEstimator):
    """As other packages write them: no constraints, and more parameters in **kwargs."""

    def __init__(self, rounds=10, **kwargs):
        if rounds == 13:
            raise ValueError("not 13\\nrounds")
        self.rounds = rounds
        self.others = {"eta": 0.3} | kwargs

    def get_params(self, deep=True):
        return {"rounds": self.rounds} | self.others

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return [[0.5, 0.5]] * len(X)
'''


@pytest.fixture
def other_package(tmp_path, monkeypatch):
    """Install a package called boosting, with metadata, and give its folder."""
    site = tmp_path / "site"
    (site / "boosting-1.0.dist-info").mkdir(parents=True)
    (site / "boosting.py").write_text(CLASSIFIER)
    (site / "needy.py").write_text("import no_such_package")
    (site / "broken.py").write_text("raise RuntimeError('no\\nlicence')")
    set_version(site, "1.0")
    monkeypatch.syspath_prepend(site)
    yield site
    for module in ("boosting", "needy", "broken"):
        sys.modules.pop(module, None)


def set_version(site, version):
    info = site / "boosting-1.0.dist-info"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: boosting\nVersion: {version}\n")
    (info / "top_level.txt").write_text("boosting\n")


@pytest.mark.parametrize(
    ("path", "params", "problems"),
    [
        ("boosting.Boosting", {"rounds": 3, "eta": 0.1}, []),
        (
            "boosting.Boosting",
            {"etta": 0.1},
            ["params.etta: not a parameter of Boosting; did you mean 'eta'? allowed: eta, rounds"],
        ),
        (
            "boosting.Boosting",
            {"rounds": 13},
            ["params: Boosting cannot be built with them: ValueError: not 13 rounds"],
        ),
        (
            "needy.Classifier",
            {},
            [
                "estimator: 'needy.Classifier' needs the package 'no_such_package', "
                "which is not installed"
            ],
        ),
        (
            "broken.Classifier",
            {},
            ["estimator: 'broken.Classifier' cannot be imported: RuntimeError: no licence"],
        ),
    ],
)
@pytest.mark.usefixtures("other_package")
def test_classifiers_of_other_packages(path, params, problems):
    assert check_estimator(path, params) == problems


def test_an_estimator_is_built_with_params_seed_and_threads():
    forest = build_estimator(FOREST, {"max_depth": 4}, seed=7, threads=2)
    assert (type(forest), forest.max_depth) == (RandomForestClassifier, 4)
    assert (forest.random_state, forest.n_jobs) == (7, 2)


@pytest.mark.parametrize(("given", "built"), [(3, 3), (0, 0), (None, 7)])
def test_the_seed_gives_way_to_a_seed_in_the_params_only(given, built):
    forest = build_estimator(FOREST, {"random_state": given, "n_jobs": 1}, seed=7, threads=2)
    assert (forest.random_state, forest.n_jobs) == (built, 1)


def test_what_an_estimator_has_not_is_not_given():
    assert build_estimator(
        "sklearn.naive_bayes.GaussianNB", {}, seed=7, threads=2
    ).get_params() == {
        "priors": None,
        "var_smoothing": 1e-09,
    }


def test_the_number_of_threads_makes_no_classifier_warn():
    X = np.abs(np.random.default_rng(0).normal(size=(40, 2)))
    y = np.arange(40) % 2
    built = []
    for name, cls in all_estimators("classifier"):
        path = f"{cls.__module__}.{name}"
        if check_estimator(path, {}) or "n_jobs" not in cls._get_param_names():
            continue
        built.append(name)
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            # This one warns of other parameters.
            quiet = {"l1_ratios": (0.0,), "use_legacy_attributes": False, "scoring": "accuracy"}
            params = quiet if name == "LogisticRegressionCV" else {}
            build_estimator(path, params, seed=0, threads=1).fit(X, y)
    assert {"LogisticRegression", "RandomForestClassifier", "BaggingClassifier"} <= set(built)


def fitted_pipeline(n_jobs):
    forest = RandomForestClassifier(20, random_state=0, n_jobs=n_jobs)
    voting = VotingClassifier([("forest", forest)], voting="soft")
    scaler = ColumnTransformer([("scale", StandardScaler(), [0, 1])], n_jobs=n_jobs)
    model = Pipeline([("features", scaler), ("model", voting)])
    X = np.random.default_rng(0).normal(size=(80, 2))
    return model.fit(X, X[:, 0] > 0), X


def test_without_threads_reaches_every_fitted_part():
    model, X = fitted_pipeline(n_jobs=2)
    before = model.predict_proba(X)
    assert {part.n_jobs for part in parts(model) if hasattr(part, "n_jobs")} == {None, 2}

    assert without_threads(model) is model
    assert {part.n_jobs for part in parts(model) if hasattr(part, "n_jobs")} == {None}
    assert model["model"].estimators_[0].n_jobs is None
    assert np.allclose(model.predict_proba(X), before)
    assert np.array_equal(model.predict_proba(X), fitted_pipeline(None)[0].predict_proba(X))


def test_without_threads_forgets_the_cores_of_the_machine():
    path = "sklearn.ensemble.HistGradientBoostingClassifier"
    model = build_estimator(path, {"max_iter": 2}, seed=0, threads=1)
    X = np.random.default_rng(0).normal(size=(80, 2))
    without_threads(model.fit(X, X[:, 0] > 0))
    assert model._bin_mapper.n_threads is None
    assert model.predict_proba(X).shape == (80, 2)


def test_without_generators_leaves_none_in_the_trees_and_predicts_the_same():
    path = "sklearn.ensemble.GradientBoostingClassifier"
    model = build_estimator(path, {"n_estimators": 3, "subsample": 0.5}, seed=0, threads=1)
    X = np.random.default_rng(0).normal(size=(80, 2))
    before = model.fit(X, X[:, 0] > 0).predict_proba(X)
    assert isinstance(model.estimators_[0, 0].random_state, np.random.RandomState)
    assert without_generators(model) is model
    assert {tree.random_state for tree in model.estimators_.ravel()} == {None}
    assert model.random_state == 0
    assert np.array_equal(model.predict_proba(X), before)


MODELS = {
    "forest": (FOREST, {"n_estimators": 5, "class_weight": {0: 1, 1: 2}}),
    "logistic": (LOGISTIC, {}),
}


def heavy_modules(models, cache, *folders):
    """Check models in a fresh interpreter; give the problems and what it imported for that."""
    code = (
        "import json, sys\n"
        "from churn.estimator_checks import check_estimators\n"
        "models = eval(sys.argv[1])\n"
        "problems = check_estimators(models, sys.argv[2])\n"
        "heavy = {'sklearn', 'numpy', 'boosting'} & set(sys.modules)\n"
        "print(json.dumps([problems, sorted(heavy)]))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, folders), *sys.path])}
    command = [sys.executable, "-c", code, repr(models), str(cache)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_a_second_run_does_not_import_scikit_learn(tmp_path):
    cache = tmp_path / "cache" / "estimators.json"
    assert check_estimators(MODELS, cache) == {"forest": [], "logistic": []}
    assert heavy_modules(MODELS, cache) == [{"forest": [], "logistic": []}, []]

    changed = MODELS | {"forest": (FOREST, {"n_estimators": 6})}
    assert heavy_modules(changed, cache) == [{"forest": [], "logistic": []}, ["numpy", "sklearn"]]
    assert heavy_modules(changed, cache)[1] == []
    assert heavy_modules(MODELS, cache)[1] == []


def test_what_another_finds_right_is_remembered_and_the_rest_checked_here(tmp_path):
    cache = tmp_path / "estimators.json"
    models = {"right": (LOGISTIC, {"C": -1}), "wrong": (LOGISTIC, {"C": -2})}
    problems = check_estimators(models, cache, find_right=lambda asked: asked.keys() - {"wrong"})
    assert problems["right"] == []
    assert len(problems["wrong"]) == 1
    # Nobody is asked about what is known.
    again = check_estimators({"right": models["right"]}, cache, find_right=lambda _: 1 / 0)
    assert again == {"right": []}


def test_importing_the_modules_does_not_import_scikit_learn():
    code = "import sys, churn.estimators, churn.estimator_checks; print('sklearn' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


def test_problems_are_not_remembered(tmp_path):
    cache = tmp_path / "estimators.json"
    models = MODELS | {"wrong": (FOREST, {"n_estimators": -5})}
    expected = {
        "forest": [],
        "logistic": [],
        "wrong": ["params.n_estimators=-5: must be an int in the range [1, inf)"],
    }
    assert check_estimators(models, cache) == expected
    assert check_estimators(models, cache) == expected


def test_another_version_of_a_package_is_checked_again(other_package, tmp_path):
    cache = tmp_path / "estimators.json"
    models = {"boosting": ("boosting.Boosting", {})}
    assert heavy_modules(models, cache, other_package)[1] == ["boosting", "numpy", "sklearn"]
    assert heavy_modules(models, cache, other_package)[1] == []
    set_version(other_package, "2.0")
    assert heavy_modules(models, cache, other_package)[1] == ["boosting", "numpy", "sklearn"]


def test_a_module_without_a_version_is_always_checked(other_package, tmp_path):
    cache = tmp_path / "estimators.json"
    (other_package / "mine.py").write_text(CLASSIFIER)
    models = {"mine": ("mine.Boosting", {})}
    assert check_estimators(models, cache) == {"mine": []}
    (other_package / "mine.py").write_text("")
    sys.modules.pop("mine")
    assert check_estimators(models, cache)["mine"] != []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "7", '{"good": 7}', '{"good": [7, null]}', "\xff", "{}"]
)
def test_a_broken_cache_is_made_anew(content, tmp_path):
    cache = tmp_path / "estimators.json"
    cache.write_bytes(content.encode("latin-1"))
    assert check_estimators(MODELS, cache) == {"forest": [], "logistic": []}
    assert len(json.loads(cache.read_text())["good"]) == 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    cache = tmp_path / "file" / "estimators.json"
    assert check_estimators(MODELS, cache) == {"forest": [], "logistic": []}


def test_a_cache_with_nothing_new_is_left_alone(tmp_path):
    cache = tmp_path / "estimators.json"
    check_estimators(MODELS, cache)
    before = cache.stat()
    check_estimators(MODELS, cache)
    check_estimators({"wrong": ("nonsense", {})}, cache)
    assert (cache.stat().st_ino, cache.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_cache_does_not_grow_without_bound(tmp_path):
    cache = tmp_path / "estimators.json"
    cache.write_text(json.dumps({"good": [f"{number:064x}" for number in range(5000)]}))
    check_estimators(MODELS, cache)
    good = json.loads(cache.read_text())["good"]
    assert len(good) == 2002
    assert good[-3] == f"{4999:064x}"
    check_estimators(MODELS, cache)
    assert json.loads(cache.read_text())["good"] == good


def test_values_that_json_cannot_hold_are_checked_every_time(tmp_path):
    models = {"forest": (FOREST, {"class_weight": {0: 1, "1": 2}})}
    for _ in range(2):
        assert check_estimators(models, tmp_path / "estimators.json") == {"forest": []}
