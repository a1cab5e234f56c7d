"""The way in: compose, validate, and give every stage the part that it reads."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from pydantic import BaseModel

from churn.config.command_line import MODEL, read_overrides
from churn.config.composition import Composer, Composition, composed
from churn.config.origins import Origins
from churn.config.schema import Model, Shared
from churn.config.validation import validate
from churn.errors import InputError


@dataclass(frozen=True)
class Run:
    """The validated configuration of one run.

    Attributes
    ----------
    shared : Shared
        Everything that the models have in common.
    models : dict of str to Model
        The models, or variants of models, that are trained and compared, by name.
    points : dict of str to dict
        By the same name, the values that a sweep gave to keys of the model.
    files : dict of str to str
        By the same name, the file that the model stands in.
    origins : Origins
        Where each value comes from.
    """

    shared: Shared
    models: dict[str, Model]
    points: dict[str, dict[str, Any]]
    files: dict[str, str]
    origins: Origins

    def section(self, key: str, leave_out: Collection[str] = ()) -> Any:
        """Give the section or value at a dotted key as plain values with sorted keys."""
        value: Any = self.shared
        for name in key.split("."):
            value = getattr(value, name)
        plain = _sorted(value)
        if not leave_out:
            return plain
        return {name: plain[name] for name in plain if name not in leave_out}

    def swept(self) -> Any:
        """Give the values that a sweep gave to the variants of models, if there is one."""
        return _sorted({name: point for name, point in self.points.items() if point})

    def model(self, name: str) -> Any:
        """Give the section of one model as plain values with sorted keys."""
        return _sorted(self.models[name])


EstimatorCheck = Callable[[Mapping[str, tuple[str, Mapping[str, Any]]]], dict[str, list[str]]]


def load(
    folder: str | Path,
    files: Mapping[str, Any],
    typed: Mapping[str, Any],
    check_estimators: EstimatorCheck,
) -> Run:
    """Compose and validate the configuration of a run.

    Parameters
    ----------
    folder : str or Path
        Hydra's config folder.
    files : mapping
        Content of the ``--configfile`` overlays.
    typed : mapping
        What ``--config`` holds; it wins over `files`, which win over the YAML files.
    check_estimators : callable
        Takes the estimator and its parameters of every model, gives the problems of each, as
        ``params.key=value: what is wrong``.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        With a line for every mistake: where, what, what is allowed, the nearest known name.
    """
    composer = Composer(Path(folder))
    keys = [*composer.groups, *composer.top_level_keys()]
    composition = composer.compose(read_overrides(files, typed, keys))
    return _validated(composition, check_estimators)


def run_of(config: DictConfig, model: str, check_estimators: EstimatorCheck) -> Run:
    """Validate what a Hydra application has composed for one model.

    Parameters
    ----------
    config : DictConfig
        The composed config.
    model : str
        The chosen option of the model group.
    check_estimators : callable
        As for `load`.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        As for `load`.
    """
    return _validated(composed(config, model), check_estimators)


def _validated(composition: Composition, check_estimators: EstimatorCheck) -> Run:
    origins = composition.origins
    problems = list(composition.problems)
    shared: Any = None
    models = {}
    # Sections that could not be composed are left out; their problem is among the others.
    if composition.shared:
        shared, found = validate(Shared, composition.shared, origins)
        problems += found
    for name, section in composition.models.items():
        models[name], found = validate(Model, section, origins, composition.file_of(name))
        problems += found
    sound = {name: (model.estimator, model.params) for name, model in models.items() if model}
    for name, found in check_estimators(sound).items():
        for problem in found:
            key = f"{MODEL}.{re.split('[=:]', problem)[0]}"
            where = origins.of(key, composition.file_of(name))
            problems.append(f"{where}: {MODEL}.{problem}")
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    points = {name: point.values for name, point in composition.points.items()}
    files = {name: composition.file_of(name) for name in models}
    return Run(shared, models, points, files, origins)


def _sorted(value: Any) -> Any:
    """Turn sections into dicts with sorted keys: Snakemake compares parameters in order."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
