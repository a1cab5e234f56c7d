"""Show a resolved configuration: whole, or with the origin of every value; secrets hidden."""

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from churn.config.run import MODEL, Run
from churn.redaction import HIDDEN, SECRET_NAME, hide


def as_plain(run: Run, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Give everything that a run uses as plain values, secrets hidden.

    Parameters
    ----------
    run : Run
    leave_out : collection of str
        Sections that are not wanted.

    Returns
    -------
    dict
        The shared sections, and under ``model`` the section of every model by name.
    """
    hidden: dict[str, Any] = hide_secrets(everything(run, leave_out))
    return hidden


def everything(run: Run, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Give the same as `as_plain`, secrets included: to be digested, not to be shown."""
    shared = {name: value for name, value in run.shared.items() if name not in leave_out}
    shared[MODEL] = {name: run.model(name) for name in run.models}
    return shared


def as_yaml(run: Run) -> str:
    """Write everything that a run uses as YAML, secrets hidden."""
    return yaml.safe_dump(as_plain(run), sort_keys=False, allow_unicode=True)


def with_origins(run: Run) -> str:
    """List every value that a run uses, one a line, with where it comes from.

    Parameters
    ----------
    run : Run

    Returns
    -------
    str
        Lines ``key: value  # origin``; a model's keys stand under ``model[name]``.
    """
    plain = as_plain(run)
    models = plain.pop(MODEL)
    rows = [(key, value, run.origins.of(key)) for key, value in _leaves(plain, "")]
    for name, section in models.items():
        for key, value in _leaves(section, f"{MODEL}."):
            shown = key.replace(MODEL, f"{MODEL}[{name}]", 1)
            rows.append((shown, value, run.origins.of(key, run.files[name])))
    width = max(len(f"{key}: {value}") for key, value, _ in rows)
    lines = [f"{f'{key}: {value}':<{width}}  # {origin}" for key, value, origin in rows]
    return hide("\n".join(lines))


def as_command(run: Run, leave_out: Collection[str] = ()) -> str:
    """Give a command that makes the results of a run again, secrets hidden.

    Parameters
    ----------
    run : Run
    leave_out : collection of str
        Sections that results do not depend on.

    Returns
    -------
    str
        For a shell, with everything that was typed in one ``overrides``.
    """
    words = [
        override.line
        for override in run.origins.overrides
        if override.key.split(".")[0] not in leave_out
    ]
    command = ["snakemake", "--cores", "all"]
    if words:
        command += ["--config", f"overrides={hide(' '.join(words))}"]
    return shlex.join(command)


def hide_secrets(value: Any) -> Any:
    """Replace values under secret names, and the secret parts of URLs, by ``***``."""
    # Thousands of models share nearly all their values.
    return _hidden(value, "", cache(hide))


def _hidden(value: Any, name: str, hide_in_text: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(inner, str(key), hide_in_text) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hidden(item, name, hide_in_text) for item in value]
    if value is not None and SECRET_NAME.search(name):
        return HIDDEN
    return hide_in_text(value) if isinstance(value, str) else value


def _leaves(section: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in section.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{key}.")
        else:
            text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
            yield key, text.removesuffix("...\n").strip()
