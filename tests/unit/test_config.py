"""What a run uses: composition, precedence, sweeps, what is shown of it."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from churn.config.display import as_plain, with_origins
from churn.config.documentation import generated_files
from churn.config.run import Run
from churn.estimators import build_estimator
from support.configs import CONFIG, load_config
from support.project import ROOT

OPTIONS = {
    folder.name: sorted(path.stem for path in folder.glob("*.yaml"))
    for folder in sorted(CONFIG.iterdir())
    if folder.is_dir()
}
# What an option leaves to the user.
LEFT_OPEN = {
    "file": "data.source.path=table.csv data.target=left data.positive_label=1",
    "s3": "versioning.remote.url=s3://bucket/folder",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "estimators.json"


def choose(group: str, option: str) -> dict[str, Any]:
    return {group: option, **({"overrides": LEFT_OPEN[option]} if option in LEFT_OPEN else {})}


@pytest.mark.parametrize(
    ("group", "option"), [(group, option) for group in OPTIONS for option in OPTIONS[group]]
)
def test_every_option_composes(cache: Path, group: str, option: str):
    run = load_config(cache, choose(group, option))
    assert list(run.models) == ([option] if group == "model" else run.section("models"))


@pytest.mark.parametrize(
    ("model", "data"), list(itertools.product(OPTIONS["model"], OPTIONS["data"]))
)
def test_every_pair_of_model_and_data_is_ready_to_train(cache: Path, model: str, data: str):
    run = load_config(cache, {"model": model, **choose("data", data)})
    section = run.model(model)
    estimator = build_estimator(section["estimator"], section["params"], seed=1, threads=1)
    assert hasattr(estimator, "predict_proba")


def test_all_and_lists_choose_models(cache: Path):
    assert list(load_config(cache, {"model": "all"}).models) == OPTIONS["model"]
    chosen = load_config(cache, {"model": ["random_forest", "baseline"]})
    assert list(chosen.models) == ["random_forest", "baseline"]


# --configfile, --config and the seed that wins.
PRECEDENCE = [
    ({}, {}, 42),
    ({"seed": 1}, {}, 1),
    ({"seed": 1}, {"seed": 2}, 2),
    ({"overrides": "seed=3"}, {"seed": 2}, 3),
    ({"overrides": "seed=3"}, {"seed": 2, "overrides": "seed=4"}, 4),
    ({"seed": 1}, {"overrides": "seed=5 seed=6"}, 6),
]


@pytest.mark.parametrize(("files", "typed", "seed"), PRECEDENCE)
def test_later_wins(cache: Path, files: dict, typed: dict, seed: int):
    assert load_config(cache, typed, files).section("seed") == seed


# What is typed, a key, and the value that it gets.
GRAMMAR = [
    ({"overrides": "model.params.max_depth=null"}, "max_depth", None),
    ({"overrides": "++model.params.max_depth=3"}, "max_depth", 3),
    ({"overrides": "+model.params.ccp_alpha=0.01"}, "ccp_alpha", 0.01),
    ({"overrides": "model.params.max_features='sqrt'"}, "max_features", "sqrt"),
    ({"overrides": "model.params.max_features=0.5"}, "max_features", 0.5),
    ({"overrides": "model.params.class_weight={0:1,1:3}"}, "class_weight", {"0": 1, "1": 3}),
    ({"overrides": "model.params.max_features=${model.params.max_depth}"}, "max_features", 8),
    ({"overrides": ["model.params.max_depth=3", "model.params.max_depth=5"]}, "max_depth", 5),
    ({"model": {"params": {"max_depth": "6"}}, "models": ["random_forest"]}, "max_depth", 6),
    ({"model": {"params": {"max_depth": "null"}}, "models": ["random_forest"]}, "max_depth", None),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "key", "value"), GRAMMAR)
def test_grammar_of_overrides(cache: Path, typed: dict[str, Any], key: str, value: Any):
    run = load_config(cache, {"models": ["random_forest"], **typed})
    params = run.model("random_forest")["params"]
    assert json.loads(json.dumps(params[key])) == value


def test_deleted_key_is_gone(cache: Path):
    run = load_config(
        cache, {"model": "random_forest", "overrides": "~model.params.max_depth seed=3"}
    )
    assert "max_depth" not in run.model("random_forest")["params"]


def test_quoted_text_with_spaces_stays_whole(cache: Path):
    run = load_config(cache, {"overrides": "data.positive_label='has left, for good' data.id=null"})
    assert run.section("data.positive_label") == "has left, for good"


def test_configfile_text_is_never_read_as_grammar(cache: Path):
    label = "a,b: {c} [d] 'e' \"f\" \\"
    run = load_config(cache, files={"data": {"positive_label": label}})
    assert run.section("data.positive_label") == label


def test_model_override_applies_to_each_model_that_has_the_key(cache: Path):
    run = load_config(cache, {"overrides": "model.params.max_depth=4"})
    depths = {name: run.model(name)["params"].get("max_depth") for name in run.models}
    assert depths == {
        "baseline": None,
        "logistic_regression": None,
        "random_forest": 4,
        "gradient_boosting": 4,
        "hist_gradient_boosting": None,
    }


# What is typed, and the names of the variants.
SWEEPS = {
    "two values": (
        "model.params.max_depth=4,8",
        ["random_forest+max_depth=4", "random_forest+max_depth=8"],
    ),
    "two keys": (
        "model.params.n_estimators=10,20 model.params.max_depth=choice(4,8)",
        [
            "random_forest+max_depth=4+n_estimators=10",
            "random_forest+max_depth=8+n_estimators=10",
            "random_forest+max_depth=4+n_estimators=20",
            "random_forest+max_depth=8+n_estimators=20",
        ],
    ),
    "range": (
        "model.params.max_depth=range(2,7,2)",
        [f"random_forest+max_depth={depth}" for depth in (2, 4, 6)],
    ),
    "added key": (
        "+model.params.ccp_alpha=0.0,0.01",
        ["random_forest+ccp_alpha=0.0", "random_forest+ccp_alpha=0.01"],
    ),
    "same last word": (
        "+model.params.max_samples=0.5,0.9 model.preprocessing.scale=true,false",
        [
            "random_forest+max_samples=0.5+scale=True",
            "random_forest+max_samples=0.5+scale=False",
            "random_forest+max_samples=0.9+scale=True",
            "random_forest+max_samples=0.9+scale=False",
        ],
    ),
    "later single value ends the sweep": (
        "model.params.max_depth=4,8 model.params.max_depth=5",
        ["random_forest"],
    ),
    "null": (
        "model.params.max_depth=4,null",
        ["random_forest+max_depth=4", "random_forest+max_depth=null"],
    ),
}


@pytest.mark.parametrize("case", SWEEPS)
def test_sweep(cache: Path, case: str):
    overrides, names = SWEEPS[case]
    run = load_config(cache, {"model": "random_forest", "overrides": overrides})
    assert list(run.models) == names


def test_variant_has_the_values_of_its_name(cache: Path):
    run = load_config(cache, {"model": "random_forest", "overrides": "model.params.max_depth=4,8"})
    assert run.model("random_forest+max_depth=4")["params"]["max_depth"] == 4
    assert run.model("random_forest+max_depth=8")["params"]["max_depth"] == 8
    assert run.points["random_forest+max_depth=8"] == {"model.params.max_depth": 8}


def test_sweep_takes_only_the_models_that_have_the_key(cache: Path):
    run = load_config(cache, {"overrides": "model.params.max_leaf_nodes=7,15"})
    assert [name for name in run.models if "+" in name] == [
        "hist_gradient_boosting+max_leaf_nodes=7",
        "hist_gradient_boosting+max_leaf_nodes=15",
    ]
    assert "baseline" in run.models


def test_glob_and_choice_choose_models(cache: Path):
    boosting = load_config(cache, {"overrides": "model=glob(*boosting)"})
    assert list(boosting.models) == ["gradient_boosting", "hist_gradient_boosting"]
    two = load_config(cache, {"overrides": "model=baseline,random_forest"})
    assert list(two.models) == ["baseline", "random_forest"]


def test_unsafe_and_long_names_end_in_a_hash(cache: Path):
    weights = "model.params.class_weight={0:1,1:2},{0:1,1:3}"
    run = load_config(cache, {"model": "random_forest", "overrides": weights})
    names = list(run.models)
    assert len(set(names)) == 2
    assert all(len(name) <= 120 and "/" not in name and "{" not in name for name in names)
    again = load_config(cache, {"model": "random_forest", "overrides": weights})
    assert list(again.models) == names


def sampled(cache: Path, seed: int) -> list[str]:
    overrides = (
        "model.params.max_depth=range(1,1001) model.params.n_estimators=range(1,1001) "
        f"sweep.sample=20 seed={seed}"
    )
    return list(load_config(cache, {"model": "random_forest", "overrides": overrides}).models)


def test_sample_draws_the_same_points_for_the_same_seed(cache: Path):
    first = sampled(cache, 1)
    assert len(set(first)) == 20
    assert sampled(cache, 1) == first
    assert sampled(cache, 2) != first


def test_500_points_differ_and_hold_their_values(cache: Path):
    overrides = "model.params.max_depth=range(1,26) model.params.n_estimators=range(10,210,10)"
    run = load_config(cache, {"model": "random_forest", "overrides": overrides})
    values = {
        (run.model(name)["params"]["max_depth"], run.model(name)["params"]["n_estimators"])
        for name in run.models
    }
    assert len(run.models) == len(values) == 500


SECRET = "hunter2"


def secret_run(cache: Path) -> Run:
    url = f"https://user:{SECRET}@host/table.csv?token={SECRET}&year=2024"
    return load_config(cache, {"data": "telco", "overrides": f"data.source.url='{url}'"})


def test_secrets_are_not_shown(cache: Path):
    run = secret_run(cache)
    assert SECRET in run.section("data.source.url")
    shown = yaml.safe_dump(as_plain(run)) + with_origins(run)
    assert SECRET not in shown
    assert "https://***@host/table.csv?token=***" in shown


def test_origins_name_file_or_override(cache: Path):
    run = load_config(
        cache,
        {"seed": 7, "overrides": "model.params.max_depth=4"},
        files={"features": {"test_size": 0.3}},
    )
    lines = [line.split("#") for line in with_origins(run).splitlines()]
    origins = {key.split(":")[0]: where.strip() for key, where in lines}
    assert origins["seed"] == "--config seed=7"
    assert origins["features.test_size"] == "--config features.test_size=0.3"
    assert origins["project"] == "config/config.yaml"
    assert origins["data.source.rows"] == "config/data/synthetic.yaml"
    assert origins["model[random_forest].params.max_depth"] == "--config model.params.max_depth=4"
    assert origins["model[random_forest].params.max_features"] == "config/model/random_forest.yaml"


def test_generated_files_are_up_to_date():
    stale = [
        str(path) for path, text in generated_files().items() if (ROOT / path).read_text() != text
    ]
    assert stale == [], "run `make schema`"


def test_shipped_models_are_known_to_be_right_without_scikit_learn(tmp_path: Path):
    code = (
        "import sys; from functools import partial; from churn.config.loading import load;"
        "from churn.estimator_checks import check_estimators;"
        "check = partial(check_estimators, cache=sys.argv[1], shipped=sys.argv[2]);"
        "load('config', {}, {'model': 'all'}, check); print('sklearn' in sys.modules)"
    )
    shipped = ROOT / "workflow/schemas/checked_estimators.json"
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "cache.json", shipped],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False", "run `make schema`"


@pytest.mark.parametrize("path", sorted(CONFIG.rglob("*.yaml")), ids=lambda path: path.stem)
def test_config_file_fits_the_schema_that_its_first_line_names(path: Path):
    first, _, _ = path.read_text().partition("\n")
    schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    jsonschema.validate(yaml.safe_load(path.read_text()), json.loads(schema.read_text()))


def test_editor_schema_finds_a_misspelt_key():
    schema = json.loads((ROOT / "workflow/schemas/training.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"cross_validation": {"fold": 5}}, schema)


def test_catalog_schema_describes_what_a_run_uses(cache: Path):
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert "$ref" not in yaml.safe_dump(schema)
    plain = as_plain(load_config(cache))
    for section in plain["model"].values():
        jsonschema.validate({**plain, "model": section}, schema)
