"""Score new customers with the champion in office, and say why."""

import argparse
import sys

from churn.errors import InputError
from churn.scoring import score_customers


def main() -> None:
    """Read the names of the files, score, and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("customers", help="CSV or Parquet file; it needs no label")
    parser.add_argument("scores", help="CSV or Parquet file to write")
    parser.add_argument(
        "--champion",
        default="results/champion",
        metavar="FOLDER",
        help="where the champion is (default: %(default)s)",
    )
    words = parser.parse_args()
    try:
        number = score_customers(words.customers, words.scores, words.champion)
    except InputError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.exit(f"Error: the customers cannot be scored:\n{lines}")
    print(f"{number:,} customers scored: {words.scores}")


if __name__ == "__main__":
    main()
