"""Tell whether two runs are the same: equal configuration, workflow, customers and software."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Jobs inherit what is known of the run. A parameter of a rule would rerun the rule.
RUN_FACTS = "CHURN_RUN_FACTS"
# What the bytes of the results depend on.
SOFTWARE = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "skops")


def run_digest(configuration: Mapping[str, Any], workflow: Path, sources: Iterable[str]) -> str:
    """Digest all that the results of a run follow from.

    Parameters
    ----------
    configuration : mapping
        The resolved configuration, without what results do not depend on.
    workflow : Path
        Folder of the rules and the library.
    sources : iterable of str
        Files of the user that the run reads.

    Returns
    -------
    str
        SHA-256 in hexadecimal.
    """
    facts = {
        "configuration": configuration,
        "workflow": folder_digest(workflow),
        "sources": [file_digest(Path(path)) for path in sources],
        "software": {name: version(name) for name in SOFTWARE},
        "python": sys.version_info[:2],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def folder_digest(folder: Path) -> str:
    """Digest the names and contents of all files of a folder but Python's caches."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(folder).as_posix()} {file_digest(path)}\n".encode())
    return digest.hexdigest()


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Digest the content of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
