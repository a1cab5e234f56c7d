"""Pages of HTML that need nothing but themselves: no network, no other file."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape


def render(template: str | Path, **content: Any) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : str or Path
        Of Jinja; it may include others of its folder. In one whose name
        ends with ``.html.jinja`` values are escaped.
    content
        Its variables; one that is missing is an error.

    Returns
    -------
    str
    """
    path = Path(template)
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(path.name).render(**content)


def packed(script: str) -> str:
    """Compress a script for a page that unpacks it itself; a third of its size.

    Parameters
    ----------
    script : str
        JavaScript.

    Returns
    -------
    str
        Gzip in base64, the same for the same script.
    """
    return base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()


def script_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write a value as JSON that may stand inside of a script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
