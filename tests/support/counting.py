"""A classifier that notes how many threads all that are fitted at the same time may take."""

import multiprocessing
import time

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

# Shared with the processes that are forked from this one.
_forked = multiprocessing.get_context("fork")
_at_work = _forked.Value("i", 0)
# The most that were at work at the same time.
most = _forked.Value("i", 0)


class CountingClassifier(HistGradientBoostingClassifier):
    """Notes itself and all that are at work already."""

    def fit(self, X, y):
        threads = _openmp_effective_n_threads()
        with _at_work.get_lock():
            _at_work.value += threads
            most.value = max(most.value, _at_work.value)
        # Long enough for others to start, if they may.
        time.sleep(0.1)
        super().fit(X, y)
        with _at_work.get_lock():
            _at_work.value -= threads
        return self
