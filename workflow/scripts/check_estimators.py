"""Tell which of the estimators on standard input are configured right; see churn/warm/checking."""

import json
import sys

from churn.estimator_checks import check_estimator


def main() -> None:
    """Read estimators and their parameters, by model; write the models without a problem."""
    models = json.load(sys.stdin)
    right = [name for name, (path, params) in models.items() if not check_estimator(path, params)]
    json.dump(right, sys.stdout)


if __name__ == "__main__":
    main()
