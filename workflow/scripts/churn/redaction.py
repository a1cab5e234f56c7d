"""Hide secrets in what is shown: URLs with user and password or with tokens in the query."""

import re

HIDDEN = "***"
USER = re.compile(r"(?<=://)[^/\s'\"]*@")
QUERY_VALUE = re.compile(r"(://[^\s'\"]*?[?&][^=&\s'\"]*=|(?<=\*\*\*)&[^=&\s'\"]*=)[^&\s'\"]+")


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
