"""Send a sample to every address of notifications, and print what each answered."""

import argparse
import os
import sys

from churn.courier import ADDRESSES, Courier
from churn.messages import sample
from churn.notifications import described
from churn.redaction import hide

VARIABLES = {
    ADDRESSES: "any level",
    **{
        f"{ADDRESSES}_{level.upper()}": f"level {level}"
        for level in ("info", "warning", "critical")
    },
}


def main() -> None:
    """Exit with 1 if an address did not take the sample, or if there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timeout", type=float, default=15, help="time limit in seconds")
    timeout = parser.parse_args().timeout
    variables = [name for name in VARIABLES if os.environ.get(name, "").strip()]
    if not variables:
        sys.exit(f"Error: no address in the environment; set one of {', '.join(VARIABLES)}")
    couriers = [
        Courier(sample("churn", VARIABLES[name]), "info", name, timeout) for name in variables
    ]
    outcomes = [outcome for courier in couriers for outcome in courier.outcomes()]
    print("\n".join(hide(described(outcome)) for outcome in outcomes))
    sys.exit(not all(outcome["delivered"] for outcome in outcomes))


if __name__ == "__main__":
    main()
