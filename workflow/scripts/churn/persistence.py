"""Saving and loading fitted models with skops: no pickle, and the same bytes for the same model.

A skops file is a zip archive of ``schema.json`` (the tree of objects) and one member for each
array. As skops writes it, it differs from run to run: members and objects are named by their
address in memory, members carry the time of day, sets come in hash order, gaps in arrays hold
leftovers. `save_model` names members by their content, numbers the objects in the order in which
they appear, sorts sets, blanks the gaps and fixes the archive's times and permissions. What comes
out is still an ordinary skops file.

`load_model` trusts what skops trusts by itself and the types in `churn.trusted_types`. Nothing of a
file is imported or built before all of its types were found in these lists.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from churn.errors import InputError
from churn.estimators import parts
from churn.files import atomic_path
from churn.trusted_types import TRUSTED_TYPES

SCHEMA = "schema.json"
_MEMBER = re.compile(r"schema\.json|[0-9a-f-]+\.(npy|npz|bin)")
# Which of two equal numbers, strings or arrays are one object in memory is an accident of how the
# model was fitted; for these it is a part of the model, as with a fitted step found in two places.
_LOADERS_WITH_IDENTITY = frozenset(
    {"ObjectNode", "TreeNode", "RandomStateNode", "RandomGeneratorNode"}
)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can hold
_COMPRESSION_LEVEL = 6


def save_model(model: Any, path: str | Path, *, trusted: Iterable[str] = ()) -> None:
    """Save a fitted model as a skops file, whole or not at all.

    Parameters
    ----------
    model : estimator
        A fitted estimator or pipeline. The same one gives the same bytes in any process.
        Numbers of threads belong to it: see `churn.estimators.without_threads`.
    path : str or Path
        Where to save it; missing folders are made.
    trusted : iterable of str
        Types to trust besides `TRUSTED_TYPES`, as for `load_model`.

    Raises
    ------
    InputError
        If skops cannot save the model, or `load_model` would refuse it.
    """
    name = type(model).__name__
    try:
        data = _canonical(skops.io.dumps(model))
    except TypeError as error:
        raise InputError(f"{path}: a fitted {name} cannot be saved by skops: {error}") from error
    untrusted = _untrusted_types(data, [*TRUSTED_TYPES, *trusted])
    if untrusted:
        raise InputError(
            f"{path}: a fitted {name} cannot be saved so that it may be loaded again, since it "
            f"holds types that are not trusted: {', '.join(untrusted)}"
        )
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def load_model(path: str | Path, *, trusted: Iterable[str] = ()) -> Any:
    """Load a model that `save_model` saved.

    Parameters
    ----------
    path : str or Path
        A skops file.
    trusted : iterable of str
        Types to trust besides `TRUSTED_TYPES`, by full name, such as the class of an estimator
        from another package that the user's config names. Each is as good as running its code.

    Returns
    -------
    estimator
        The fitted model.

    Raises
    ------
    InputError
        If the file is missing, damaged, no skops file, has a member that has no place in one,
        holds a type that is not trusted, or decision trees that point outside themselves.
    """
    allowed = [*TRUSTED_TYPES, *trusted]
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        _check_members(data)
        model = skops.io.loads(data, trusted=allowed)
        _check_trees(model)
    except UntrustedTypesFoundException as error:
        types = ", ".join(_untrusted_types(data, allowed))
        raise InputError(f"{path}: holds types that are not trusted: {types}") from error
    # Whatever a damaged or forged file makes zipfile, json, numpy, skops or scikit-learn raise.
    except Exception as error:
        reason = f"{error}" or type(error).__name__
        raise InputError(f"{path}: not a model of this workflow, or damaged: {reason}") from error
    return model


def _untrusted_types(data: bytes, trusted: Iterable[str]) -> list[str]:
    return sorted(set(skops.io.get_untrusted_types(data=data)) - set(trusted))


def _canonical(data: bytes) -> bytes:
    """Rewrite a skops file so that it depends on nothing but the model."""
    members: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:

        def by_content(file: str) -> str:
            content = archive.read(file)
            if file.endswith(".npy"):
                content = _without_padding(content)
            digest = hashlib.blake2b(content, digest_size=16).hexdigest()
            name = digest + Path(file).suffix
            members[name] = content
            return name

        schema = json.loads(archive.read(SCHEMA))
        _settle(schema, by_content)
    _number(schema, {})
    members[SCHEMA] = json.dumps(schema, separators=(",", ":")).encode()
    return _zip(members)


def _without_padding(content: bytes) -> bytes:
    """Blank what lies between the fields of a structured array, such as a tree's nodes.

    It is whatever was in memory: zeros after fitting, but anything in an array that was loaded.
    """
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    blank = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        blank[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, blank, allow_pickle=False)
    return buffer.getvalue()


def _settle(node: Any, by_content: Callable[[str], str]) -> None:
    """Name members by content, drop accidental identities and sort sets, from the leaves up."""
    for child in _children(node):
        _settle(child, by_content)
    if not _is_object(node):
        return
    if "file" in node:
        node["file"] = by_content(node["file"])
    if node["__loader__"] not in _LOADERS_WITH_IDENTITY:
        del node["__id__"]
    if node["__loader__"] == "SetNode":
        node["content"].sort(key=json.dumps)


def _number(node: Any, numbers: dict[int, int]) -> None:
    """Give the objects numbers from 1, in the order in which they appear."""
    if _is_object(node) and "__id__" in node:
        node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
    for child in _children(node):
        _number(child, numbers)


def _is_object(node: Any) -> bool:
    """Tell an object's entry in the schema from a mere mapping of the object's own keys."""
    return isinstance(node, dict) and isinstance(node.get("__loader__"), str)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
            info.create_system = 3  # Unix, on every system
            info.external_attr = 0o644 << 16
            archive.writestr(
                info, members[name], zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL
            )
    return buffer.getvalue()


def _check_members(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    strange = sorted({name for name in names if not _MEMBER.fullmatch(name)})
    _require(not strange, f"it has members that a skops file has not: {strange}")
    _require(len(set(names)) == len(names), "it has two members of one name")


def _check_trees(model: Any) -> None:
    """Refuse decision trees that would make scikit-learn read outside their memory.

    Its compiled code takes the numbers of nodes and features as they are. A tree has to point
    forward within its own nodes, to features that its estimator demands of the data.
    """
    from sklearn.ensemble._forest import BaseForest
    from sklearn.ensemble._gb import BaseGradientBoosting
    from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import (
        BaseHistGradientBoosting,
    )
    from sklearn.tree._tree import Tree

    for part in parts(model):
        attributes = getattr(part, "__dict__", {})
        if isinstance(part, Tree):
            _check_tree(part)
        elif isinstance(part, BaseForest | BaseGradientBoosting):
            for member in np.ravel(attributes.get("estimators_", [])):
                _require_features(member.tree_, part)
        elif isinstance(part, BaseHistGradientBoosting):
            for iteration in attributes.get("_predictors", []):
                for predictor in iteration:
                    _check_predictor(predictor, part)
        elif isinstance(attributes.get("tree_"), Tree):
            _require_features(part.tree_, part)


def _require_features(tree: Any, estimator: Any) -> None:
    _require(tree.n_features == estimator.n_features_in_, "a tree's number of features is wrong")


def _check_tree(tree: Any) -> None:
    _require(0 < tree.node_count <= tree.capacity, "a tree's number of nodes is wrong")
    # The code that predicts stops where there is no left child.
    inner = np.flatnonzero(tree.children_left != -1)
    for child in (tree.children_left, tree.children_right):
        _require_forward(inner, child[inner], tree.node_count)
    _require_below(tree.feature[inner], tree.n_features, "a tree's feature")


def _check_predictor(predictor: Any, estimator: Any) -> None:
    nodes = predictor.nodes
    _require(len(nodes) > 0, "a tree's number of nodes is wrong")
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    for child in ("left", "right"):
        _require_forward(inner, nodes[child][inner], len(nodes))
    _require_below(nodes["feature_idx"][inner], estimator.n_features_in_, "a tree's feature")

    splits = nodes[inner][nodes["is_categorical"][inner] != 0]
    bitsets = predictor.raw_left_cat_bitsets
    _require(bitsets.ndim == 2 and bitsets.shape[1] == 8, "a tree's categories are wrong")
    _require_below(splits["bitset_idx"], len(bitsets), "a tree's set of categories")
    categorical = np.asarray(estimator._bin_mapper.is_categorical_, dtype=bool)
    _require(categorical.shape == (estimator.n_features_in_,), "a tree's categories are wrong")
    _require(bool(categorical[splits["feature_idx"]].all()), "a tree's categories are wrong")


def _require_forward(inner: Any, child: Any, node_count: int) -> None:
    # Forward, since a way back would never end.
    _require(bool((child > inner).all()), "a tree's node points back")
    _require_below(child, node_count, "a tree's node")


def _require_below(numbers: Any, limit: int, what: str) -> None:
    _require(bool(((numbers >= 0) & (numbers < limit)).all()), f"{what} is out of range")


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
