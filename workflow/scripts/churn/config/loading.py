"""The way in: compose and validate."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from pydantic import BaseModel

from churn.config.command_line import read_overrides
from churn.config.composition import Composer, Composition, composed
from churn.config.lazy import LazyMapping
from churn.config.run import MODEL, Run
from churn.config.schema import Model, Shared
from churn.config.validation import validate
from churn.errors import InputError

EstimatorCheck = Callable[[Mapping[str, tuple[str, Mapping[str, Any]]]], dict[str, list[str]]]


def load(
    folder: str | Path,
    files: Mapping[str, Any],
    typed: Mapping[str, Any],
    check_estimators: EstimatorCheck | None,
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
    check_estimators : callable or None
        Takes the estimator and its parameters of every model, gives the problems of each, as
        ``params.key=value: what is wrong``. None: all has been found right before, as in a job
        on another machine, and models are composed when they are asked for.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        With a line for every mistake: where, what, what is allowed, the nearest known name.
    """
    composer = Composer(Path(folder), lazy=check_estimators is None)
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


def _validated(composition: Composition, check_estimators: EstimatorCheck | None) -> Run:
    origins = composition.origins
    problems = list(composition.problems)
    points = {name: point.values for name, point in composition.points.items()}
    files = {name: composition.file_of(name) for name in points}
    shared: Any = None
    models = {}
    # Sections that could not be composed are left out; their problem is among the others.
    if composition.shared:
        shared, found = validate(Shared, composition.shared, origins)
        problems += found
    if check_estimators is None and not problems:
        sections = composition.models
        lazy = LazyMapping(sections, lambda name: _plain(Model.model_validate(sections[name])))
        return Run(_plain(shared), lazy, points, files, origins)
    for name, section in composition.models.items():
        models[name], found = validate(Model, section, origins, composition.file_of(name))
        problems += found
    sound = {name: (model.estimator, model.params) for name, model in models.items() if model}
    for name, found in (check_estimators(sound) if check_estimators else {}).items():
        for problem in found:
            key = f"{MODEL}.{re.split('[=:]', problem)[0]}"
            where = origins.of(key, composition.file_of(name))
            problems.append(f"{where}: {MODEL}.{problem}")
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    plain = {name: _plain(model) for name, model in models.items()}
    return Run(_plain(shared), plain, points, files, origins)


def _plain(section: BaseModel) -> dict[str, Any]:
    return section.model_dump(mode="json")
