"""Random overrides: Hydra's own result, or words; never a traceback, never a key dropped."""

from pathlib import Path
from typing import Any

import pytest
from churn.config.schema import Shared
from churn.errors import InputError
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from support.configs import CONFIG, load_config

MODEL = "random_forest"
KEYS = st.sampled_from(
    [
        "seed",
        "project",
        "data",
        "data.source.rows",
        "data.positive_label",
        "data.numeric",
        "features.test_size",
        "training.cross_validation.folds",
        "evaluation.threshold.metric",
        "model.params.max_depth",
        "model.params.max_features",
        "model.params.class_weight",
        "model.params.nothing",
        "model.preprocessing.scale",
        "nothing.at.all",
        "hydra.run.dir",
    ]
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=12)
QUOTED = TEXT.map(lambda text: QuotedString(text, Quote.single).with_quotes())
PLAIN = st.one_of(
    st.integers(-3, 200).map(str),
    st.floats(-2, 2, allow_nan=False).map(str),
    st.sampled_from(["null", "true", "sqrt", "mcc", "synthetic", "telco", "${seed}", "${nothing}"]),
    QUOTED,
)
VALUES = st.one_of(
    PLAIN,
    st.lists(PLAIN, max_size=3).map(lambda items: f"[{','.join(items)}]"),
    st.dictionaries(st.sampled_from("ab"), PLAIN, max_size=2).map(
        lambda items: "{" + ",".join(f"{key}:{value}" for key, value in items.items()) + "}"
    ),
    TEXT,
)
OVERRIDES = st.one_of(
    st.builds("{}{}={}".format, st.sampled_from(["", "", "", "+", "++"]), KEYS, VALUES),
    st.builds("~{}".format, KEYS),
    TEXT,
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "estimators.json"


def by_hydra(overrides: list[str]) -> Any:
    """Compose with Hydra alone; None where it refuses."""
    try:
        with initialize_config_dir(str(CONFIG), version_base="1.3"):
            config = compose("config", [f"model={MODEL}", *overrides])
            return OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except (HydraException, OmegaConfBaseException, ValueError):
        return None


def is_sweep(override: str) -> bool:
    try:
        return OverridesParser.create().parse_override(override).is_sweep_override()
    except HydraException:
        return False


def check_words(error: InputError) -> None:
    assert error.problems
    assert all(problem.strip() and "\n" not in problem for problem in error.problems)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(overrides=st.lists(OVERRIDES, min_size=1, max_size=3))
@example(overrides=["+model.params.ccp_alpha=0.01"])
@example(overrides=["data=telco", "data.source.retries=1"])
@example(overrides=["~model.params.max_depth"])
@example(overrides=["data.positive_label='a\\'b c'"])
@example(overrides=["model.params.class_weight={a:'x y'}", "seed=3"])
@example(overrides=["data.id=null", "++data.id=x"])
@example(overrides=["~model.params.max_depth", "~model.params.max_depth"])
def test_overrides_give_hydras_result_or_words(cache: Path, overrides: list[str]):
    overrides = [override for override in overrides if override.strip()]
    expected = by_hydra(overrides)
    try:
        run = load_config(cache, {"model": MODEL, "overrides": overrides})
    except InputError as error:
        check_words(error)
        return
    if any(is_sweep(override) for override in overrides):
        return
    assert expected is not None, "Hydra refuses what was taken"
    wanted = Shared.model_validate(
        {key: value for key, value in expected.items() if key != "model"}
    )
    assert run.shared == wanted.model_dump(mode="json")
    assert run.models[MODEL]["params"] == expected["model"]["params"]
