"""Checking the configured estimators, before anything runs and without importing them twice.

`check_estimator` finds everything wrong with an import path and its parameters, by importing
the class and asking it. `check_estimators` does so for all models of a run and remembers what
was right, so that a run with nothing to do need not import scikit-learn, which takes seconds.
"""

import difflib
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Set
from functools import lru_cache
from importlib import import_module, metadata
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

from churn.estimators import parameter_names
from churn.files import read_json, write_json

_IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII)
_EXAMPLE = "sklearn.ensemble.RandomForestClassifier"
_CACHE_LIMIT = 2000

Models = Mapping[str, tuple[str, Mapping[str, Any]]]


def check_estimators(
    models: Models,
    cache: str | Path,
    shipped: str | Path | None = None,
    find_right: Callable[[Models], Set[str]] = lambda _: frozenset(),
) -> dict[str, list[str]]:
    """Check all configured estimators, importing only those not known to be right.

    Parameters
    ----------
    models : mapping of str to (str, mapping)
        For each model its estimator's import path and parameters.
    cache : str or Path
        JSON file with the digests of what was found right earlier. Each covers the versions of
        scikit-learn and of the estimator's own distribution, and this module. A file that is
        missing or broken is made anew; one that cannot be written is left alone.
    shipped : str or Path, optional
        A file of the same kind that is read alone: what was found right when it was made.
    find_right : callable
        Gets the models that are not known and names those without a problem, as far as it can
        tell; only the others are imported here.

    Returns
    -------
    dict of str to list of str
        The problems of every model, as of `check_estimator`; empty lists for the right ones.
    """
    known = _read_cache(Path(cache))
    trusted = {*known, *(_read_cache(Path(shipped)) if shipped else [])}
    checker = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    digests = {name: _digest(path, params, checker) for name, (path, params) in models.items()}
    new = {name: model for name, model in models.items() if digests[name] not in trusted}
    right = find_right(new) if new else frozenset()
    problems: dict[str, list[str]] = {name: [] for name in models}
    for name in new.keys() - right:
        problems[name] = check_estimator(*new[name])
    good = [digest for name in new if (digest := digests[name]) and not problems[name]]
    _write_cache(Path(cache), known, good)
    return problems


def check_estimator(path: str, params: Mapping[str, Any]) -> list[str]:
    """Find everything wrong with a configured estimator.

    Parameters
    ----------
    path : str
        Import path of a classifier class with the scikit-learn interface.
    params : mapping of str to object
        Its parameters, as plain values.

    Returns
    -------
    list of str
        The problems, each in one line that opens with the key; empty if there are none.
    """
    cls, problem = _find_class(path)
    if problem is None:
        problem = _kind_problem(cls)
    if problem is not None:
        return [f"estimator: {path!r} {problem}"]
    return _param_problems(cls, params) or _probability_problems(cls, path, params)


def _find_class(path: str) -> tuple[Any, str | None]:
    """Import what `path` names, or say why that fails."""
    if not isinstance(path, str) or not _IMPORT_PATH.fullmatch(path):
        return None, f"is not an import path such as {_EXAMPLE!r}{_hint(_elsewhere(str(path)))}"
    module_path, _, name = path.rpartition(".")
    try:
        module = import_module(module_path)
    except ModuleNotFoundError as error:
        return None, _missing_module(path, error.name or module_path)
    except Exception as error:  # the module's own code, which may fail in any way
        return None, f"cannot be imported: {_one_line(error)}"
    try:
        return getattr(module, name), None
    except (AttributeError, ImportError):  # scikit-learn raises the latter for what it moved
        return None, f"does not exist{_hint(_similar(path, module))}"


def _missing_module(path: str, missing: str) -> str:
    """Say which module is missing: one of an installed package, or a whole package."""
    package = missing.partition(".")[0]
    if missing != package:
        return f"does not exist, as there is no module {missing!r}{_hint(_elsewhere(path))}"
    near = _elsewhere(path) if _nearest(package, ["sklearn"]) else None
    return f"needs the package {package!r}, which is not installed{_hint(near)}"


def _similar(path: str, module: ModuleType) -> str | None:
    """Find a classifier of the same name elsewhere, or of a similar one in `module`."""
    name = path.rpartition(".")[2]
    elsewhere = _elsewhere(path)
    if elsewhere is not None and elsewhere.endswith(f".{name}"):
        return elsewhere
    here = (known for known, item in vars(module).items() if hasattr(item, "predict_proba"))
    return _nearest(name, here) or elsewhere


def _elsewhere(path: str) -> str | None:
    """Find the classifier of scikit-learn with the most similar name."""
    from sklearn.utils import all_estimators

    classes = dict(all_estimators("classifier"))
    name = _nearest(path.rpartition(".")[2], classes)
    if name is None:
        return None
    public = takewhile(lambda part: not part.startswith("_"), classes[name].__module__.split("."))
    return ".".join([*public, name])


def _kind_problem(cls: Any) -> str | None:
    """Say why `cls` is no class of classifiers that give probabilities."""
    from sklearn.base import ClassifierMixin, RegressorMixin

    if not inspect.isclass(cls):
        return f"is a {type(cls).__name__}, not a classifier class"
    if not (
        issubclass(cls, ClassifierMixin) or getattr(cls, "_estimator_type", None) == "classifier"
    ):
        kind = "a regressor, not a classifier" if issubclass(cls, RegressorMixin) else None
        return f"is {kind or 'not a classifier'}"
    if inspect.isabstract(cls):
        return "is an abstract class, which cannot be built"
    if not hasattr(cls, "predict_proba"):
        return f"has no predict_proba, which the workflow needs; one that has is {_EXAMPLE!r}"
    return None


def _param_problems(cls: Any, params: Mapping[str, Any]) -> list[str]:
    """Check the names of the parameters, and the values by scikit-learn's own constraints."""
    allowed = sorted(parameter_names(cls))
    constraints = getattr(cls, "_parameter_constraints", {})
    problems = []
    for name, value in params.items():
        if name not in allowed:
            hint = _hint(_nearest(str(name), allowed)) or ";"
            problems.append(
                f"params.{name}: not a parameter of {cls.__name__}{hint} "
                f"allowed: {', '.join(allowed)}"
            )
        elif (problem := _value_problem(value, constraints.get(name))) is not None:
            problems.append(f"params.{name}={value!r}: {problem}")
    required = (
        parameter.name
        for parameter in inspect.signature(cls).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    )
    problems += [
        f"params.{name}: missing, and {cls.__name__} cannot be built without it"
        for name in required
        if name not in params
    ]
    return problems


def _value_problem(value: Any, constraints: Any) -> str | None:
    """Say what `value` must be, if it breaks all of scikit-learn's `constraints`."""
    from sklearn.utils._param_validation import Options, make_constraint

    if constraints is None or isinstance(constraints, str):  # not listed, or "no_validation"
        return None
    choices = [make_constraint(constraint) for constraint in constraints]
    if any(choice.is_satisfied_by(value) for choice in choices):
        return None
    options: list[Any] = []
    texts = []
    for choice in choices:
        if isinstance(choice, Options) and not choice.hidden:
            current = sorted(choice.options - choice.deprecated, key=repr)
            options += current
            texts.append(f"one of {', '.join(map(repr, current))}")
        elif not choice.hidden:
            texts.append(str(choice))
    near = _nearest(str(value), map(str, options))
    return f"must be {' or '.join(texts)}{_hint(near)}"


def _probability_problems(cls: Any, path: str, params: Mapping[str, Any]) -> list[str]:
    """Build the estimator and see whether it has predict_proba with these parameters."""
    try:
        estimator = cls(**params)
    except Exception as error:  # another package's class may refuse values in any way
        return [f"params: {cls.__name__} cannot be built with them: {_one_line(error)}"]
    try:
        _ = estimator.predict_proba
    except AttributeError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        return [f"estimator: {path!r} has no predict_proba with these params: {reason}"]
    return []


def _nearest(name: str, names: Iterable[str]) -> str | None:
    by_lower = {known.lower(): known for known in names}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def _hint(name: str | None) -> str:
    return f"; did you mean {name!r}?" if name else ""


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _digest(path: str, params: Mapping[str, Any], checker: str) -> str | None:
    """Name a configured estimator and the code it was checked with; None: do not remember."""
    try:
        versions = _versions(path)
        text = json.dumps([path, params, versions, checker], sort_keys=True)
    except (TypeError, ValueError, metadata.PackageNotFoundError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


def _versions(path: str) -> dict[str, str]:
    """Look up the versions of all that an estimator's check depends on."""
    package = path.partition(".")[0]
    distributions = ["scikit-learn"]
    if package != "sklearn":
        found = metadata.packages_distributions().get(package, [])
        if not found:  # a module of the user's own, which may change at any time
            raise metadata.PackageNotFoundError(package)
        distributions += sorted(set(found))
    return {name: _version(name) for name in distributions}


@lru_cache
def _version(distribution: str) -> str:
    return metadata.version(distribution)


def _read_cache(cache: Path) -> list[str]:
    try:
        good = read_json(cache)["good"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [digest for digest in good if isinstance(digest, str)] if isinstance(good, list) else []


def _write_cache(cache: Path, known: list[str], good: list[str]) -> None:
    """Add `good` at the end of `known`, oldest out first, if there is anything new in it."""
    if set(good) <= set(known):
        return
    asked = list(dict.fromkeys(good))
    new = set(asked)
    earlier = [digest for digest in known if digest not in new]
    try:
        write_json(cache, {"good": earlier[-_CACHE_LIMIT:] + asked})
    except OSError:
        return  # without the cache the next run takes longer, and that is all
