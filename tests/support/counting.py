"""A classifier that notes how many threads all that are fitted at the same time may take."""

import threading
import time

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

_lock = threading.Lock()
_at_work: list[int] = []
# For each fit, in the order of their starts.
counts: list[int] = []


class CountingClassifier(HistGradientBoostingClassifier):
    """Notes itself and all that are at work already."""

    def fit(self, X, y):
        threads = _openmp_effective_n_threads()
        with _lock:
            _at_work.append(threads)
            counts.append(sum(_at_work))
        # Long enough for others to start, if they may.
        time.sleep(0.1)
        super().fit(X, y)
        with _lock:
            _at_work.remove(threads)
        return self
