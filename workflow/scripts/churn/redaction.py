"""Hide secrets in what is shown or written.

Secrets are the parts of URLs that carry them, and the values of environment variables that are
named like secrets (``MLFLOW_TRACKING_PASSWORD``, ``AWS_SECRET_ACCESS_KEY``, ...), hold the
addresses of notifications, or hold a URL with user and password.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

HIDDEN = "***"
# A password may hold any character; what follows a colon as digits is a port, though.
USER = re.compile(r"(?<=://)(?:[^\s'\"/]*:(?!\d{1,5}[/?#])[^\s'\"]*@|[^\s'\"/]*@)")
# What is hidden already stays, with what follows it in a sentence.
QUERY_VALUE = re.compile(
    r"(://[^\s'\"]*?[?&][^=&\s'\"]*=|(?<=\*\*\*)&[^=&\s'\"]*=)(?!\*\*\*)[^&\s'\"]+"
)
SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|_pwd|(?<![a-z])pass(?![a-z])|secret|token|credential"
    r"|(api|access|private)_?key",
    re.IGNORECASE,
)
ADDRESSES = re.compile(r"^CHURN_NOTIFY_URLS(_[A-Z]+)?$")
# Shorter values are words and numbers of every day, and no secrets.
LEAST_LENGTH = 6
LEAST_PATH_LENGTH, LEAST_QUERY_LENGTH = 8, 16


def hide_in_urls(text: str) -> str:
    """Replace the secret parts of every URL in a text by ``***``.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The same text without user names and passwords, and without the values in queries.
    """
    if "://" not in text:
        return text
    text = USER.sub(f"{HIDDEN}@", text)
    # Each pass hides the next value behind one that is hidden already.
    while (hidden := QUERY_VALUE.sub(rf"\g<1>{HIDDEN}", text)) != text:
        text = hidden
    return text


def redacted(url: str) -> str:
    """Give a URL that can be shown: without user, password, query values and fragment.

    Parameters
    ----------
    url : str
        Any text that was given as a URL.

    Returns
    -------
    str
        The URL with each of these parts replaced by ``***``.
    """
    parts = split_url(url)
    if parts is None:
        # Such a text may have its password anywhere before the last @.
        return re.sub(r"\?.*", "?***", re.sub(r".*@", "***@", url, flags=re.S), flags=re.S)
    _, at, host = parts.netloc.rpartition("@")
    query = "&".join(_without_value(field) for field in parts.query.split("&"))
    return urlunsplit(
        parts._replace(
            netloc=f"***@{host}" if at else host,
            query=query if parts.query else "",
            fragment="***" if parts.fragment else "",
        )
    )


def _without_value(field: str) -> str:
    name, equals, _ = field.partition("=")
    return f"{name}=***" if equals else "***"


def split_url(url: str) -> SplitResult | None:
    """Split a URL; None if it has no sound host (which a file URL need not have)."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is no number
    except ValueError:
        return None
    return parts if parts.hostname or parts.scheme == "file" else None


def hide(text: str, environment: Mapping[str, str] | None = None) -> str:
    """Replace every secret in a text by ``***``: the environment's, and the parts of URLs.

    Parameters
    ----------
    text : str
    environment : mapping, optional
        Environment variables; this process's by default.

    Returns
    -------
    str
    """
    found = secrets_in(os.environ if environment is None else environment)
    # The longest first, as one secret may hold another.
    for secret in sorted(found, key=lambda value: (-len(value), value)):
        text = text.replace(secret, HIDDEN)
    return hide_in_urls(text)


def secrets_in(environment: Mapping[str, str]) -> set[str]:
    """Collect the secrets that environment variables hold.

    Parameters
    ----------
    environment : mapping of str to str

    Returns
    -------
    set of str
        None is shorter than 6 characters. A variable that names an existing file (such as one
        with the secret in it) holds none.
    """
    found: set[str] = set()
    for name, value in environment.items():
        if ADDRESSES.match(name):
            for address in split_addresses(value):
                found |= {address, *_of_url(address), *_of_address(address)}
        elif "://" in value:
            found |= set(_of_url(value))
        elif SECRET_NAME.search(name) and not _is_file(value):
            found.add(value)
    found |= {unquote(value) for value in found}
    return {value for value in found if len(value) >= LEAST_LENGTH}


def split_addresses(text: str) -> list[str]:
    """Split what a variable with addresses of notifications holds.

    Parameters
    ----------
    text : str
        URLs separated by white space, or by commas before the next one.

    Returns
    -------
    list of str
    """
    words = re.split(r"[,;\s]+(?=[\w+-]+://)|\s+", text)
    return [word for word in (word.strip(",;") for word in words) if word]


def _is_file(value: str) -> bool:
    try:
        return Path(value).exists()
    except (OSError, ValueError):
        return False


def _of_url(url: str) -> Iterator[str]:
    """Give user, password, and what looks like a token in the query of a URL."""
    _, _, rest = url.partition("://")
    user, at, _ = rest.rpartition("@")
    if at:
        yield user
        yield from user.split(":", 1)
    for name, value in parse_qsl(rest.partition("?")[2]):
        if SECRET_NAME.search(name) or len(value) >= LEAST_QUERY_LENGTH:
            yield value


def _of_address(address: str) -> Iterator[str]:
    """Give what may be a token in an address of notifications: path, and host if it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    host = parts.netloc.rpartition("@")[2]
    if "." not in host and not host.startswith("localhost"):
        yield host
        yield from host.split(":")
    yield from (part for part in parts.path.split("/") if len(part) >= LEAST_PATH_LENGTH)
