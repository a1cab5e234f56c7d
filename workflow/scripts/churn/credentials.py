"""How the secrets of the source's URL reach the job that needs them, and no record.

Snakemake writes a rule's parameters to its records, and results may be shared. So the parameters
hold the URL without its secrets, and the URL itself is handed over in the environment.
"""

import hashlib
import os
from collections.abc import Mapping, MutableMapping
from typing import Any

from churn.redaction import redacted, split_url

URL = "CHURN_SOURCE_URL"
KEY = "url"
DIGEST_LENGTH = 16

Source = Mapping[str, Any]


def recordable(source: Source) -> dict[str, Any]:
    """Give the source as parameters of a rule may hold it.

    Parameters
    ----------
    source : mapping
        The section ``data.source`` of the config.

    Returns
    -------
    dict
        The same, but if its URL has secrets, they are hidden. A changed query still changes it,
        as it may name other data; a changed user or password does not, as it opens the same.
    """
    if not _has_secrets(source):
        return dict(source)
    parts = split_url(source[KEY])
    query = f"{parts.query}#{parts.fragment}" if parts else ""
    digest = hashlib.sha256(query.encode()).hexdigest()[:DIGEST_LENGTH]
    return {**source, KEY: f"{redacted(source[KEY])} (query {digest})"}


def hand_over(source: Source, environment: MutableMapping[str, str] = os.environ) -> None:
    """Put the source's URL into the environment, which jobs inherit, if it has secrets."""
    environment.pop(URL, None)
    if _has_secrets(source):
        environment[URL] = source[KEY]


def restored(source: Source, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Undo `recordable`, with what `hand_over` left in the environment."""
    return {**source, KEY: environment[URL]} if URL in environment else dict(source)


def _has_secrets(source: Source) -> bool:
    return KEY in source and bool(redacted(source[KEY]) != source[KEY])
