"""SciPy without the documentation that it composes as it is imported, a sixth of all imports' time.

No job reads it. For what is imported after this, SciPy finds empty docstrings to start from.
"""

from contextlib import suppress
from functools import partial

# Elsewhere in another SciPy, perhaps; then the imports take longer, and that is all.
with suppress(ImportError, AttributeError):
    from scipy._lib import _docscrape

    _docscrape.FunctionDoc = partial(  # type: ignore[assignment, misc]
        _docscrape.FunctionDoc, doc=""
    )
