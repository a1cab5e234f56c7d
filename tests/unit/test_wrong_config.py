"""Wrong configurations and exactly what is said of them."""

from pathlib import Path
from typing import Any

import pytest
from support.configs import CONFIG, edited, problems_of

# What is typed after --config, and every line of the answer.
TYPED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown key": (
        {"sed": 7},
        [
            "--config sed: unknown key; did you mean 'seed'? (allowed: champion, data, evaluation, features, logging, model, models, notifications, overrides, project, seed, sweep, tracking, training, versioning, warm_workers)"
        ],
    ),
    "unknown key without a near one": (
        {"zzz": 7},
        [
            "--config zzz: unknown key (allowed: champion, data, evaluation, features, logging, model, models, notifications, overrides, project, seed, sweep, tracking, training, versioning, warm_workers)"
        ],
    ),
    "unknown option": (
        {"data": "telc"},
        [
            "--config data=telc: there is no config/data/telc.yaml; did you mean 'telco'? (options of data: file, synthetic, telco)"
        ],
    ),
    "unknown model": (
        {"model": "random_forrest"},
        [
            "--config model=random_forrest: there is no config/model/random_forrest.yaml; did you mean 'random_forest'? (options of model: baseline, gradient_boosting, hist_gradient_boosting, logistic_regression, random_forest)"
        ],
    ),
    "one of two models unknown": (
        {"model": ["baseline", "forest"]},
        [
            "--config model=[baseline,forest]: there is no config/model/forest.yaml; did you mean 'random_forest'? (options of model: baseline, gradient_boosting, hist_gradient_boosting, logistic_regression, random_forest)"
        ],
    ),
    "model twice": (
        {"model": ["baseline", "baseline"]},
        ["--config model=[baseline,baseline]: names baseline more than once"],
    ),
    "no model": ({"model": []}, ["--config model=[]: chooses no model"]),
    "seed negative": (
        {"seed": -1},
        ["--config seed=-1: seed=-1: must be greater than or equal to 0"],
    ),
    "seed too large": (
        {"seed": 4294967296},
        ["--config seed=4294967296: seed=4294967296: must be less than or equal to 4294967295"],
    ),
    "seed a text": ({"seed": "soon"}, ["--config seed=soon: seed='soon': must be a valid integer"]),
    "seed null": ({"seed": "null"}, ["--config seed=null: seed=null: must be a valid integer"]),
    "project name": (
        {"project": "../up"},
        [
            "--config project=../up: project='../up': must match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'"
        ],
    ),
    "log level": (
        {"logging": {"level": "LOUD"}},
        [
            "--config logging.level=LOUD: logging.level='LOUD': must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"
        ],
    ),
    "unknown key in a section": (
        {"data": {"source": {"row": "5"}}},
        [
            "--config data.source.row=5: there is no key 'data.source.row'; did you mean 'rows'? (allowed: kind, rows, seed; a key that is not there yet is added with +)"
        ],
    ),
    "section that is not there": (
        {"overrides": "dota.source.rows=5"},
        ["--config dota.source.rows=5: there is no section 'dota.source'; did you mean 'data'?"],
    ),
    "mistakes of every kind at once": (
        {"overrides": "seed=-1 model.paramz.C=3 features.test_sise=0.5 data.source.rows=5"},
        [
            "--config features.test_sise=0.5: there is no key 'features.test_sise'; did you mean 'test_size'? (allowed: missing_values, test_size; a key that is not there yet is added with +)",
            "--config model.paramz.C=3: there is no section 'model.paramz'; did you mean 'model'?",
            "--config seed=-1: seed=-1: must be greater than or equal to 0",
            "--config data.source.rows=5: data.source.rows=5: must be greater than or equal to 100",
        ],
    ),
    "scheme of a URL": (
        {"data": "telco", "overrides": "data.source.url=ftp://example.org/a.csv"},
        [
            "--config data.source.url=ftp://example.org/a.csv: data.source.url='ftp://example.org/a.csv': must match pattern '^(https?|file)://.'"
        ],
    ),
    "rows too few": (
        {"overrides": "data.source.rows=5"},
        ["--config data.source.rows=5: data.source.rows=5: must be greater than or equal to 100"],
    ),
    "rows no number": (
        {"overrides": "data.source.rows=many"},
        ["--config data.source.rows=many: data.source.rows='many': must be a valid integer"],
    ),
    "test size": (
        {"overrides": "features.test_size=1.0"},
        ["--config features.test_size=1.0: features.test_size=1.0: must be less than 1"],
    ),
    "folds": (
        {"overrides": "training.cross_validation.folds=1"},
        [
            "--config training.cross_validation.folds=1: training.cross_validation.folds=1: must be greater than or equal to 2"
        ],
    ),
    "threshold": (
        {"overrides": "evaluation.threshold.metric=f2"},
        [
            "--config evaluation.threshold.metric=f2: evaluation.threshold.metric='f2': must be 'f1', 'mcc', 'youden' or 'recall_at_precision'"
        ],
    ),
    "kind": (
        {"overrides": "data.source.kind=ftp"},
        [
            "--config data.source.kind=ftp: data.source.kind='ftp': must be one of 'synthetic', 'url', 'file'"
        ],
    ),
    "checksum": (
        {"data": "telco", "overrides": "data.source.sha256=abc"},
        [
            "--config data.source.sha256=abc: data.source.sha256='abc': must match pattern '^[0-9a-fA-F]{64}$'"
        ],
    ),
    "ending": (
        {
            "data": "file",
            "overrides": "data.source.path=table.xlsx data.target=y data.positive_label=1",
        },
        [
            "--config data.source.path=table.xlsx: data.source.path='table.xlsx': must match pattern '\\.(csv|parquet)$'"
        ],
    ),
    "mandatory": (
        {"data": "file"},
        [
            'config/data/file.yaml: data.source.path: must be given, for example --config overrides="data.source.path=..."',
            'config/data/file.yaml: data.target: must be given, for example --config overrides="data.target=..."',
            'config/data/file.yaml: data.positive_label: must be given, for example --config overrides="data.positive_label=..."',
        ],
    ),
    "role twice": (
        {"overrides": "data.drop=[tenure]"},
        [
            "config/data/synthetic.yaml: data: a column has one role, but more than one names 'tenure'"
        ],
    ),
    "delimiter": (
        {"overrides": "data.delimiter=';;'"},
        ["--config data.delimiter=';;': data.delimiter=';;': must have at most 1 character"],
    ),
    "models empty": (
        {"overrides": "models=[]"},
        ["--config models=[]: models=[]: must have at least 1 item"],
    ),
    "models twice": (
        {"overrides": "models=[baseline,baseline]"},
        [
            "--config models=[baseline,baseline]: models=['baseline', 'baseline']: must name each model once, but repeats 'baseline'"
        ],
    ),
    "models no list": (
        {"models": "baseline"},
        ["--config models=baseline: models='baseline': must be a valid list"],
    ),
    "parameter misspelt": (
        {"overrides": "model.params.max_dept=4"},
        [
            "--config model.params.max_dept=4: there is no key 'model.params.max_dept'; did you mean 'max_depth'? (allowed: strategy, C, solver, max_iter, n_estimators, max_depth, min_samples_split, min_samples_leaf, max_features, class_weight, learning_rate, subsample, max_leaf_nodes, l2_regularization; a key that is not there yet is added with +)"
        ],
    ),
    "parameter added misspelt": (
        {"model": "random_forest", "overrides": "+model.params.n_estimatorz=4"},
        [
            "--config +model.params.n_estimatorz=4: model.params.n_estimatorz: not a parameter of RandomForestClassifier; did you mean 'n_estimators'? allowed: bootstrap, ccp_alpha, class_weight, criterion, max_depth, max_features, max_leaf_nodes, max_samples, min_impurity_decrease, min_samples_leaf, min_samples_split, min_weight_fraction_leaf, monotonic_cst, n_estimators, n_jobs, oob_score, random_state, verbose, warm_start"
        ],
    ),
    "parameter out of range": (
        {"model": "random_forest", "overrides": "model.params.n_estimators=0"},
        [
            "--config model.params.n_estimators=0: model.params.n_estimators=0: must be an int in the range [1, inf)"
        ],
    ),
    "parameter of a wrong type": (
        {"model": "logistic_regression", "overrides": "model.params.C=strong"},
        [
            "--config model.params.C=strong: model.params.C='strong': must be a float in the range (0.0, inf]"
        ],
    ),
    "preprocessing": (
        {"overrides": "model.preprocessing.encode=hash"},
        [
            "--config model.preprocessing.encode=hash: model.preprocessing.encode='hash': must be 'one_hot' or 'ordinal'"
        ],
    ),
    "estimator misspelt": (
        {
            "model": "random_forest",
            "overrides": "model.estimator=sklearn.ensemble.RandomForrestClassifier",
        },
        [
            "--config model.estimator=sklearn.ensemble.RandomForrestClassifier: model.estimator: 'sklearn.ensemble.RandomForrestClassifier' does not exist; did you mean 'RandomForestClassifier'?"
        ],
    ),
    "estimator a regressor": (
        {
            "model": "random_forest",
            "overrides": "model.estimator=sklearn.ensemble.RandomForestRegressor",
        },
        [
            "--config model.estimator=sklearn.ensemble.RandomForestRegressor: model.estimator: 'sklearn.ensemble.RandomForestRegressor' is a regressor, not a classifier"
        ],
    ),
    "estimator no path": (
        {"model": "random_forest", "overrides": "model.estimator=RandomForestClassifier"},
        [
            "--config model.estimator=RandomForestClassifier: model.estimator='RandomForestClassifier': must match pattern '^[A-Za-z_]\\w*(\\.[A-Za-z_]\\w*)+$'"
        ],
    ),
    "estimator not installed": (
        {"model": "random_forest", "overrides": "model.estimator=nopackage.Classifier"},
        [
            "--config model.estimator=nopackage.Classifier: model.estimator: 'nopackage.Classifier' needs the package 'nopackage', which is not installed"
        ],
    ),
    "grammar": (
        {"overrides": "seed=[1"},
        [
            "--config seed=[1: not Hydra's override grammar: no viable alternative at input '[1'; text with other characters than letters, digits and /-\\+.$%*@:?| goes in quotes"
        ],
    ),
    "grammar without a value": (
        {"overrides": "seed"},
        [
            "--config seed: not Hydra's override grammar: missing EQUAL at '<EOF>'; text with other characters than letters, digits and /-\\+.$%*@:?| goes in quotes"
        ],
    ),
    "added but there": (
        {"overrides": "+seed=1"},
        ["--config +seed=1: 'seed' is there already; write seed=1 or ++seed=1"],
    ),
    "deleted but not there": (
        {"overrides": "~model.params.depth"},
        [
            "--config ~model.params.depth: there is no key 'model.params.depth'; did you mean 'max_depth'? (allowed: strategy, C, solver, max_iter, n_estimators, max_depth, min_samples_split, min_samples_leaf, max_features, class_weight, learning_rate, subsample, max_leaf_nodes, l2_regularization; a key that is not there yet is added with +)"
        ],
    ),
    "deleted but needed": (
        {"overrides": "~features.test_size"},
        ["--config ~features.test_size: features.test_size: must be given"],
    ),
    "package": (
        {"overrides": "data@other=telco"},
        ["--config data@other=telco: packages (@) cannot be changed here"],
    ),
    "overrides no text": (
        {"overrides": {"a": "1"}},
        ["--config overrides={'a': '1'}: must be text or a list of texts, each key=value"],
    ),
    "interpolation": (
        {"overrides": "project=${name}"},
        ["--config project=${name}: project: Interpolation key 'name' not found"],
    ),
    "seed swept": (
        {"overrides": "seed=1,2"},
        [
            "--config seed=1,2: 'seed' cannot be swept, as all models of a run share it; only keys of model can (write a list as [a,b], text with a comma in quotes)"
        ],
    ),
    "interval": (
        {"model": "random_forest", "overrides": "model.params.max_depth=interval(1,9)"},
        [
            "--config model.params.max_depth=interval(1,9): interval() has no end of values and needs a sampler; give values with choice() or range(), and take a random part of them with sweep.sample"
        ],
    ),
    "swept value out of range": (
        {"model": "random_forest", "overrides": "model.params.max_depth=4,0"},
        [
            "--config model.params.max_depth=4,0: model.params.max_depth=0: must be an int in the range [1, inf) or None"
        ],
    ),
    "swept twice the same": (
        {"model": "random_forest", "overrides": "model.params.max_depth=4,4"},
        ["random_forest+max_depth=4: two points of the sweep have this name"],
    ),
    "too many points": (
        {
            "model": "random_forest",
            "overrides": "model.params.max_depth=range(1,1001) model.params.n_estimators=range(1,1001)",
        },
        [
            "--config model.params.max_depth=range(1,1001): 1,000,000 points are more than 100,000; draw some with sweep.sample"
        ],
    ),
    "sample": (
        {"overrides": "sweep.sample=0"},
        ["--config sweep.sample=0: sweep.sample=0: must be greater than or equal to 1"],
    ),
    "three at once": (
        {"seed": "-1", "overrides": "features.test_size=2 model.preprocessing.scale=maybe"},
        [
            "--config seed=-1: seed=-1: must be greater than or equal to 0",
            "--config features.test_size=2: features.test_size=2: must be less than 1",
            "--config model.preprocessing.scale=maybe: model.preprocessing.scale='maybe': must be a valid boolean",
        ],
    ),
    "Hydra's own": (
        {"overrides": "hydra.run.dir=here"},
        ["--config hydra.run.dir=here: there is no section 'hydra.run'"],
    ),
}

# The file, what is replaced (None: all of it) by what, and every line of the answer.
FILES: dict[str, tuple[str, str | None, str | bytes, list[str]]] = {
    "syntax": (
        "training/default.yaml",
        None,
        "cross_validation: {folds: 5\n",
        [
            "config/training/default.yaml, line 2, column 1: not valid YAML: expected ',' or '}', but got '<stream end>'"
        ],
    ),
    "tab": (
        "training/default.yaml",
        None,
        "cross_validation:\n\tfolds: 5\n",
        [
            "config/training/default.yaml, line 2, column 1: not valid YAML: found character '\\t' that cannot start any token"
        ],
    ),
    "key twice": (
        "training/default.yaml",
        None,
        "cross_validation: {folds: 5}\ncross_validation: {folds: 3}\n",
        [
            "config/training/default.yaml, line 2, column 1: not valid YAML: found duplicate key cross_validation"
        ],
    ),
    "not UTF-8": (
        "training/default.yaml",
        None,
        b"cross_validation: {folds: 5}  # caf\xe9\n",
        [
            "config/training/default.yaml: not text in UTF-8: 'utf-8' codec can't decode byte 0xe9 in position 35: invalid continuation byte"
        ],
    ),
    "a list": (
        "training/default.yaml",
        None,
        "- folds\n",
        ["config/training/default.yaml: training=['folds']: must be keys with values"],
    ),
    "a text": (
        "training/default.yaml",
        None,
        "folds\n",
        [
            "config/training/default.yaml: training.cross_validation: must be given",
            "config/training/default.yaml: training.folds: unknown key (allowed: cross_validation)",
        ],
    ),
    "empty": (
        "training/default.yaml",
        None,
        "",
        ["config/training/default.yaml: training.cross_validation: must be given"],
    ),
    "main empty": (
        "config.yaml",
        None,
        "",
        ["config/config.yaml: defaults: must be a list that names an option of each group"],
    ),
    "main a list": (
        "config.yaml",
        None,
        "- a\n",
        ["config/config.yaml: defaults: must be a list that names an option of each group"],
    ),
    "main syntax": (
        "config.yaml",
        "seed: 42",
        "seed: [42",
        ["config/config.yaml, line 18, column 1: not valid YAML: expected ',' or ']', but got '?'"],
    ),
    "unknown key": (
        "training/default.yaml",
        "folds: 5",
        "folds: 5\n  fold: 3",
        [
            "config/training/default.yaml: training.cross_validation.fold: unknown key; did you mean 'folds'? (allowed: folds, repeats)"
        ],
    ),
    "unknown main key": (
        "config.yaml",
        "seed: 42",
        "seed: 42\nsead: 3",
        [
            "config/config.yaml: sead: unknown key; did you mean 'seed'? (allowed: project, seed, models, sweep, logging, warm_workers, data, features, training, evaluation, champion, notifications, tracking, versioning)"
        ],
    ),
    "missing key": (
        "features/default.yaml",
        "test_size: 0.2",
        "",
        ["config/features/default.yaml: features.test_size: must be given"],
    ),
    "wrong type": (
        "features/default.yaml",
        "0.2",
        "a fifth",
        ["config/features/default.yaml: features.test_size='a fifth': must be a valid number"],
    ),
    "target null": (
        "data/synthetic.yaml",
        "target: Churn",
        "target: null",
        ["config/data/synthetic.yaml: data.target=null: must be a valid string"],
    ),
    "defaults": (
        "config.yaml",
        "data: synthetic",
        "data: sinthetic",
        [
            "config: there is no config/data/sinthetic.yaml, which a defaults list names (options: file, synthetic, telco)"
        ],
    ),
    "no such model": (
        "config.yaml",
        "- baseline",
        "- basline",
        [
            "config/config.yaml: models: there is no config/model/basline.yaml; did you mean 'baseline'? (options of model: baseline, gradient_boosting, hist_gradient_boosting, logistic_regression, random_forest)"
        ],
    ),
    "params a list": (
        "model/logistic_regression.yaml",
        "params:",
        "params: []\nother:",
        [
            "config/model/logistic_regression.yaml: model.params=[]: must be keys with values",
            "config/model/logistic_regression.yaml: model.other: unknown key (allowed: estimator, params, preprocessing, calibration)",
        ],
    ),
    "params misspelt": (
        "model/logistic_regression.yaml",
        "max_iter",
        "max_iters",
        [
            "config/model/logistic_regression.yaml: model.params.max_iters: not a parameter of LogisticRegression; did you mean 'max_iter'? allowed: C, class_weight, dual, fit_intercept, intercept_scaling, l1_ratio, max_iter, n_jobs, penalty, random_state, solver, tol, verbose, warm_start"
        ],
    ),
    "param wrong": (
        "model/logistic_regression.yaml",
        "lbfgs",
        "lbfsg",
        [
            "config/model/logistic_regression.yaml: model.params.solver='lbfsg': must be one of 'lbfgs', 'liblinear', 'newton-cg', 'newton-cholesky', 'sag', 'saga'; did you mean 'lbfgs'?"
        ],
    ),
    "source kind missing": (
        "data/synthetic.yaml",
        "kind: synthetic",
        "",
        ["config/data/synthetic.yaml: data.source.kind: must be given"],
    ),
    "source not a section": (
        "data/synthetic.yaml",
        "source:",
        "source: x\nother:",
        [
            "config/data/synthetic.yaml: data.source='x': must be keys with values",
            "config/data/synthetic.yaml: data.other: unknown key (allowed: source, target, positive_label, id, numeric, categorical, drop, slices, delimiter)",
        ],
    ),
    "interpolation": (
        "model/logistic_regression.yaml",
        "1000",
        "${iterations}",
        [
            "config/model/logistic_regression.yaml: model.params.max_iter: Interpolation key 'iterations' not found"
        ],
    ),
    "interpolation syntax": (
        "model/logistic_regression.yaml",
        "1000",
        "${iterations",
        ["config/model/logistic_regression.yaml: no viable alternative at input '${iterations'"],
    ),
    "mandatory param": (
        "model/logistic_regression.yaml",
        "1000",
        "???",
        [
            'config/model/logistic_regression.yaml: model.params.max_iter: must be given, for example --config overrides="model.params.max_iter=..."'
        ],
    ),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "estimators.json"


@pytest.mark.parametrize("case", TYPED)
def test_typed(cache: Path, case: str):
    typed, expected = TYPED[case]
    assert problems_of(cache, typed) == expected


@pytest.mark.parametrize("case", FILES)
def test_file(cache: Path, tmp_path: Path, case: str):
    name, old, new, expected = FILES[case]
    if old is not None:
        text = (CONFIG / name).read_text()
        assert old in text
        new = text.replace(old, str(new))
    assert problems_of(cache, folder=edited(tmp_path, name, new)) == expected
