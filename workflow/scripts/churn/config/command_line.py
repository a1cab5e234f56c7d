"""From what Snakemake makes of ``--config`` and ``--configfile`` to Hydra overrides.

Snakemake's parser refuses dotted keys, keeps ``a,b`` as one string, gives ``[a,b]`` as a list and
every leaf of a nested dict as a string. What it hands over is put back into Hydra's grammar here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString

from churn.errors import InputError

OVERRIDES = "overrides"
ALL = "all"
# What Hydra's grammar takes as a value without quotes, and may then type (null, true, 5).
PLAIN_VALUE = re.compile(r"[\w.+/@%?|-]+")


def read_overrides(
    files: Mapping[str, Any], typed: Mapping[str, Any], keys: Sequence[str]
) -> list[str]:
    """Put ``--configfile`` and ``--config`` into Hydra's grammar.

    Parameters
    ----------
    files : mapping
        What the ``--configfile`` overlays hold, with real types.
    typed : mapping
        What ``--config`` holds, as Snakemake parsed it. It wins over `files`, and its
        ``overrides`` win over all.
    keys : sequence of str
        Config groups and top-level keys.

    Returns
    -------
    list of str
        Hydra overrides, later ones win.

    Raises
    ------
    InputError
        For an unknown key, with the nearest known one, or ``overrides`` that are no text.
    """
    check_keys([*files, *typed], [*keys, OVERRIDES])
    return [
        *_overrides_of(files, _from_yaml),
        *_overrides_of(typed, _from_shell),
        *_explicit(files.get(OVERRIDES)),
        *_explicit(typed.get(OVERRIDES)),
    ]


def nearest(name: str, known: Iterable[str]) -> str:
    """Give the hint "; did you mean ...?" when a known name is close to `name`, or nothing."""
    matches = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{matches[0]}'?" if matches else ""


def check_keys(given: Iterable[str], known: Sequence[str]) -> None:
    """Raise InputError for every key in `given` that is not `known`."""
    problems = [
        f"--config {key}: unknown key{nearest(key, known)} (allowed: {', '.join(sorted(known))})"
        for key in dict.fromkeys(map(str, given))
        if key not in known
    ]
    if problems:
        raise InputError(problems)


def split_words(text: str) -> list[str]:
    """Split `text` at white space outside of quotes and brackets.

    Quotes inside a word stay, as they belong to Hydra's grammar (``project='a b'``); those
    around a whole word are taken off, as a shell does.
    """
    words, word, quote, depth, escaped = [], "", "", 0, False
    for character in text:
        if character.isspace() and not quote and depth == 0:
            words.append(word)
            word = ""
            continue
        word += character
        if escaped or character == "\\":
            escaped = not escaped
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[{(":
            depth += 1
        elif character in "]})":
            depth = max(0, depth - 1)
    # Snakemake's parser takes a quote off the end of a value.
    return [_unwrapped(word) for word in [*words, word + quote] if word]


def _unwrapped(word: str) -> str:
    whole = len(word) > 1 and word[0] in "'\"" and word.find(word[0], 1) == len(word) - 1
    return word[1:-1] if whole else word


def _explicit(value: Any) -> list[str]:
    """Read the value of ``overrides``: one text of several words, or a list with one each."""
    if value is None:
        return []
    if isinstance(value, str):
        return split_words(value)
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return [word for word in value if word.strip()]
    raise InputError(
        f"--config {OVERRIDES}={value}: must be text or a list of texts, each key=value"
    )


def _overrides_of(config: Mapping[str, Any], write: Any) -> Iterator[str]:
    for key, value in config.items():
        if key != OVERRIDES:
            yield from _flattened(key, value, write)


def _flattened(key: str, value: Any, write: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flattened(f"{key}.{name}", inner, write, depth + 1)
    else:
        yield f"{key}={write(value, depth)}"


def _from_yaml(value: Any, depth: int) -> str:
    """Write a value with a real type in Hydra's grammar."""
    if isinstance(value, str):
        return _quoted(value) if depth or not PLAIN_VALUE.fullmatch(value) else value
    if isinstance(value, list):
        return "[" + ",".join(_from_yaml(item, depth + 1) for item in value) + "]"
    if isinstance(value, Mapping):
        inner = (f"{name}: {_from_yaml(item, depth + 1)}" for name, item in value.items())
        return "{" + ",".join(inner) + "}"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_shell(value: Any, depth: int) -> str:
    """Write what Snakemake parsed from the shell in Hydra's grammar; leaves are untyped text."""
    if isinstance(value, list):
        return "[" + ",".join(_from_shell(item, depth + 1) for item in value) + "]"
    if isinstance(value, Mapping):
        inner = (f"{name}: {_from_shell(item, depth + 1)}" for name, item in value.items())
        return "{" + ",".join(inner) + "}"
    if isinstance(value, str) and depth and not PLAIN_VALUE.fullmatch(value):
        return _quoted(value)
    return "" if value is None else str(value)


def _quoted(text: str) -> str:
    return QuotedString(text, Quote.single).with_quotes()
