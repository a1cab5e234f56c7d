"""What each job would do or look up at first, done once by importing this."""

import narwhals.stable.v2 as narwhals
import numpy as np
import pandas as pd

from churn.thread_pools import thread_pools

# As scikit-learn does with a table, and with an array, for which plugins are looked up.
narwhals.from_native(pd.DataFrame({"column": [0.0]}))
narwhals.dependencies.is_into_series(np.zeros(1))
thread_pools()
