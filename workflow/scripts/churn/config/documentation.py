"""JSON schemas for editors and the reference of every key, made from the Pydantic models.

`python -m churn.config.documentation` in workflow/scripts writes them anew, and notes that the
shipped models passed their check, so that a first run need not import scikit-learn for it.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from churn.config.loading import load
from churn.config.schema import Data, Evaluation, Features, Model, Shared, Training
from churn.config.schema_notifications import Notifications
from churn.config.schema_tracking import Tracking
from churn.config.schema_versioning import Versioning
from churn.estimator_checks import check_estimators
from churn.files import write_text

ROOT = Path(__file__).parents[4]
SCHEMAS = Path("workflow/schemas")
REFERENCE = Path("config/README.md")
CATALOG = SCHEMAS / "config.schema.yaml"
GROUPS: dict[str, type[BaseModel]] = {
    "data": Data,
    "features": Features,
    "model": Model,
    "training": Training,
    "evaluation": Evaluation,
    "notifications": Notifications,
    "tracking": Tracking,
    "versioning": Versioning,
}
# In a file a value may be left open (???) or taken from another key (${...}).
OPEN = {"type": "string", "pattern": r"^\?\?\?$|\$\{"}
INTRODUCTION = Path(__file__).with_name("reference.md")

Schema = dict[str, Any]


def generated_files(root: Path = ROOT) -> dict[Path, str]:
    """Make all files that follow from the models.

    Parameters
    ----------
    root : Path
        The project's folder, for the defaults in its config files.

    Returns
    -------
    dict of Path to str
        Content by path relative to `root`.
    """
    files = {CATALOG: yaml.safe_dump(_catalog_schema(), sort_keys=False, allow_unicode=True)}
    for group, model in GROUPS.items():
        files[SCHEMAS / f"{group}.schema.json"] = _as_json(_editor_schema(_inlined(model)))
    files[SCHEMAS / "config.schema.json"] = _as_json(_editor_schema(_primary_schema()))
    files[REFERENCE] = _reference(root)
    return files


def _as_json(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _inlined(model: type[BaseModel]) -> Schema:
    """Give a model's JSON schema with every reference replaced by what it refers to."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, list):
            return [resolve(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            target = definitions[node["$ref"].rpartition("/")[2]]
            return resolve({**target, **{key: node[key] for key in node if key != "$ref"}})
        return {key: resolve(value) for key, value in node.items() if key != "discriminator"}

    inlined: Schema = resolve(schema)
    return inlined


def _catalog_schema() -> Schema:
    schema = _inlined(Shared)
    schema["properties"]["model"] = _inlined(Model)
    schema["required"] = [*schema["required"], "model"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _primary_schema() -> Schema:
    """Describe config.yaml: the top-level keys beside Hydra's own."""
    schema = _inlined(Shared)
    properties = {key: value for key, value in schema["properties"].items() if key not in GROUPS}
    own = {"defaults": {"type": "array"}, "hydra": {"type": "object"}}
    return {**schema, "properties": {**own, **properties}, "required": list(properties)}


def _editor_schema(node: Any) -> Any:
    """Let every value be left open or taken from another key."""
    if not isinstance(node, dict) or "properties" not in node:
        return node
    properties = {}
    for key, value in node["properties"].items():
        if "properties" in value:
            properties[key] = _editor_schema(value)
        elif "oneOf" in value:
            properties[key] = {**value, "oneOf": [_editor_schema(item) for item in value["oneOf"]]}
        elif "const" in value:
            properties[key] = value
        else:
            described = {"description": value["description"]} if "description" in value else {}
            properties[key] = {**described, "anyOf": [value, OPEN]}
    return {**node, "properties": properties}


def _reference(root: Path) -> str:
    primary = _content(root / "config/config.yaml")
    schema = _primary_schema()
    own = {key: schema["properties"][key] for key in schema["required"]}
    lines = [
        INTRODUCTION.read_text(encoding="utf-8").rstrip(),
        "",
        "## Top level: `config.yaml`",
        "",
    ]
    lines += _table({"properties": own}, "", {"": primary})
    chosen = {
        group: option
        for item in primary["defaults"]
        if item != "_self_"
        for group, option in item.items()
    }
    for group, model in GROUPS.items():
        options = {
            path.stem: _content(path) for path in sorted((root / "config" / group).glob("*.yaml"))
        }
        first = {chosen[group]: options[chosen[group]], **options}
        schema = _inlined(model)
        names = ", ".join(f"`{option}`" for option in options)
        lines += [f"## `{group}`: {_sentence(schema)}", "", f"Options: {names}.", ""]
        lines += _table(schema, group, first)
    return "\n".join(lines).rstrip() + "\n"


def _content(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _sentence(schema: Schema) -> str:
    text: str = schema["description"].splitlines()[0].rstrip(".")
    return text[0].lower() + text[1:]


def _table(schema: Schema, group: str, options: Mapping[str, Mapping[str, Any]]) -> list[str]:
    rows = [["key", "type", "default", "meaning"], ["---"] * 4]
    for key, node in _leaves(schema, group):
        default = _default(key.removeprefix(f"{group}."), options)
        rows.append([f"`{key}`", _type(node), default, node.get("description", "")])
    return [*(f"| {' | '.join(row)} |" for row in rows), ""]


def _default(key: str, options: Mapping[str, Mapping[str, Any]]) -> str:
    """Show the value in the first option that has the key."""
    for option, content in options.items():
        value: Any = content
        for name in key.split("."):
            value = value.get(name, _default) if isinstance(value, Mapping) else _default
        if value is not _default:
            shown = f"`{_yaml(value)}`"
            return f"{shown} ({option})" if len(options) > 1 else shown
    return ""


def _leaves(schema: Schema, prefix: str) -> Iterator[tuple[str, Schema]]:
    for name, node in schema["properties"].items():
        key = f"{prefix}.{name}" if prefix else name
        if "properties" in node:
            yield from _leaves(node, key)
        elif "oneOf" in node:
            for member in node["oneOf"]:
                kind = member["properties"]["kind"]["const"]
                yield f"{key}.kind={kind}", {"description": member["description"]}
                for inner, leaf in _leaves(member, key):
                    if not inner.endswith(".kind"):
                        yield inner, leaf
        else:
            yield key, node


def _yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10**6)
    return text.removesuffix("...\n").strip()


def _type(node: Schema) -> str:
    """Say in a few words what a value may be."""
    if "anyOf" in node:
        return " or ".join(_type(member) for member in node["anyOf"])
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("type") == "array":
        return f"list of {_type(node['items'])}"
    names = {"integer": "whole number", "string": "text", "boolean": "`true` or `false`"}
    kind = str(names.get(node.get("type", ""), node.get("type", "")))
    bounds = [
        f"{sign} {node[bound]}"
        for bound, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if bound in node
    ]
    pattern = [f"like `{node['pattern'].replace('|', chr(92) + '|')}`"] if "pattern" in node else []
    return " ".join([kind, ", ".join([*bounds, *pattern])]).strip()


if __name__ == "__main__":
    for path, text in generated_files().items():
        write_text(ROOT / path, text)
    checked = ROOT / SCHEMAS / "checked_estimators.json"
    checked.unlink(missing_ok=True)
    load(ROOT / "config", {}, {"model": "all"}, partial(check_estimators, cache=checked))
