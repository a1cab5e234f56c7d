"""What scikit-learn would do in each job for its first table, done by importing this."""

import narwhals.stable.v2 as narwhals
import pandas as pd

narwhals.from_native(pd.DataFrame({"column": [0.0]}))
