"""Compose the YAML files with Hydra and put the overrides on top, one answer for every mistake."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Glob, Override
from omegaconf import DictConfig, OmegaConf

from churn.config.aliases import check_aliases
from churn.config.command_line import ALL, nearest
from churn.config.lazy import LazyMapping
from churn.config.origins import Origins
from churn.config.overrides import (
    apply,
    as_typed,
    choose,
    is_models,
    parsed,
    put_on,
    selects_models,
)
from churn.config.problems import override_problem, readable_errors
from churn.config.run import MODEL
from churn.config.sweeps import Point, Sweep, points, replaces, sampling
from churn.errors import InputError

PRIMARY = "config"
HYDRAS_OWN = ("defaults", "hydra")


@dataclass(frozen=True)
class Variant:
    """A model, or a variant of a model at one point of a sweep.

    Attributes
    ----------
    base : str
        The model's name.
    values : dict
        The values that the sweep gave to keys of the model.
    """

    base: str
    values: dict[str, Any]


@dataclass
class Composition:
    """The composed configuration before validation, and what went wrong on the way.

    Attributes
    ----------
    folder : str
        Name of the config folder.
    origins : Origins
        Where each value comes from.
    shared : dict
        All sections but the model's; a value of ``???`` is still missing.
    models : mapping
        The model section of every model, or variant of a model, by name.
    points : dict
        By the same name, what it is a variant of.
    problems : list of str
        A line for every mistake.
    """

    folder: str
    origins: Origins
    shared: dict[str, Any] = field(default_factory=dict)
    models: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    points: dict[str, Variant] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def file_of(self, model: str) -> str:
        """Name the file that a model or the model of a variant stands in."""
        return f"{self.folder}/{MODEL}/{self.points[model].base}.yaml"


class Composer:
    """Composes the configuration kept in a folder.

    Parameters
    ----------
    folder : Path
        Hydra's config folder: ``config.yaml`` and one folder a group.
    lazy : bool
        Leave the points of a sweep to be composed when they are asked for.
    """

    def __init__(self, folder: Path, lazy: bool = False) -> None:
        self.lazy = lazy
        if not (folder / f"{PRIMARY}.yaml").is_file():
            raise InputError(
                f"{folder.name}/{PRIMARY}.yaml: not found in {folder.parent}; "
                "run the workflow from the folder that holds config/, or name it with --directory"
            )
        check_aliases(folder)
        self.folder = folder
        self.primary = self._read_primary()
        self.groups = {
            path.name: sorted(option.stem for option in path.glob("*.yaml"))
            for path in sorted(folder.iterdir())
            if path.is_dir() and any(path.glob("*.yaml"))
        }

    def _read_primary(self) -> dict[str, Any]:
        problems: list[str] = []
        path = self.folder.resolve() / f"{PRIMARY}.yaml"
        with readable_errors(self.folder, problems), path.open(encoding="utf-8") as file:
            content = yaml.safe_load(file)
            if isinstance(content, dict) and isinstance(content.get("defaults"), list):
                return content
            problems.append(
                f"{self.folder.name}/{PRIMARY}.yaml: defaults: must be a list that names an "
                "option of each group"
            )
        raise InputError(problems)

    def file_of(self, group: str, option: str) -> str:
        """Name the file of an option as the user sees it."""
        return f"{self.folder.name}/{group}/{option}.yaml"

    def top_level_keys(self) -> list[str]:
        """List the keys of the primary config file, without composing it."""
        return [str(key) for key in self.primary if key not in HYDRAS_OWN]

    def compose(self, texts: Sequence[str]) -> Composition:
        """Compose all sections for the chosen models.

        Parameters
        ----------
        texts : sequence of str
            Hydra overrides, later ones win. ``model=`` chooses the models instead of the
            ``models`` key; several values for keys of the model make variants of it.

        Returns
        -------
        Composition
        """
        problems: list[str] = []
        overrides = list(parsed(texts, problems))
        primary_file = f"{self.folder.name}/{PRIMARY}.yaml"
        typed = [as_typed(override) for override in overrides]
        origins = Origins(primary_file, self.primary, {}, typed)
        result = Composition(self.folder.name, origins, problems=problems)
        selections = [o for o in overrides if selects_models(o)]
        others = [o for o in overrides if not selects_models(o)]
        choices = [override for override in others if self._is_choice(override)]
        values = [override for override in others if not self._is_choice(override)]
        self._check_choices(choices, result.problems)
        if result.problems:
            return result
        with (
            _hydra(self.folder),
            readable_errors(self.folder, result.problems, lambda key: result.origins.of(key)),
        ):
            shared = self._compose_shared(choices, result)
            apply(shared, [o for o in values if not is_models(o)], result.problems)
            result.shared = _plain(shared)
            names = self._selected(selections, shared, result.problems)
            self._compose_models(shared, names, [o for o in values if is_models(o)], result)
        return result

    def _is_choice(self, override: Override) -> bool:
        return override.key_or_group in self.groups and isinstance(override.value(), str)

    def _check_choices(self, choices: Sequence[Override], problems: list[str]) -> None:
        for choice in choices:
            group, option = choice.key_or_group, str(choice.value())
            where = f"--config {choice.input_line}"
            if option not in self.groups[group]:
                problems.append(self._unknown_option(where, group, option))

    def _selected(
        self, selections: Sequence[Override], shared: DictConfig, problems: list[str]
    ) -> list[str]:
        """Name the models that are chosen, each once and each with a file."""
        where = f"{self.folder.name}/{PRIMARY}.yaml: models"
        names = _names(shared)
        if selections:
            where = f"--config {selections[-1].input_line}"
            names = self._expanded(selections[-1])
        doubled = sorted({name for name in names if names.count(name) > 1})
        if selections and doubled:
            problems.append(f"{where}: names {', '.join(doubled)} more than once")
        if selections and not names:
            problems.append(f"{where}: chooses no model")
        options = self.groups[MODEL]
        unknown = [name for name in names if name not in options]
        problems += [self._unknown_option(where, MODEL, name) for name in unknown]
        return [name for name in dict.fromkeys(names) if name in options]

    def _expanded(self, selection: Override) -> list[str]:
        value: Any = selection.value()
        if isinstance(value, Glob):
            return value.filter(self.groups[MODEL])
        if selection.is_sweep_override():
            return [str(name) for name in Sweep.of(selection).values]
        names = [str(name) for name in value] if isinstance(value, list) else [str(value)]
        return list(self.groups[MODEL]) if names == [ALL] else names

    def _unknown_option(self, where: str, group: str, option: str) -> str:
        options = self.groups[group]
        return (
            f"{where}: there is no {self.file_of(group, option)}{nearest(option, options)} "
            f"(options of {group}: {', '.join(options)})"
        )

    def _compose_shared(self, choices: Sequence[Override], result: Composition) -> DictConfig:
        lines = [str(choice.input_line) for choice in choices]
        with_hydra = compose(PRIMARY, [f"~{MODEL}", *lines], return_hydra_config=True)
        chosen = with_hydra.hydra.runtime.choices
        files = {
            group: self.file_of(group, str(chosen[group]))
            for group in self.groups
            if group in chosen
        }
        result.origins = replace(result.origins, files=files)
        shared = OmegaConf.masked_copy(
            with_hydra, [str(key) for key in with_hydra if key != "hydra"]
        )
        OmegaConf.set_struct(shared, True)
        return shared

    def _compose_models(
        self,
        shared: DictConfig,
        names: Sequence[str],
        overrides: Sequence[Override],
        result: Composition,
    ) -> None:
        configs: dict[str, DictConfig] = {}
        sweeps: dict[str, list[Sweep]] = {}
        # By the override's place: the same may be typed twice.
        failures: dict[int, BaseException] = {}
        fitting: set[int] = set()
        for name in names:
            where = partial(result.origins.of, file=self.file_of(MODEL, name))
            with readable_errors(self.folder, result.problems, where):
                configs[name] = _merged(shared, compose(f"{MODEL}/{name}"))
                sweeps[name] = put_on(configs[name], overrides, fitting, failures)
        # An override has to fit one model at least; the others go without it.
        for place in sorted(failures.keys() - fitting):
            problem = override_problem(overrides[place], list(configs.values()), failures[place])
            result.problems.append(problem)
        self._compose_points(configs, sweeps, result)

    def _compose_points(
        self,
        configs: Mapping[str, DictConfig],
        sweeps: Mapping[str, Sequence[Sweep]],
        result: Composition,
    ) -> None:
        sample, seed = sampling(result.shared)
        found, problem = points(sweeps, sample, seed)
        if problem:
            result.problems.append(
                f"--config {next(filter(None, sweeps.values()))[0].override.input_line}: {problem}"
            )
        by_name: dict[str, Point] = {}
        for point in found:
            if point.name in by_name:
                result.problems.append(f"{point.name}: two points of the sweep have this name")
                continue
            by_name[point.name] = point
            chosen = zip(sweeps[point.model], point.choice, strict=True)
            values = {sweep.key: sweep.values[number] for sweep, number in chosen}
            result.points[point.name] = Variant(point.model, values)

        # A copy for each point takes most of the time of a large sweep.
        copied = {model for model, own in sweeps.items() if not all(map(replaces, own))}

        def at_point(name: str) -> dict[str, Any]:
            model = by_name[name].model
            config = deepcopy(configs[model]) if model in copied else configs[model]
            return _at_point(config, sweeps[model], by_name[name])

        if self.lazy:
            result.models = LazyMapping(by_name, at_point)
            return
        models = {}
        for name, point in by_name.items():
            where = partial(result.origins.of, file=self.file_of(MODEL, point.model))
            with readable_errors(self.folder, result.problems, where):
                models[name] = at_point(name)
        result.models = models


def composed(config: DictConfig, model: str) -> Composition:
    """Take over what a Hydra application has composed for one model."""
    folder = Path("config")
    chosen = {key: str(value) for key, value in HydraConfig.get().runtime.choices.items()}
    files = {
        group: f"{folder}/{group}/{option}.yaml"
        for group, option in chosen.items()
        if "/" not in group
    }
    origins = Origins(f"{folder}/{PRIMARY}.yaml", {}, files, [])
    result = Composition(str(folder), origins)
    with readable_errors(folder, result.problems):
        result.shared = _plain(config)
        result.models = {model: result.shared.pop(MODEL)}
        result.points[model] = Variant(model, {})
    return result


@contextmanager
def _hydra(folder: Path) -> Iterator[None]:
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(folder.resolve()), version_base="1.3"):
        yield


def _at_point(config: DictConfig, sweeps: Sequence[Sweep], point: Point) -> dict[str, Any]:
    """Resolve the model's section at one point, whose values `config` keeps."""
    for sweep, number in zip(sweeps, point.choice, strict=True):
        choose(config, sweep, number)
    return _plain(config[MODEL])


def _merged(shared: DictConfig, model: DictConfig) -> DictConfig:
    """Put a model beside the shared sections, so that it may interpolate them."""
    config = OmegaConf.create({**shared, **model})
    OmegaConf.set_struct(config, True)
    return config


def _names(shared: DictConfig) -> list[str]:
    names = shared.get("models")
    return [str(name) for name in names] if OmegaConf.is_list(names) else []


def _plain(config: Any) -> dict[str, Any]:
    """Resolve interpolations; a missing ``???`` stays as it is, to be reported with the rest."""
    resolve: Callable[..., Any] = OmegaConf.to_container
    plain: dict[str, Any] = resolve(config, resolve=True)
    return plain
