"""Generated customers in the shape of IBM's Telco table, whose true churn probability is known.

The columns are drawn one after another, each with frequencies that depend on earlier ones, near
to those of the real table. The label is then drawn from a logistic model of the columns with
main effects, interactions and a bend (`EFFECTS`), so that the probability of every customer is
known and with it the best ROC-AUC that any model can reach.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Numbers = NDArray[np.float64]

NO_YES = ("No", "Yes")
CONTRACTS = ("Month-to-month", "One year", "Two year")
INTERNET = ("DSL", "Fiber optic", "No")
PAYMENTS = (
    "Bank transfer (automatic)",
    "Credit card (automatic)",
    "Electronic check",
    "Mailed check",
)
# Share with an add-on among customers with internet, and its monthly price.
ADD_ONS = {
    "OnlineSecurity": (0.37, 5.0),
    "OnlineBackup": (0.44, 5.0),
    "DeviceProtection": (0.44, 5.0),
    "TechSupport": (0.37, 5.0),
    "StreamingTV": (0.49, 10.0),
    "StreamingMovies": (0.50, 10.0),
}
LONGEST_TENURE = 72
# Share of customers without a full month, whose total charges are blank.
NEW_CUSTOMERS = 0.0016
# Effects on the log odds of churn, by what holds for a customer. With this intercept 26.5 % churn.
INTERCEPT = 0.419
EFFECTS = {
    "log(1 + tenure)": -0.62,
    "tenure is 1": 0.35,
    "one year": -0.90,
    "two year": -1.75,
    "fiber optic": 0.85,
    "no internet": -0.95,
    "fiber optic, month to month": 0.35,
    "electronic check": 0.40,
    "paperless billing": 0.35,
    "senior": 0.20,
    "dependents": -0.20,
    "online security": -0.40,
    "tech support": -0.40,
    "neither security nor support, fiber optic": 0.35,
    "streaming": 0.25,
    "tens of monthly charges above 70": 0.08,
    "senior, no tech support": 0.20,
}


def generate(rows: int, seed: int) -> tuple[pa.Table, dict[str, float]]:
    """Draw customers.

    Parameters
    ----------
    rows : int
        How many.
    seed : int
        Seed of every draw: the same seed and number of rows give the same table.

    Returns
    -------
    table : pyarrow.Table of shape (rows, 21)
        Telco's columns in Telco's order; ``TotalCharges`` is text, blank for new customers.
    truth : dict of str to float
        ``churn_rate``, the mean true probability, and ``best_reachable_roc_auc``.
    """
    rng = np.random.default_rng(seed)
    codes, tenure, monthly = _draw(rng, rows)
    probability = churn_probability(codes, tenure, monthly)
    churn = (rng.random(rows) < probability).astype(np.int8)
    total = tenure * monthly * rng.normal(1.0, 0.02, rows)
    truth = {
        "churn_rate": float(probability.mean()),
        "best_reachable_roc_auc": best_reachable_roc_auc(probability),
    }
    return _table(rng, codes, tenure, monthly, total, churn), truth


def churn_probability(codes: dict[str, Codes], tenure: Numbers, monthly: Numbers) -> Numbers:
    """Compute the true probability of churn.

    Parameters
    ----------
    codes : dict of str to ndarray of shape (rows,)
        Categories by number.
    tenure : ndarray of shape (rows,)
        Months as a customer.
    monthly : ndarray of shape (rows,)
        Monthly charges.

    Returns
    -------
    ndarray of shape (rows,)
    """
    fiber, offline = codes["InternetService"] == 1, codes["InternetService"] == 2
    monthly_contract = codes["Contract"] == 0
    secure, supported = codes["OnlineSecurity"] == 1, codes["TechSupport"] == 1
    senior = codes["SeniorCitizen"] == 1
    holds = {
        "log(1 + tenure)": np.log1p(tenure),
        "tenure is 1": tenure == 1,
        "one year": codes["Contract"] == 1,
        "two year": codes["Contract"] == 2,
        "fiber optic": fiber,
        "no internet": offline,
        "fiber optic, month to month": fiber & monthly_contract,
        "electronic check": codes["PaymentMethod"] == 2,
        "paperless billing": codes["PaperlessBilling"] == 1,
        "senior": senior,
        "dependents": codes["Dependents"] == 1,
        "online security": secure,
        "tech support": supported,
        "neither security nor support, fiber optic": fiber & ~secure & ~supported,
        "streaming": (codes["StreamingTV"] == 1) | (codes["StreamingMovies"] == 1),
        "tens of monthly charges above 70": np.maximum(monthly - 70, 0) / 10,
        "senior, no tech support": senior & ~supported & ~offline,
    }
    odds = np.full(len(tenure), INTERCEPT)
    for name, effect in EFFECTS.items():
        odds += effect * holds[name]
    probability: Numbers = 1 / (1 + np.exp(-odds))
    return probability


def best_reachable_roc_auc(probability: Numbers) -> float:
    """Compute the expected ROC-AUC of scoring customers by their true probability.

    With p the true probability, a random churner has score s with weight p, a random other
    customer with weight 1 - p; the AUC is the chance that the first scores higher, ties counted
    half (Hanley and McNeil, 1982). No score orders customers better than the true probability
    (Neyman and Pearson, 1933).

    Parameters
    ----------
    probability : ndarray of shape (rows,)

    Returns
    -------
    float
    """
    score, place = np.unique(probability, return_inverse=True)
    count = np.bincount(place)
    churners, others = score * count, (1 - score) * count
    below = np.cumsum(others) - others
    return float((churners * (below + others / 2)).sum() / (churners.sum() * others.sum()))


def _draw(rng: np.random.Generator, rows: int) -> tuple[dict[str, Codes], Numbers, Numbers]:
    codes = {
        "gender": _yes(rng, np.full(rows, 0.505)),
        "SeniorCitizen": _yes(rng, np.full(rows, 0.162)),
        "Partner": _yes(rng, np.full(rows, 0.483)),
        "Contract": _choice(rng, rows, (0.55, 0.21, 0.24)),
        "InternetService": _choice(rng, rows, (0.344, 0.440, 0.216)),
    }
    codes["Dependents"] = _yes(rng, np.where(codes["Partner"] == 1, 0.52, 0.09))
    # The longer the contract, the longer the customer has been there.
    shape = np.array([0.62, 1.7, 3.4])[codes["Contract"]]
    tenure = np.ceil(rng.beta(shape, 1.35) * LONGEST_TENURE).clip(1)
    tenure[rng.random(rows) < NEW_CUSTOMERS] = 0
    dsl, offline = codes["InternetService"] == 0, codes["InternetService"] == 2
    codes["PhoneService"] = _yes(rng, np.where(dsl, 0.72, 1.0))
    lines = _yes(rng, 0.25 + 0.005 * tenure + 0.15 * (codes["InternetService"] == 1))
    codes["MultipleLines"] = np.where(codes["PhoneService"] == 1, lines, 2).astype(np.int8)
    for name, (share, _) in ADD_ONS.items():
        add_on = _yes(rng, share + 0.006 * (tenure - 32))
        codes[name] = np.where(offline, 2, add_on).astype(np.int8)
    codes["PaperlessBilling"] = _yes(rng, np.array([0.55, 0.77, 0.29])[codes["InternetService"]])
    payments = np.array(
        [(0.21, 0.22, 0.20, 0.37), (0.23, 0.23, 0.48, 0.06), (0.22, 0.22, 0.08, 0.48)]
    )
    codes["PaymentMethod"] = _by_row(rng, payments[codes["InternetService"]])
    return codes, tenure, _monthly_charges(rng, codes)


def _monthly_charges(rng: np.random.Generator, codes: dict[str, Codes]) -> Numbers:
    phone, lines = codes["PhoneService"] == 1, codes["MultipleLines"] == 1
    price = np.array([25.0, 50.0, 0.0])[codes["InternetService"]] + 20.0 * phone + 5.0 * lines
    for name, (_, cost) in ADD_ONS.items():
        price += cost * (codes[name] == 1)
    charges: Numbers = np.round(price + rng.normal(0, 0.7, len(price)), 2).clip(18.0)
    return charges


def _yes(rng: np.random.Generator, share: Numbers) -> Codes:
    return (rng.random(len(share)) < share).astype(np.int8)


def _choice(rng: np.random.Generator, rows: int, shares: tuple[float, ...]) -> Codes:
    return np.searchsorted(np.cumsum(shares)[:-1], rng.random(rows), side="right").astype(np.int8)


def _by_row(rng: np.random.Generator, shares: Numbers) -> Codes:
    limits = np.cumsum(shares, axis=1)[:, :-1]
    chosen: Codes = (rng.random(len(shares))[:, None] >= limits).sum(axis=1).astype(np.int8)
    return chosen


def _table(
    rng: np.random.Generator,
    codes: dict[str, Codes],
    tenure: Numbers,
    monthly: Numbers,
    total: Numbers,
    churn: Codes,
) -> pa.Table:
    new = pa.array(tenure == 0)
    written = pa.array(np.round(total, 2)).cast(pa.string())
    offline = (*NO_YES, "No internet service")
    columns = {
        "customerID": _identifiers(rng, len(tenure)),
        "gender": _texts(codes["gender"], ("Female", "Male")),
        "SeniorCitizen": pa.array(codes["SeniorCitizen"]),
        "Partner": _texts(codes["Partner"], NO_YES),
        "Dependents": _texts(codes["Dependents"], NO_YES),
        "tenure": pa.array(tenure.astype(np.int64)),
        "PhoneService": _texts(codes["PhoneService"], NO_YES),
        "MultipleLines": _texts(codes["MultipleLines"], (*NO_YES, "No phone service")),
        "InternetService": _texts(codes["InternetService"], INTERNET),
        **{name: _texts(codes[name], offline) for name in ADD_ONS},
        "Contract": _texts(codes["Contract"], CONTRACTS),
        "PaperlessBilling": _texts(codes["PaperlessBilling"], NO_YES),
        "PaymentMethod": _texts(codes["PaymentMethod"], PAYMENTS),
        "MonthlyCharges": pa.array(monthly),
        "TotalCharges": pa.compute.if_else(new, " ", written),
        "Churn": _texts(churn, NO_YES),
    }
    return pa.table(columns)


def _texts(codes: Codes, categories: tuple[str, ...]) -> pa.Array:
    return pa.array(categories).take(pa.array(codes))


def _identifiers(rng: np.random.Generator, rows: int) -> pa.Array:
    """Make unique names of four digits and five letters."""
    numbers = rng.permutation(rows).astype(np.int64)
    # An odd factor and a modulus that share no divisor scatter the numbers and keep them unique.
    scattered = (numbers * 7_368_787 + 123_456_789) % (10_000 * 26**5)
    digits, letters = scattered % 10_000, scattered // 10_000
    characters = np.empty((rows, 10), dtype=np.uint8)
    for place in range(4):
        characters[:, 3 - place] = ord("0") + digits // 10**place % 10
    characters[:, 4] = ord("-")
    for place in range(5):
        characters[:, 9 - place] = ord("A") + letters // 26**place % 26
    return pa.array(characters.view("S10").ravel()).cast(pa.string())
