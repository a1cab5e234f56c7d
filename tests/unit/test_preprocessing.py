"""A limit of categories that no column reaches is left out, and nothing comes out otherwise."""

import numpy as np
import pandas as pd
import pytest
from churn.preprocessing import build_pipeline, without_idle_limit
from sklearn.linear_model import LogisticRegression

# With the missing one, three categories.
KNOWN = pd.DataFrame({"plan": ["a", "b", None, "a", "b", "a"], "place": ["x", "y"] * 3})
LATER = pd.DataFrame({"plan": ["a", None, "new", "b"], "place": ["x", "y", "new", None]})


def settings(encode: str, most: int | None) -> dict:
    return {"impute": True, "scale": True, "encode": encode, "max_categories": most}


def encoded(encode: str, most: int | None) -> np.ndarray:
    """Encode customers that came later, of whom some have categories nobody had."""
    pipeline = build_pipeline(LogisticRegression(), [], list(KNOWN), settings(encode, most))
    columns = pipeline.named_steps["columns"].fit(KNOWN, [0, 1] * 3)
    return np.asarray(columns.transform(LATER), dtype=float)


@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
@pytest.mark.parametrize("most", [2, 3, 50, None])
def test_limit_is_left_out_where_nothing_comes_out_otherwise(encode: str, most: int | None):
    left = without_idle_limit(settings(encode, most), KNOWN)
    assert left == settings(encode, None if most == 50 else most)
    assert np.array_equal(
        encoded(encode, left["max_categories"]), encoded(encode, most), equal_nan=True
    )


def test_limit_that_binds_changes_what_comes_out():
    assert encoded("one_hot", 2).shape != encoded("one_hot", None).shape
