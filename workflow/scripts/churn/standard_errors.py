"""Standard errors of metrics in closed form, for where no interval is wanted.

All are for a given number of churners and of stayers, as the resamples of `churn.bootstrap`
are; they are what the spread of very many of those comes to.
"""

import numpy as np

from churn.resampled_metrics import Numbers, Sample


def standard_errors(sample: Sample, threshold: float) -> dict[str, float]:
    """Compute how far metrics of one sample may be off by the choice of its customers.

    Parameters
    ----------
    sample : Sample
        A single one, with churners and stayers in it.
    threshold : float
        Customers at or above it are predicted to churn.

    Returns
    -------
    dict of str to float
        Of ``roc_auc``, ``recall`` and ``precision``; 0 for a precision of no prediction.
    """
    return {"roc_auc": _of_roc_auc(sample)} | _of_decisions(sample, threshold)


def _of_roc_auc(sample: Sample) -> float:
    """Add up the shares of churners and stayers (DeLong, DeLong and Clarke-Pearson, 1988)."""
    churned, stayed = sample.churned[0], sample.stayed[0]
    # What share of the others each ranks right; a tie counts half.
    churner = (sample.stayers - sample.disturbed[0] + stayed / 2) / sample.stayers
    stayer = (sample.caught[0] - churned / 2) / sample.churners
    of_churners = _variance(churner, churned) / sample.churners
    return float(np.sqrt(of_churners + _variance(stayer, stayed) / sample.stayers))


def _of_decisions(sample: Sample, threshold: float) -> dict[str, float]:
    called = sample.probability >= threshold
    tp, fp = float(sample.churned[0, called].sum()), float(sample.stayed[0, called].sum())
    # Binomial variances, and for their ratio the delta method.
    of_tp = tp * (sample.churners - tp) / sample.churners
    of_fp = fp * (sample.stayers - fp) / sample.stayers
    of_ratio = np.sqrt(fp**2 * of_tp + tp**2 * of_fp) / max(tp + fp, 1) ** 2
    return {"recall": float(np.sqrt(of_tp) / sample.churners), "precision": float(of_ratio)}


def _variance(values: Numbers, counts: Numbers) -> float:
    mean = np.average(values, weights=counts)
    return float(np.average((values - mean) ** 2, weights=counts))
