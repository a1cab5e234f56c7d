"""Scoring new customers with the champion: who fits, who does not, and what comes out."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn.champion import Office
from churn.errors import InputError
from churn.persistence import save_model
from churn.prediction import predict
from churn.scoring import score_customers
from sklearn.linear_model import LogisticRegression
from support.models import fitted
from support.tables import customers_with_signal

SCORING: dict[str, Any] = {
    "background_rows": 6,
    "delimiter": ",",
    "id": "id",
    "missing_values": ["NA"],
    "reasons": 2,
}
THRESHOLD = 0.4


class Desk:
    """A folder with a champion in office and a table of new customers."""

    def __init__(self, folder: Path, **scoring: Any) -> None:
        train = customers_with_signal(300, seed=1)
        self.folder, self.model = folder, fitted(LogisticRegression(), train)
        save_model(self.model, folder / "model.skops")
        office = Office(folder / "office")
        office.equip(train, {**SCORING, **scoring}, seed=3)
        report = {"threshold": THRESHOLD}
        known = np.empty(0, dtype=np.uint64)
        office.take("linear", "0" * 64, "the best", folder / "model.skops", report, known)
        self.new = customers_with_signal(40, seed=2)
        self.table = pd.concat([self.new.ids, self.new.features], axis=1)

    def score(self, table: pd.DataFrame, scores: str = "scores.csv") -> pd.DataFrame:
        """Score a table that is written to a CSV file first."""
        table.to_csv(self.folder / "new.csv", index=False)
        return self.score_file("new.csv", scores)

    def score_file(self, customers: str, scores: str = "scores.csv") -> pd.DataFrame:
        """Score a file and read the scores."""
        path = self.folder / scores
        number = score_customers(
            str(self.folder / customers), str(path), str(self.folder / "office")
        )
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        assert len(table) == number
        return table


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_customers_get_probability_decision_and_reasons(desk: Desk):
    scores = desk.score(desk.table)
    assert list(scores) == ["id", "probability", "predicted", "reason_1", "reason_2"]
    assert scores["id"].tolist() == desk.new.ids.tolist()
    expected = predict(desk.model, desk.new.features)
    assert scores["probability"].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert scores["predicted"].tolist() == (expected >= THRESHOLD).astype(int).tolist()
    assert 0 < scores["predicted"].sum() < len(scores)
    # High usage is what drives churn in this table.
    heavy = desk.new.numeric["usage"].idxmax()
    usage = desk.new.numeric["usage"][heavy]
    assert scores["reason_1"][heavy] == f"usage={usage:.10g} raises the risk"


def test_formats_give_the_same(desk: Desk):
    desk.table.to_parquet(desk.folder / "new.parquet")
    expected = desk.score(desk.table)
    found = desk.score_file("new.parquet", "scores.parquet")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)


def test_further_columns_and_new_categories_and_gaps_are_no_fault(desk: Desk):
    table = desk.table.assign(city="Bern", churn="?")[["churn", "plan", *desk.table.columns[:3]]]
    table.loc[0, "plan"] = "platinum"
    table["usage"] = table["usage"].astype(object)
    table.loc[1, "usage"] = "NA"
    scores = desk.score(table)
    assert scores["probability"].notna().all()
    expected = desk.score(desk.table)
    # Customers who did not change get what they got before.
    pd.testing.assert_frame_equal(scores[2:], expected[2:], rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="usage"), "column 'usage' is missing; the columns are: 'id'"),
        (
            lambda t: t.assign(usage=t["usage"].astype(object).where(t.index != 3, "many")),
            "column 'usage': 1 value is no finite number: 'many' (row 5)",
        ),
        (lambda t: t.assign(id=t["id"].replace(4, 5)), "column 'id': 2 values are doubled"),
        (lambda t: t.assign(id=t["id"].where(t["id"] != 4)), "column 'id': 1 value is missing"),
        (lambda t: t[:0], "there are no rows under the header"),
    ],
)
def test_table_that_does_not_fit_is_refused_and_earlier_scores_stay(
    desk: Desk, change: Any, message: str
):
    earlier = desk.score(desk.table)
    with pytest.raises(InputError) as refusal:
        desk.score(change(desk.table))
    assert str(refusal.value).startswith(f"{desk.folder}/new.csv: ")
    assert message in str(refusal.value)
    pd.testing.assert_frame_equal(pd.read_csv(desk.folder / "scores.csv"), earlier)


@pytest.mark.parametrize(
    ("customers", "scores", "message"),
    [
        ("none.csv", "scores.csv", "none.csv: there is no such file"),
        ("new.csv", "scores.xlsx", "scores.xlsx: the scores must be a .csv or a .parquet file"),
        ("new.txt", "scores.csv", "new.txt: the customers must be a .csv or a .parquet file"),
        ("new.csv", "new.csv", "new.csv: the scores would overwrite the customers"),
    ],
)
def test_wrong_file_is_refused(desk: Desk, customers: str, scores: str, message: str):
    for name in ("new.csv", "new.txt"):
        desk.table.to_csv(desk.folder / name, index=False)
    with pytest.raises(InputError, match=message):
        desk.score_file(customers, scores)
    assert pd.read_csv(desk.folder / "new.csv").equals(pd.read_csv(desk.folder / "new.txt"))


def test_without_champion_it_says_so(desk: Desk):
    desk.table.to_csv(desk.folder / "new.csv", index=False)
    (desk.folder / "office" / "scoring.json").unlink()
    with pytest.raises(InputError, match="named by an earlier version; run the workflow again"):
        desk.score_file("new.csv")
    (desk.folder / "office" / "record.json").unlink()
    with pytest.raises(InputError, match="office: no champion is in office there"):
        desk.score_file("new.csv")


def test_without_id_customers_are_numbered_and_without_reasons_none_are_given(tmp_path: Path):
    desk = Desk(tmp_path, id=None, reasons=0)
    scores = desk.score(desk.table.drop(columns="id"))
    assert list(scores) == ["row", "probability", "predicted"]
    assert scores["row"].tolist() == list(range(1, 41))


def test_beside_the_champion_lie_no_ids_and_no_labels(desk: Desk):
    background = pd.read_parquet(desk.folder / "office" / "background.parquet")
    assert list(background) == ["usage", "noise", "plan"]
    assert len(background) == SCORING["background_rows"]
