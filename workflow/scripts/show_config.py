"""Print what a run with the same --config and --configfile would use."""

import argparse
import sys
from functools import partial
from pathlib import Path

from churn.config.display import as_yaml, with_origins
from churn.config.loading import load
from churn.errors import InputError
from churn.estimator_checks import check_estimators
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

CACHE = Path(".snakemake/churn/estimators.json")


def main() -> None:
    """Read the words meant for snakemake, print the configuration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", "-C", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--configfile", "--configfiles", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--origins", action="store_true", help="say where each value comes from")
    # Words for snakemake that have nothing to do with the configuration are let through.
    words, _ = parser.parse_known_args()
    overlay: dict = {}
    for path in words.configfile:
        update_config(overlay, load_configfile(path))
    check = partial(check_estimators, cache=CACHE)
    try:
        run = load("config", overlay, parse_config(words.config), check)
    except InputError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.exit(f"Error: the configuration cannot be used:\n{lines}")
    print(with_origins(run) if words.origins else as_yaml(run).rstrip())


if __name__ == "__main__":
    main()
