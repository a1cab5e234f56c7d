"""Restore an equal earlier run, if there is one; the workflow calls this before it starts.

Reads ``run`` (a digest) and ``settings`` (the section ``versioning``) as JSON from its input.
"""

import json
import sys

from churn import restoring
from churn.errors import InputError
from churn.pointers import RESULTS


def main() -> None:
    """Restore, and say what was done or why not."""
    asked = json.load(sys.stdin)
    try:
        pointer = restoring.restore_run(asked["run"], asked["settings"])
    except InputError as error:
        print("No earlier run is restored:", *error.problems, sep="\n  ", file=sys.stderr)
    else:
        if pointer:
            _, files = pointer.sizes[RESULTS]
            print(f"An equal earlier run is restored: {files} files.", file=sys.stderr)


if __name__ == "__main__":
    main()
