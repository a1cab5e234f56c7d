"""Points of a sweep: every combination of the values given to the model's keys."""

import hashlib
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override, QuotedString

MOST_POINTS = 100_000
LONGEST_NAME = 120
HASH_LENGTH = 8
# Hydra would put a comma, at which Snakemake cuts names when it hands a job to a cluster.
BETWEEN = "+"
# What a name may hold to be safe as a folder in every file system and shell used here.
UNSAFE = re.compile(r"[^\w.=+-]", re.ASCII)


@dataclass(frozen=True)
class Sweep:
    """One key and the values it takes.

    Attributes
    ----------
    key : str
        Dotted key.
    override : Override
        As typed.
    values : list
        The values, in order.
    texts : list of str
        How the values stand in names.
    """

    key: str
    override: Override
    values: list[Any]
    texts: list[str]

    @classmethod
    def of(cls, override: Override) -> "Sweep":
        """Read the values of a sweep that can be enumerated."""
        # The order of the points changes nothing, so it is never left to chance.
        if getattr(override._value, "shuffle", False):
            override._value.shuffle = False  # type: ignore[union-attr]
        values = [Override._convert_value(value) for value in override.sweep_iterator()]
        texts = [_text(value) for value in override.sweep_iterator()]
        return cls(override.key_or_group, override, values, texts)


@dataclass(frozen=True)
class Point:
    """One combination of a sweep.

    Attributes
    ----------
    model : str
        The model that it is a variant of.
    name : str
        The model's name and the values, as in Hydra: ``forest+max_depth=4``.
    choice : tuple of int
        For each sweep of the model, which of its values it takes.
    """

    model: str
    name: str
    choice: tuple[int, ...]


def replaces(sweep: Sweep) -> bool:
    """Tell whether each value of a sweep leaves nothing of the one before."""
    added = sweep.override.is_add() or sweep.override.is_force_add()
    return not added and not any(isinstance(value, (dict, list)) for value in sweep.values)


def sampling(shared: Mapping[str, Any]) -> tuple[int | None, int]:
    """Read how a sweep is drawn; values that are wrong are reported with all others later."""
    sample = (shared.get("sweep") or {}).get("sample")
    seed = shared.get("seed")
    return (
        sample if isinstance(sample, int) and sample >= 1 else None,
        seed if isinstance(seed, int) else 0,
    )


def points(
    sweeps: Mapping[str, Sequence[Sweep]], sample: int | None, seed: int
) -> tuple[list[Point], str | None]:
    """List the points of all models.

    Parameters
    ----------
    sweeps : mapping of str to sequence of Sweep
        For each model the sweeps that it has the keys for; a model without any is one point.
    sample : int or None
        How many of all swept points to draw at random; None takes all.
    seed : int
        Seed of that draw.

    Returns
    -------
    points : list of Point
        In the order of models and values.
    problem : str or None
        Why there are none.
    """
    sizes = {model: math.prod(len(s.values) for s in found) for model, found in sweeps.items()}
    total = sum(size for model, size in sizes.items() if sweeps[model])
    if sample is None and total > MOST_POINTS:
        return [], f"{total:,} points are more than {MOST_POINTS:,}; draw some with sweep.sample"
    drawn = range(total)
    if sample is not None and sample < total:
        drawn = sorted(random.Random(seed).sample(drawn, sample))  # type: ignore[assignment]  # noqa: S311
    return list(_decoded(sweeps, sizes, drawn)), None


def _decoded(
    sweeps: Mapping[str, Sequence[Sweep]], sizes: Mapping[str, int], drawn: Sequence[int]
) -> Iterator[Point]:
    start = 0
    for model, found in sweeps.items():
        if not found:
            yield Point(model, model, ())
            continue
        for number in drawn:
            if start <= number < start + sizes[model]:
                choice = _choice(number - start, found)
                texts = {s.key: s.texts[c] for s, c in zip(found, choice, strict=True)}
                yield Point(model, variant_name(model, texts), choice)
        start += sizes[model]


def _choice(number: int, sweeps: Sequence[Sweep]) -> tuple[int, ...]:
    digits = []
    for sweep in reversed(sweeps):
        number, digit = divmod(number, len(sweep.values))
        digits.append(digit)
    return tuple(reversed(digits))


def variant_name(model: str, texts: Mapping[str, str]) -> str:
    """Name a variant of a model.

    Parameters
    ----------
    model : str
    texts : mapping of str to str
        The swept keys and their values.

    Returns
    -------
    str
        ``model+key=value+...`` with keys in order and without what comes before the last dot,
        unless two keys would look the same. A name that is long, or not safe as the name of a
        folder, is cut and cleaned and ends in a hash of the whole.
    """
    last = [key.rpartition(".")[2] for key in texts]
    short = {
        key: name if last.count(name) == 1 else key for key, name in zip(texts, last, strict=True)
    }
    parts = sorted(f"{short[key]}={text}" for key, text in texts.items())
    full = BETWEEN.join([model, *parts])
    name = UNSAFE.sub("_", full)
    if name == full and len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(full.encode()).hexdigest()[:HASH_LENGTH]
    return f"{name[: LONGEST_NAME - HASH_LENGTH - 1]}{BETWEEN}{digest}"


def _text(value: Any) -> str:
    if isinstance(value, QuotedString):
        return value.text
    return Override._get_value_element_as_str(value)
