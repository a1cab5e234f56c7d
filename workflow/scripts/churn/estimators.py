"""Building the configured estimator, and freeing a fitted one from the machine it was fitted on.

A model config names its estimator by import path and gives its parameters. This module turns
the two into an estimator; whether they are right is asked in `churn.estimator_checks`, which
runs long before. Nothing here imports scikit-learn itself: importing the estimator does.
"""

from collections.abc import Iterator, Mapping, Set
from importlib import import_module
from inspect import signature
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

# Scikit-learn still lists n_jobs among their parameters, but warns when it is set.
N_JOBS_DEPRECATED = frozenset({"sklearn.linear_model._logistic.LogisticRegression"})

# HistGradientBoosting has no n_jobs, but its bin mapper records the cores of the machine.
_THREAD_ATTRIBUTES = ("n_jobs", "n_threads")


def import_class(path: str) -> Any:
    """Import what an import path names.

    Parameters
    ----------
    path : str
        Module and name, such as ``"sklearn.ensemble.RandomForestClassifier"``.

    Returns
    -------
    object
        What the module has under that name: a class, if the path was checked.

    Raises
    ------
    ImportError
        If the module cannot be imported.
    AttributeError
        If the module has no such name.
    """
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def build_estimator(path: str, params: Mapping[str, Any], *, seed: int, threads: int) -> Any:
    """Build the configured estimator.

    Parameters
    ----------
    path : str
        Import path of the class, checked by `churn.estimator_checks.check_estimator`.
    params : mapping of str to object
        Its parameters. What they give wins over `seed` and `threads`, but for a
        ``random_state`` of None, which would make every run differ.
    seed : int
        The ``random_state``, for a class that has one.
    threads : int
        The ``n_jobs``, for a class that has one and does not warn about it.

    Returns
    -------
    estimator
        The estimator, not fitted.
    """
    cls = import_class(path)
    names = parameter_names(cls)
    given = dict(params)
    if "random_state" in names and given.get("random_state") is None:
        given["random_state"] = seed
    if "n_jobs" in names and f"{cls.__module__}.{cls.__qualname__}" not in N_JOBS_DEPRECATED:
        given.setdefault("n_jobs", threads)
    return cls(**given)


def parameter_names(cls: Any) -> Set[str]:
    """Give the names of the parameters that an estimator class takes.

    Parameters
    ----------
    cls : type
        A class with the scikit-learn interface.

    Returns
    -------
    set of str
        What ``get_params`` of an instance lists, which is right for a ``**kwargs`` signature
        too; of a class that cannot be built without arguments, what its signature names.
    """
    try:
        return frozenset(cls().get_params(deep=False))
    except Exception:  # it wants arguments, or is another package's and may fail in any way
        return frozenset(signature(cls).parameters)


def without_threads(model: Any) -> Any:
    """Take the number of threads out of a model, in place.

    A forest with ``n_jobs`` adds up its trees in the order in which the threads finish, so the
    last digit of a probability varies from call to call; and a saved model should not depend
    on how many cores the machine had.

    Parameters
    ----------
    model : estimator
        An estimator, fitted or not; pipelines and other meta-estimators to any depth.

    Returns
    -------
    estimator
        The same object, with every ``n_jobs`` and ``n_threads`` in it set to None.
    """
    for part in parts(model):
        attributes = getattr(part, "__dict__", {})
        for name in _THREAD_ATTRIBUTES:
            if name in attributes:
                setattr(part, name, None)
    return model


def without_generators(model: Any) -> Any:
    """Take out of the trees of a fitted model what they drew random numbers with, in place.

    Gradient boosting hands one generator to hundreds of trees, and each would be saved with the
    624 numbers of its state, for which a fitted tree has no use.

    Parameters
    ----------
    model : estimator
        A fitted estimator; pipelines and other meta-estimators to any depth.

    Returns
    -------
    estimator
        The same object, with ``random_state`` None in every tree that held a generator.
    """
    from numpy.random import RandomState

    for part in parts(model):
        attributes = getattr(part, "__dict__", {})
        if "tree_" in attributes and isinstance(attributes.get("random_state"), RandomState):
            part.random_state = None
    return model


def parts(model: Any) -> Iterator[Any]:
    """Go through everything that a model is made of.

    Unlike ``get_params``, this finds what fitting made: the clones that a meta-estimator
    keeps, the trees of a forest.

    Parameters
    ----------
    model : object
        An estimator, fitted or not.

    Yields
    ------
    object
        The model, and each object in its attributes and containers, once.
    """
    from numpy import ndarray  # here, since the checks of a warm run need no numpy

    code = (type, ModuleType, FunctionType, BuiltinFunctionType)
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, code):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, Mapping):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | Set):
            waiting.extend(part)
        elif isinstance(part, ndarray):
            waiting.extend(part.flat if part.dtype == object else ())
        waiting.extend(getattr(part, "__dict__", {}).values())
