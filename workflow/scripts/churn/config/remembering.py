"""Remember validated configurations, so that a run like an earlier one loads no Hydra."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from churn.config.display import hide_secrets
from churn.config.origins import Origins, Typed
from churn.config.run import Run
from churn.errors import DamagedFileError
from churn.files import read_json, write_text

if TYPE_CHECKING:
    from churn.config.loading import EstimatorCheck

PACKAGES = ("hydra-core", "omegaconf", "pydantic")
# What depends on more than files, words and place: resolvers but Hydra's own (${oc.env:NAME}), and
# other folders of configs.
ELSEWHERE = re.compile(rb"\$\{(?!hydra:)[^}]*:|searchpath")
KEPT = 20


def load(
    folder: str | Path,
    files: Mapping[str, Any],
    typed: Mapping[str, Any],
    check_estimators: "EstimatorCheck | None",
    *,
    cache: Path,
    before_composing: Callable[[], None] = lambda: None,
) -> Run:
    """Give the configuration of a run, composed and validated now or remembered.

    Parameters
    ----------
    folder, files, typed, check_estimators
        As for `churn.config.loading.load`. Estimators are checked in either case.
    cache : Path
        Folder of what is remembered. Nothing is if it holds a secret, or depends on more than the
        files and the words; a file that is damaged is made anew, one that cannot be written is
        left alone.
    before_composing : callable
        Called if there is no such run to remember, before Hydra is loaded.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        As from `churn.config.loading.load`.
    """
    key = _key(Path(folder), files, typed)
    path = cache / f"{key}.json"
    run = _recall(path) if key else None
    if run is None or not _are_sound(run, check_estimators):
        before_composing()
        # Here, since it takes a third of the time of a run with nothing to do.
        from churn.config.loading import load as compose

        run = compose(folder, files, typed, check_estimators)
        # A job on another machine has not checked all of it.
        if key and check_estimators:
            _remember(run, path)
    return run


def _key(folder: Path, files: Mapping[str, Any], typed: Mapping[str, Any]) -> str | None:
    """Digest all that a configuration is made from; None if that is not known."""
    own = sorted(Path(__file__).parent.glob("*.py"))
    configs = sorted(folder.resolve().rglob("*.yaml"))
    words = json.dumps([str(folder.resolve()), files, typed], default=repr).encode()
    digest = hashlib.sha256(words)
    for name in PACKAGES:
        digest.update(f"\0{name} {metadata.version(name)}".encode())
    try:
        contents = {path: path.read_bytes() for path in [*own, *configs]}
    except OSError:
        return None
    if any(ELSEWHERE.search(text) for text in [words, *(contents[path] for path in configs)]):
        return None
    for path, content in contents.items():
        digest.update(f"\0{path} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _are_sound(run: Run, check_estimators: "EstimatorCheck | None") -> bool:
    if check_estimators is None:
        return True
    models = {name: (model["estimator"], model["params"]) for name, model in run.models.items()}
    return not any(check_estimators(models).values())


def _recall(path: Path) -> Run | None:
    try:
        content = read_json(path)
        origins = content.pop("origins")
        overrides = [Typed(**override) for override in origins.pop("overrides")]
        return Run(**content, origins=Origins(**origins, overrides=overrides))
    except (OSError, DamagedFileError, AttributeError, KeyError, TypeError):
        return None


def _remember(run: Run, path: Path) -> None:
    content = asdict(run)
    try:
        text = json.dumps(content)
        # Not if JSON would change it (keys that are no text), or a secret would be left there.
        if json.loads(text) == content == hide_secrets(content):
            write_text(path, text)
            newest = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
            for old in newest[:-KEPT]:
                old.unlink(missing_ok=True)
    except (OSError, ValueError, TypeError):
        return  # the next run takes longer, and that is all
