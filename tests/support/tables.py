"""Small tables of customers with a known process behind them."""

import numpy as np
import pandas as pd
from churn.customers import Customers


def customers_with_signal(n: int, seed: int = 0, strength: float = 1.5) -> Customers:
    """Draw customers whose churn depends on ``usage`` and ``plan``; ``noise`` says nothing."""
    rng = np.random.default_rng(seed)
    usage, noise = rng.normal(size=n), rng.normal(size=n)
    plan = rng.choice(["basic", "plus", "pro"], n)
    score = strength * (usage + (plan == "plus")) - 1.5
    target = (rng.random(n) < 1 / (1 + np.exp(-score))).astype(np.int8)
    return Customers(
        ids=pd.Series(np.arange(n), name="id"),
        numeric=pd.DataFrame({"usage": usage, "noise": noise}),
        categorical=pd.DataFrame({"plan": pd.array(plan, dtype="str")}),
        target=target,
        target_name="churn",
    )
