"""Words for what goes wrong while a configuration is composed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from churn.config.command_line import nearest

# As much of a file's name, from its end, as is shown.
LONGEST_NAME = 200


@contextmanager
def readable_errors(
    folder: Path, problems: list[str], where: Callable[[str], str] | None = None
) -> Iterator[None]:
    """Turn what Hydra, OmegaConf and YAML raise into a line in `problems`.

    Parameters
    ----------
    folder : Path
        The config folder.
    problems : list of str
        Gets a line more if the block raises.
    where : callable, optional
        Names the file that a key stands in.
    """
    try:
        yield
    except MissingConfigException as error:
        options = ", ".join(error.options or [])
        problems.append(
            f"{folder.name}: there is no {folder.name}/{error.missing_cfg_file}.yaml, "
            f"which a defaults list names (options: {options})"
        )
    except yaml.MarkedYAMLError as error:
        problems.append(_yaml_problem(error, folder))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems += [
            f"{name}: not text in UTF-8: {first_line(error)}" for name in _unloadable(folder)
        ]
    except OSError as error:
        # Such as the name of an option that is longer than any file's.
        name = str(error.filename)[-LONGEST_NAME:]
        problems.append(f"{folder.name}: {error.strerror}: {name}")
    except OmegaConfBaseException as error:
        place = where(error.full_key or "") if where else folder.name
        problems.append(f"{place}: {error.full_key}: {first_line(error)}")
    except (HydraException, ValueError) as error:
        broken = ", ".join(_unloadable(folder))
        place = broken or (where("") if where else folder.name)
        problems.append(f"{place}: {first_line(error)}")


def _yaml_problem(error: yaml.MarkedYAMLError, folder: Path) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{folder.name}: not valid YAML: {error.problem}"
    name = Path(mark.name)
    parent = folder.resolve().parent
    shown = name.relative_to(parent) if name.is_relative_to(parent) else name
    return (
        f"{shown}, line {mark.line + 1}, column {mark.column + 1}: not valid YAML: {error.problem}"
    )


def _unloadable(folder: Path) -> Iterator[str]:
    """Name the files that cannot be loaded, where the error itself does not say which."""
    for path in sorted(folder.rglob("*.yaml")):
        try:
            OmegaConf.load(path)
        except (UnicodeDecodeError, yaml.YAMLError, OmegaConfBaseException):
            yield str(path.relative_to(folder.parent))


def first_line(error: BaseException) -> str:
    """Give the first line of what `error`, or else its cause, says."""
    text = str(error) or str(error.__cause__ or "") or type(error).__name__
    return text.splitlines()[0]


def override_problem(
    override: Override, configs: Sequence[DictConfig], error: BaseException
) -> str:
    """Say why an override fits none of `configs`, with the keys that would."""
    typed = f"--config {override.input_line}"
    parent, _, name = override.key_or_group.rpartition(".")
    nodes = [OmegaConf.select(config, parent) if parent else config for config in configs]
    sections = [node for node in nodes if isinstance(node, DictConfig)]
    if not sections:
        first = override.key_or_group.split(".")[0]
        top = [str(key) for config in configs for key in config]
        return f"{typed}: there is no section '{parent}'{nearest(first, top)}"
    known = list(dict.fromkeys(str(key) for section in sections for key in section))
    if name not in known and not override.is_add():
        return (
            f"{typed}: there is no key '{override.key_or_group}'{nearest(name, known)} "
            f"(allowed: {', '.join(known)}; a key that is not there yet is added with +)"
        )
    if override.is_add() and name in known:
        plain = str(override.input_line).removeprefix("+")
        return f"{typed}: '{override.key_or_group}' is there already; write {plain} or ++{plain}"
    return f"{typed}: {first_line(error)}"
