"""Show a resolved configuration: whole, or with the origin of every value; secrets hidden."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml

from churn.config.run import MODEL, Run
from churn.redaction import HIDDEN, hide_in_urls

SECRET_NAME = re.compile(r"(password|passwd|secret|token|credential|api_?key)", re.IGNORECASE)


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
    shared: dict[str, Any] = run.shared.model_dump(mode="json", exclude=set(leave_out))
    shared[MODEL] = {name: run.model(name) for name in run.models}
    hidden: dict[str, Any] = hide_secrets(shared)
    return hidden


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
    return hide_in_urls("\n".join(lines))


def hide_secrets(value: Any, name: str = "") -> Any:
    """Replace values under secret names, and the secret parts of URLs, by ``***``."""
    if isinstance(value, Mapping):
        return {key: hide_secrets(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [hide_secrets(item, name) for item in value]
    if value is not None and SECRET_NAME.search(name):
        return HIDDEN
    return hide_in_urls(value) if isinstance(value, str) else value


def _leaves(section: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in section.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{key}.")
        else:
            text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
            yield key, text.removesuffix("...\n").strip()
