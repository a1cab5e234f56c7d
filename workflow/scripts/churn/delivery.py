"""Send one message to many addresses at once, within a time limit: the part that knows apprise.

It runs as a process of its own, with a request in JSON on standard input, and answers in JSON.
"""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from churn.redaction import hide, split_addresses

if TYPE_CHECKING:
    import apprise

RETRIES, WAIT = 1, 0.5
# Of the time left, for each of the two attempts to connect, and to wait for an answer.
ATTEMPT_SHARE = 0.4
LONGEST_ANSWER = 400

Request = Mapping[str, Any]
Outcome = dict[str, Any]


def deliver(request: Request, environment: Mapping[str, str]) -> list[Outcome]:
    """Send a message to all addresses that an environment variable holds.

    Parameters
    ----------
    request : mapping
        ``title``, ``text``, ``html`` and ``kind`` (apprise's type) of the message, the name of the
        ``variable`` with the addresses, and the ``deadline``, on the clock `time.monotonic`.
    environment : mapping of str to str

    Returns
    -------
    list of dict
        For each ``address`` (its number and kind; the rest may be secret) whether it was
        ``delivered``, how often that was tried (``attempts``) and what it ``answered``.
    """
    import apprise

    urls = split_addresses(environment.get(request["variable"], ""))
    asset = apprise.AppriseAsset(
        app_id="churn",
        image_url_mask="",
        image_url_logo="",
        default_service_retry=RETRIES,
        default_service_wait=WAIT,
    )
    outcomes: list[Outcome] = [
        {"address": _shown(number, url, request["variable"]), "delivered": False, "attempts": 0}
        for number, url in enumerate(urls, 1)
    ]
    services = [_service(url, asset) for url in urls]
    threads = []
    for service, outcome in zip(services, outcomes, strict=True):
        if service is None:
            outcome["answered"] = "this is no address that apprise knows"
            continue
        outcome["answered"] = "no answer in time"
        thread = threading.Thread(
            target=_try_to_send, args=(service, request, outcome), daemon=True
        )
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(max(0.0, request["deadline"] - time.monotonic()))
    return [dict(outcome) for outcome in outcomes]


def _shown(number: int, url: str, variable: str) -> str:
    kind, colon, _ = url.partition("://")
    return f"{variable} {number} ({kind})" if colon else f"{variable} {number}"


def _service(url: str, asset: "apprise.AppriseAsset") -> "apprise.NotifyBase | None":
    import apprise

    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _try_to_send(service: "apprise.NotifyBase", request: Request, outcome: Outcome) -> None:
    try:
        _send(service, request, outcome)
    except Exception as error:
        outcome["answered"] = hide(f"{type(error).__name__}: {error}")


def _send(service: "apprise.NotifyBase", request: Request, outcome: Outcome) -> None:
    """Send to one address, and note in its outcome what came of it."""
    import apprise

    left = max(1.0, request["deadline"] - time.monotonic())
    service.socket_connect_timeout = service.socket_read_timeout = left * ATTEMPT_SHARE
    one = apprise.Apprise(asset=service.asset)
    one.add(service)
    form = "html" if _is_mail(service) else "text"
    result = one.notify(
        request[form],
        request["title"],
        request["kind"],
        body_format=form,
        timeout=left,
        log_level=logging.DEBUG,
    )
    attempts = [attempt for service_result in result.results for attempt in service_result]
    messages = [entry for attempt in attempts[-1:] for entry in attempt.logs]
    outcome.update(
        delivered=bool(result),
        attempts=len(attempts),
        answered="accepted" if result else _answer(messages),
    )


def _is_mail(service: "apprise.NotifyBase") -> bool:
    """Tell services that deliver mail: they alone take HTML first, and no Markdown."""
    accepted = service.notify_format
    formats = [accepted] if isinstance(accepted, str) else [str(form.value) for form in accepted]
    return formats[0] == "html" and "markdown" not in formats


def _answer(entries: Iterable[Any]) -> str:
    """Give what apprise logged of a failure: its warnings, and the reason below them."""
    told = [
        entry.message
        for entry in entries
        if entry.level in ("WARNING", "ERROR", "CRITICAL") or "Exception" in entry.message
    ]
    text = hide(" ".join(" ".join(told).split()))
    return text[:LONGEST_ANSWER] or "no answer in time"


def main() -> None:
    """Deliver the request on standard input."""
    # The reason of a failure stands below the warnings.
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    request = json.loads(sys.stdin.read())
    print(json.dumps(deliver(request, os.environ)), flush=True)
    # At once: an address that hangs keeps threads of apprise alive.
    os._exit(0)


if __name__ == "__main__":
    main()
