"""Bring back the results, the configuration and the workflow of an earlier run."""

import argparse
import sys
from pathlib import Path

from churn import git, restoring
from churn.config.loading import load
from churn.errors import InputError
from churn.pointers import RESULTS
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config


def main() -> None:
    """Read the command line, restore."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rev", help="a git revision; without it, what run.dvc names")
    parser.add_argument("--force", action="store_true", help="give up results in no version")
    parser.add_argument("--config", "-C", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[], metavar="FILE")
    words = parser.parse_args()
    overlay: dict = {}
    for path in words.configfile:
        update_config(overlay, load_configfile(path))
    try:
        if not git.has_repository() or not Path(".dvc/config").is_file():
            raise InputError("restoring needs a git repository with .dvc/config in it")
        # Which estimators can be built makes no difference here.
        run = load("config", overlay, parse_config(words.config), lambda _: {})
        settings = run.section("versioning")
        pointer = restoring.restore_commit(words.rev or None, settings, force=words.force)
    except InputError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.exit(f"Error: nothing was restored:\n{lines}")
    size, files = pointer.sizes[RESULTS]
    print(f"Restored: {files} files, {size:,} bytes.")
    if pointer.command:
        print(f"That run was started with: snakemake {pointer.command}")


if __name__ == "__main__":
    main()
