"""Check composed sections against the schema, and say in words what does not fit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from churn.config.command_line import nearest
from churn.config.origins import Origins
from churn.config.run import MODEL

MISSING = "???"


def validate(
    schema: type[BaseModel], section: Mapping[str, Any], origins: Origins, file: str | None = None
) -> tuple[Any, list[str]]:
    """Check a section.

    Parameters
    ----------
    schema : type
        What it has to be.
    section : mapping
        The shared sections, or one model's section.
    origins : Origins
    file : str, optional
        The model's file, for a model's section.

    Returns
    -------
    valid : instance of `schema` or None
    problems : list of str
        A line for every mistake: where, key and value, what is allowed.
    """
    problems = _missing_problems(section, origins, file)
    try:
        valid = schema.model_validate(section)
        return (None if problems else valid), problems
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["input"] == MISSING or MISSING in detail["msg"]:
                continue
            path, _ = _walked(schema, detail["loc"])
            if detail["type"].startswith("union_tag"):
                path.append("kind")
            key = ".".join([MODEL, *path] if file else path)
            problems.append(f"{origins.of(key, file)}: {_words(key, detail, schema, path)}")
        return None, problems


def _missing_keys(section: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in section.items():
        if isinstance(value, Mapping):
            yield from _missing_keys(value, f"{prefix}{key}.")
        elif value == MISSING:
            yield f"{prefix}{key}"


def _missing_problems(section: Mapping[str, Any], origins: Origins, file: str | None) -> list[str]:
    keys = [f"{MODEL}.{key}" if file else key for key in _missing_keys(section)]
    return [
        f'{origins.of(key, file)}: {key}: must be given, for example --config overrides="{key}=..."'
        for key in keys
    ]


def _words(key: str, detail: Any, schema: type[BaseModel], path: Sequence[str]) -> str:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = list(_walked(schema, detail["loc"][:-1])[1].model_fields)
        return f"{key}: unknown key{nearest(path[-1], known)} (allowed: {', '.join(known)})"
    if kind == "missing":
        return f"{key}: must be given"
    text = _text(detail["msg"])
    if kind == "union_tag_invalid":
        value = detail["ctx"]["tag"]
        text = f"must be one of {detail['ctx']['expected_tags']}"
    elif kind == "union_tag_not_found":
        text = "must be given"
    return f"{key}: {text}" if isinstance(value, Mapping) else f"{key}={_shown(value)}: {text}"


def _shown(value: Any) -> str:
    """Write a value as YAML does."""
    if isinstance(value, str):
        return f"'{value}'"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _walked(schema: Any, location: Sequence[int | str]) -> tuple[list[str], Any]:
    """Follow a location of Pydantic's error: the keys as the user wrote them, and the section.

    Between the keys Pydantic puts the names of union members, which only choose the section.
    """
    path: list[str] = []
    for part in location:
        fields = getattr(schema, "model_fields", {})
        member = _member(schema, part)
        if part in fields:
            schema = fields[part].annotation
        elif member is not None:
            schema = member
            continue
        path.append(str(part))
    return path, schema


def _member(schema: Any, tag: int | str) -> Any:
    for member in get_args(schema):
        kind = getattr(member, "model_fields", {}).get("kind")
        if kind is not None and tag in get_args(kind.annotation):
            return member
    return None


def _text(message: str) -> str:
    """Turn a message of Pydantic into what a value must be."""
    text = message.removeprefix("Value error, ")
    for start in ("Input should", "List should", "String should"):
        text = text.replace(start, "must")
    text = re.sub(r"(, unable to .*| after validation(, not \d+)?)$", "", text)
    text = re.sub(r"be a valid dictionary.*", "be keys with values", text)
    return text[0].lower() + text[1:]
