"""Tell DVC what the configuration says: in .dvc/config.local, which git does not track."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert
from dvc.config import Config

from churn.files import write_text

REMOTE = "storage"
# Where DVC looks for it, below .dvc.
PAGE = "plots/page.html"
# What the templates of DVC's plots are written for.
VEGA_LITE = "5.20"
GLOBALS = "Object.assign(window, {vega, vegaLite, vegaEmbed});"
# A server that is down is noticed, and so is one that stalls.
TIMEOUTS = {"connect_timeout": 10, "read_timeout": 60}


def configure(settings: Mapping[str, Any]) -> None:
    """Write the remote and the page for plots into DVC's local configuration.

    Parameters
    ----------
    settings : mapping
        The section ``versioning`` of the configuration.
    """
    _write_page(Path(".dvc") / PAGE)
    config = Config(".dvc")
    local = config.load_one("local")
    wanted = _wanted(settings["remote"], local)
    if wanted != local:
        with config.edit("local", validate=False) as section:
            section.clear()
            section.update(wanted)


def _wanted(remote: Mapping[str, Any], local: Mapping[str, Any]) -> dict[str, Any]:
    # What the user has set beside it stays.
    wanted = {name: dict(section) for name, section in local.items()}
    wanted.setdefault("plots", {})["html_template"] = PAGE
    if remote["url"]:
        wanted.setdefault("core", {})["remote"] = REMOTE
        wanted.setdefault("remote", {})[REMOTE] = _remote(remote)
    return wanted


def _remote(remote: Mapping[str, Any]) -> dict[str, Any]:
    url = remote["url"]
    # Without verify, DVC would take a damaged file from the remote for a good one.
    if "://" not in url:
        # A relative path would mean another folder for every revision that DVC looks into.
        return {"url": os.path.abspath(url), "verify": True}  # noqa: PTH100
    options = {"endpointurl": remote["endpoint"], "region": remote["region"]}
    given = {name: value for name, value in options.items() if value}
    return {"url": url, "verify": True, **TIMEOUTS, **given}


def _write_page(path: Path) -> None:
    """Write the page of `dvc plots`, with the scripts in it, so that it opens offline."""
    if path.is_file():
        return
    scripts = vl_convert.javascript_bundle(GLOBALS, VEGA_LITE).replace("</script", "<\\/script")
    write_text(
        path,
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset='utf-8'>\n<title>DVC plots</title>\n"
        f"{{refresh_tag}}\n<script>\n{scripts}\n</script>\n"
        "</head>\n<body>\n{plot_divs}\n</body>\n</html>\n",
    )
