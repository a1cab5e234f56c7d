"""Refuse YAML files whose aliases stand for more than memory holds."""

import re
from pathlib import Path

import yaml

from churn.errors import InputError

# Nodes of a file once each alias is replaced by what it stands for; ours have some hundreds.
MOST_NODES = 100_000
ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*[^\s,\]}*]", re.MULTILINE)


def check_aliases(folder: Path) -> None:
    """Check all YAML files of a config folder.

    OmegaConf copies what an alias stands for, so a few lines of aliases of aliases take forever.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputError
        With a line for each file that stands for more than `MOST_NODES` nodes. What cannot be
        read at all is left to whoever reads it.
    """
    problems = []
    for path in sorted(folder.rglob("*.yaml")):
        try:
            text = path.read_text(encoding="utf-8")
            # Few files have any, and to parse them all twice takes time.
            root = yaml.compose(text, yaml.SafeLoader) if ALIAS.search(text) else None
        except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
            continue
        if root is not None and _nodes(root, {}) > MOST_NODES:
            where = path.relative_to(folder.parent)
            problems.append(f"{where}: its aliases (*) stand for more than {MOST_NODES:,} values")
    if problems:
        raise InputError(problems)


def _nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the nodes below one, each alias anew; a node within itself counts as too many."""
    if id(node) not in known:
        known[id(node)] = MOST_NODES + 1
        children: list[yaml.Node] = []
        if isinstance(node, yaml.SequenceNode):
            children = node.value
        elif isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_nodes(child, known) for child in children)
    return known[id(node)]
