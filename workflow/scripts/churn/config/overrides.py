"""Read overrides in Hydra's grammar and put them on a composed configuration."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, ValueType
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from churn.config.origins import Typed
from churn.config.problems import first_line, override_problem
from churn.config.run import MODEL
from churn.config.sweeps import Sweep


def parsed(texts: Sequence[str], problems: list[str]) -> Iterator[Override]:
    """Parse overrides, and leave out those that cannot be taken.

    Parameters
    ----------
    texts : sequence of str
        Hydra overrides.
    problems : list of str
        Gets a line for each that is left out.

    Yields
    ------
    Override
    """
    parser = OverridesParser.create()
    for text in texts:
        try:
            override = parser.parse_override(text)
        except HydraException as error:
            problems.append(
                f"--config {text}: not Hydra's override grammar: {first_line(error)}; "
                "text with other characters than letters, digits and /-\\+.$%*@:?| goes in quotes"
            )
            continue
        problem = _not_taken(override)
        if problem:
            problems.append(f"--config {text}: {problem}")
        else:
            yield override


def as_typed(override: Override) -> Typed:
    """Note what was typed, to tell later where a value comes from."""
    is_section = isinstance(override.value(), Mapping)
    return Typed(str(override.input_line), override.key_or_group, is_section)


def selects_models(override: Override) -> bool:
    """Tell whether an override chooses the models of the run."""
    return override.key_or_group == MODEL and not isinstance(override.value(), dict)


def put_on(
    config: DictConfig,
    overrides: Sequence[Override],
    fitting: set[int],
    failures: dict[int, BaseException],
) -> list[Sweep]:
    """Apply overrides to a model and give the sweeps among them that it has the keys for.

    Parameters
    ----------
    config : DictConfig
        The model beside the shared sections; changed in place.
    overrides : sequence of Override
        Later ones win.
    fitting : set of int
        Gets the places of the overrides that could be applied.
    failures : dict
        Gets, by its place, why an override could not.

    Returns
    -------
    list of Sweep
    """
    sweeps: dict[str, Sweep] = {}
    for place, override in enumerate(overrides):
        try:
            if override.is_sweep_override():
                sweep = Sweep.of(override)
                choose(deepcopy(config), sweep, 0)
                sweeps[sweep.key] = sweep
            else:
                _set(config, override)
                sweeps.pop(override.key_or_group, None)
            fitting.add(place)
        except (HydraException, OmegaConfBaseException) as error:
            failures[place] = error
    return list(sweeps.values())


def choose(config: DictConfig, sweep: Sweep, number: int) -> None:
    """Set a sweep's key to one of its values, counted from 0."""
    chosen = replace(sweep.override, value_type=ValueType.ELEMENT, _value=sweep.values[number])
    _set(config, chosen)


def is_models(override: Override) -> bool:
    """Tell whether an override is of the model group or a key of a model."""
    return override.key_or_group.split(".")[0] == MODEL


def apply(config: DictConfig, overrides: Sequence[Override], problems: list[str]) -> None:
    """Apply overrides to a configuration; `problems` gets a line for each that does not fit."""
    for override in overrides:
        try:
            _set(config, override)
        except (HydraException, OmegaConfBaseException) as error:
            problems.append(override_problem(override, [config], error))


def _not_taken(override: Override) -> str | None:
    if override.package is not None:
        return "packages (@) cannot be changed here"
    if override.is_interval_sweep():
        return (
            "interval() has no end of values and needs a sampler; give values with choice() or "
            "range(), and take a random part of them with sweep.sample"
        )
    if override.is_sweep_override() and not is_models(override):
        return (
            f"'{override.key_or_group}' cannot be swept, as all models of a run share it; only "
            "keys of model can (write a list as [a,b], text with a comma in quotes)"
        )
    if isinstance(override.value(), Glob) and override.key_or_group != MODEL:
        return "glob() chooses options of a group, and only model can have several"
    return None


def _set(config: DictConfig, override: Override) -> None:
    """Change `config` exactly as Hydra would."""
    ConfigLoaderImpl._apply_overrides_to_config([override], config)
