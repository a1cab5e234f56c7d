"""The pointer file, ``run.dvc``: which version of the results belongs to a git commit."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from churn.errors import InputError
from churn.files import write_text

POINTER = "run.dvc"
RESULTS = "results"
# Snakemake's notes of the parameters and inputs behind each result. Restored without them, a
# result would pass for one of the present configuration.
RECORDS = ".snakemake/metadata"
FOLDERS = (RESULTS, RECORDS)
HEADER = "# Written by the workflow: the version of the results that belongs to this commit.\n"


@dataclass(frozen=True)
class Pointer:
    """A version of the results.

    Attributes
    ----------
    digests : dict of str to str
        DVC's digest of each folder, such as ``d41d….dir``.
    sizes : dict of str to tuple of int
        Bytes and number of files of each folder.
    run : str
        Digest of all that the results follow from.
    workflow : str
        Digest of the workflow's folder alone.
    command : str
        The words after ``snakemake`` that chose the configuration.
    """

    digests: dict[str, str]
    sizes: dict[str, tuple[int, int]]
    run: str = ""
    workflow: str = ""
    command: str = ""

    def outs(self) -> list[dict[str, Any]]:
        """Give the entries of the folders in DVC's form."""
        return [
            {
                "md5": self.digests[path],
                "size": self.sizes[path][0],
                "nfiles": self.sizes[path][1],
                "hash": "md5",
                "path": path,
            }
            for path in FOLDERS
        ]

    def write(self) -> None:
        """Write the pointer file, whole or not at all."""
        meta = {"run": self.run, "workflow": self.workflow, "command": self.command}
        content = {"meta": meta, "outs": self.outs()}
        write_text(POINTER, HEADER + yaml.safe_dump(content, sort_keys=False, width=1000))


def pointer_of(outs: list[Mapping[str, Any]], meta: Mapping[str, str]) -> Pointer | None:
    """Make a pointer of entries in DVC's form, None if it is no version of this project's."""
    found = {out.get("path"): out for out in outs}
    if set(found) != set(FOLDERS) or not all("md5" in out for out in outs):
        return None
    return Pointer(
        digests={path: str(found[path]["md5"]) for path in FOLDERS},
        sizes={p: (found[p].get("size", 0), found[p].get("nfiles", 0)) for p in FOLDERS},
        **{key: str(meta.get(key, "")) for key in ("run", "workflow", "command")},
    )


def read_pointer(text: str, where: str) -> Pointer | None:
    """Read the text of a pointer file.

    Parameters
    ----------
    text : str
    where : str
        Names the file in an error.

    Returns
    -------
    Pointer or None
        None before the first run.

    Raises
    ------
    InputError
        If it is no pointer file.
    """
    try:
        content = yaml.safe_load(text)
        return pointer_of(content["outs"], content.get("meta") or {})
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        raise InputError(
            f"{where} is no pointer file; `git checkout {POINTER}` brings the last one back"
        ) from None


def current_pointer() -> Pointer | None:
    """Read the pointer file of the working directory, None if there is none."""
    path = Path(POINTER)
    return read_pointer(path.read_text(encoding="utf-8"), POINTER) if path.is_file() else None
