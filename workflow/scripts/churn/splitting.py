"""Cut customers into a training and a test set, and the training set into folds.

Rows with the same features always fall on the same side: otherwise a model would be tested on
customers that it has learned by heart.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from churn.errors import InputError


def identical_rows(features: pd.DataFrame) -> NDArray[np.uint64]:
    """Give rows with the same features the same number.

    Parameters
    ----------
    features : DataFrame of shape (n_rows, n_features)

    Returns
    -------
    ndarray of shape (n_rows,)
        A 64-bit hash of each row.
    """
    hashes = pd.util.hash_pandas_object(features, index=False)
    return np.asarray(hashes, dtype=np.uint64)


def test_rows(
    target: NDArray[np.int8], groups: NDArray[np.uint64], test_size: float, seed: int
) -> NDArray[np.bool_]:
    """Choose the rows of the test set, stratified by the target.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    groups : ndarray of shape (n_rows,)
        Rows with the same number stay together, where the first of them falls.
    test_size : float
        Share of the rows wanted in the test set.
    seed : int

    Returns
    -------
    ndarray of bool of shape (n_rows,)
        True for a row of the test set.

    Raises
    ------
    InputError
        If one of the two sets would lack a class.
    """
    if np.bincount(target, minlength=2).min() >= 2:
        try:
            chosen = train_test_split(
                np.arange(len(target)), test_size=test_size, stratify=target, random_state=seed
            )[1]
        except ValueError:
            chosen = np.arange(0)
        mask = np.zeros(len(target), dtype=bool)
        mask[chosen] = True
        mask = _as_first_of_group(mask, groups)
        if len(np.unique(target[mask])) == 2 and len(np.unique(target[~mask])) == 2:
            return mask
    raise InputError(
        f"features.test_size={test_size}: {len(target):,} customers of which {target.sum():,} "
        "churned, with customers of the same features kept together, are too few for a training "
        "and a test set with both classes in each"
    )


def fold_of_rows(
    target: NDArray[np.int8], groups: NDArray[np.uint64], folds: int, seed: int, repeat: int = 0
) -> NDArray[np.int64]:
    """Assign every row to a fold, stratified by the target.

    Parameters
    ----------
    target : ndarray of shape (n_rows,)
        Labels, 0 or 1.
    groups : ndarray of shape (n_rows,)
        Rows with the same number stay together, where the first of them falls.
    folds : int
        Number of folds.
    seed : int
    repeat : int
        Each repeat has other folds.

    Returns
    -------
    ndarray of int of shape (n_rows,)
        Number of the fold in which a row is predicted, from 0.

    Raises
    ------
    InputError
        If a class has too few rows for so many folds.
    """
    rarest = int(np.bincount(target, minlength=2).min())
    if rarest < folds:
        raise InputError(
            f"training.cross_validation.folds={folds}: the rarer class has only {rarest} "
            "customers in the training set, and each fold needs one"
        )
    fold = np.zeros(len(target), dtype=np.int64)
    random = np.random.RandomState([seed, repeat]) if repeat else seed
    splitter = StratifiedKFold(folds, shuffle=True, random_state=random)
    for number, (_, held_out) in enumerate(splitter.split(fold, target)):
        fold[held_out] = number
    fold = _as_first_of_group(fold, groups)
    for number in range(folds):
        if len(np.unique(target[fold == number])) < 2:
            raise InputError(
                f"training.cross_validation.folds={folds}: a fold would hold one class only, "
                "as customers with the same features stay together"
            )
    return fold


def _as_first_of_group(assigned: NDArray, groups: NDArray[np.uint64]) -> NDArray:
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return assigned[first][group]
