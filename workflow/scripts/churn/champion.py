"""Name the champion: the best model of a run, if it passes the gates and beats the one in office.

The champion in office is kept from run to run in a folder of its own, since models that are
trained again overwrite each other's files. The folder is written first and the result last, so
that a run that is killed in between is healed by its repetition.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.bootstrap import intervals, paired_differences
from churn.customers import Customers, write_table
from churn.files import atomic_path, intact, read_json, write_json
from churn.gates import check_gates, failed
from churn.persistence import load_model
from churn.prediction import predict
from churn.significance import holm
from churn.slices import groups_of, is_judged
from churn.splitting import identical_rows

METRIC = "roc_auc"
# With fewer customers, or churners, that neither model has learned from, no comparison is made.
LEAST_ROWS, LEAST_OF_A_CLASS = 100, 10

Settings = Mapping[str, Any]


def name_champion(
    inputs: Mapping[str, Any],
    office: str,
    result: str,
    *,
    champion: Settings,
    evaluation: Settings,
    scoring: Settings,
    slices: Sequence[str],
    seed: int,
) -> None:
    """Name the champion of a run.

    Parameters
    ----------
    inputs : mapping
        Of all models, in the same order, the ``reports`` (JSON) and the ``models`` (skops); the
        ``comparison`` and the signs of ``leakage`` (JSON); the ``train`` and the ``test`` set
        (Parquet).
    office : str
        Folder of the champion in office, which need not exist.
    result : str
        Where the result goes (JSON).
    champion, evaluation : mapping
        Sections of the config.
    scoring : mapping
        How new customers are read and their scores explained, see `Office.equip`.
    slices : sequence of str
        Columns by whose values models are judged apart.
    seed : int
        Seed of the resamples and of the choice of background customers.
    """
    reports = {report["model"]: report for report in map(read_json, inputs["reports"])}
    files = dict(zip(reports, map(Path, inputs["models"]), strict=True))
    comparison = read_json(inputs["comparison"])
    sizes = {name: path.stat().st_size for name, path in files.items()}
    candidate, reason = choose_candidate(comparison, sizes, champion["rule"])
    gates = check_gates(reports[candidate], read_json(inputs["leakage"]), evaluation["gates"])
    held = Office(Path(office))
    digest = hashlib.sha256(files[candidate].read_bytes()).hexdigest()
    verdict = refusal_by_gates(gates)
    if verdict is None and held.taken and held.record["digest"] != digest:
        verdict, reason = _against_incumbent(
            held, files[candidate], reports[candidate], inputs, evaluation, slices, seed, reason
        )
    if verdict is None:
        train = Customers.read(inputs["train"])
        # Before the record, which says that all is there.
        held.equip(train, scoring, seed)
        if not (held.taken and held.record["digest"] == digest):
            trained_on = identical_rows(train.features)
            held.take(candidate, digest, reason, files[candidate], reports[candidate], trained_on)
    write_json(result, _result(candidate, verdict, gates, held, comparison, champion, reports))


def choose_candidate(
    comparison: Mapping[str, Any], sizes: Mapping[str, int], rule: str
) -> tuple[str, str]:
    """Choose a model by the configured rule.

    Parameters
    ----------
    comparison : mapping
        Names of the ``models``, the best by cross-validation first, and the tested ``pairs``.
    sizes : mapping of str to int
        Size of each saved model in bytes: the same measure for every kind of model, and the same
        in every run.
    rule : {'best', 'simplest_equivalent'}

    Returns
    -------
    candidate, reason : str
    """
    best = comparison["models"][0]
    same = equivalents(comparison)
    text = f"highest cross-validated ROC-AUC of {len(comparison['models'])} model(s)"
    if rule == "simplest_equivalent":
        smallest = min([best, *same], key=lambda name: (sizes[name], name))
        if smallest != best:
            return smallest, (
                f"smallest of {1 + len(same)} models that cannot be told from the best, {best}"
            )
    if same:
        text += f"; not distinguishable from it: {', '.join(same)}"
    return best, text


def equivalents(comparison: Mapping[str, Any]) -> list[str]:
    """Name the models that cannot be told from the best."""
    best = comparison["models"][0]
    pairs = [pair for pair in comparison["pairs"] if pair["first"] == best]
    return [pair["second"] for pair in pairs if not pair["distinguishable"]]


def refusal_by_gates(gates: Sequence[Mapping[str, Any]]) -> str | None:
    """Say why the gates refuse a model, if they do."""
    messages = [gate["message"] for gate in failed(gates)]
    return "; ".join(messages) if messages else None


class Office:
    """The champion in office, in a folder.

    Parameters
    ----------
    folder : Path

    Attributes
    ----------
    record : dict
        Name, digest and reason of the champion, and the ``history`` of all that were named.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / "record.json"
        self.record: dict[str, Any] = read_json(file) if file.is_file() else {"history": []}

    @property
    def taken(self) -> bool:
        """Whether there is a champion."""
        return bool(self.record["history"])

    @property
    def threshold(self) -> float:
        """The champion's own decision threshold."""
        return float(self.record["threshold"])

    def predict(self, customers: Customers) -> NDArray[np.float64]:
        """Predict with the champion."""
        return predict(load_model(str(self.folder / "model.skops")), customers.features)

    def has_learned(self, customers: Customers) -> NDArray[np.bool_]:
        """Tell which customers the champion was trained on."""
        rows = self.folder / "trained_on.npy"
        with intact(rows):
            known = np.load(rows, allow_pickle=False)
        return np.isin(identical_rows(customers.features), known)

    def equip(self, train: Customers, scoring: Settings, seed: int) -> None:
        """Keep what it takes to score new customers with the champion.

        Parameters
        ----------
        train : Customers
            The training set, of which some are kept as background of the reasons, without their
            ids and labels.
        scoring : mapping
            ``background_rows`` of them; the number of ``reasons``; the ``delimiter``, the ``id``
            column (or None) and the ``missing_values`` of the tables to come.
        seed : int
        """
        rng = np.random.default_rng(seed)
        size = min(len(train), scoring["background_rows"])
        chosen = np.sort(rng.choice(len(train), size, replace=False))
        write_table(self.folder / "background.parquet", train.features.iloc[chosen])
        roles = {"numeric": list(train.numeric), "categorical": list(train.categorical)}
        write_json(self.folder / "scoring.json", {**scoring, **roles, "seed": seed})

    def take(
        self,
        name: str,
        digest: str,
        reason: str,
        model: Path,
        report: Mapping[str, Any],
        trained_on: NDArray[np.uint64],
    ) -> None:
        """Put a model into office."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(self.folder / "trained_on.npy") as temporary:
            np.save(temporary, trained_on, allow_pickle=False)
        with atomic_path(self.folder / "model.skops") as temporary:
            shutil.copyfile(model, temporary)
        write_json(self.folder / "report.json", report)
        entry = {"champion": name, "digest": digest, "reason": reason}
        self.record = {
            **entry,
            "threshold": report["threshold"],
            "history": [*self.record["history"], entry],
        }
        # Last: what it names is there.
        write_json(self.folder / "record.json", self.record)


def _against_incumbent(
    held: Office,
    model: Path,
    report: Mapping[str, Any],
    inputs: Mapping[str, Any],
    evaluation: Settings,
    slices: Sequence[str],
    seed: int,
    reason: str,
) -> tuple[str | None, str]:
    """Compare a candidate with the champion on customers that neither has learned from."""
    test = Customers.read(inputs["test"])
    incumbent = held.record["champion"]
    try:
        probability = held.predict(test)
    except (KeyError, ValueError):
        return None, f"{reason}; the champion before, {incumbent}, does not fit this table"
    fresh = ~held.has_learned(test)
    churned = int(test.target[fresh].sum())
    if fresh.sum() < LEAST_ROWS or min(churned, fresh.sum() - churned) < LEAST_OF_A_CLASS:
        return None, (
            f"{reason}; the champion before, {incumbent}, has learned from these customers and "
            "cannot be compared"
        )
    mine = predict(load_model(str(model)), test.features)
    worse = _worse(
        test.take(fresh),
        (mine[fresh], float(report["threshold"])),
        (probability[fresh], held.threshold),
        evaluation,
        slices,
        seed,
    )
    if worse:
        return f"{report['model']} does not replace {incumbent}: {'; '.join(worse)}", reason
    return None, f"{reason}; better than {incumbent} beyond noise, and nowhere worse"


def _worse(
    test: Customers,
    candidate: tuple[NDArray[np.float64], float],
    incumbent: tuple[NDArray[np.float64], float],
    evaluation: Settings,
    slices: Sequence[str],
    seed: int,
) -> list[str]:
    """List what speaks against a candidate."""
    bootstrap = evaluation["bootstrap"]
    difference = paired_differences(
        test.target,
        {"candidate": candidate[0], "incumbent": incumbent[0]},
        [("candidate", "incumbent")],
        seed=seed,
        **bootstrap,
    )[0]
    problems = []
    if difference["low"] <= 0:
        problems.append(
            "its ROC-AUC is not better beyond noise (difference "
            f"{difference['difference']:+.4f}, {difference['low']:+.4f} to "
            f"{difference['high']:+.4f})"
        )
    errors = [
        intervals(test.target, *model, seed=seed, **bootstrap)["calibration_error"]
        for model in (candidate, incumbent)
    ]
    if errors[0]["low"] > errors[1]["high"]:
        problems.append("its calibration is worse")
    return problems + _worse_groups(
        test, candidate[0], incumbent[0], evaluation, slices=slices, seed=seed
    )


def _worse_groups(
    test: Customers,
    candidate: NDArray[np.float64],
    incumbent: NDArray[np.float64],
    evaluation: Settings,
    *,
    slices: Sequence[str],
    seed: int,
) -> list[str]:
    """List the groups of customers whom the candidate ranks worse beyond noise."""
    settings, bootstrap = evaluation["slices"], evaluation["bootstrap"]
    groups, tests = [], []
    for column, group, inside in groups_of(test, slices, settings["bins"]):
        if is_judged(test.target[inside], settings):
            models = {"candidate": candidate[inside], "incumbent": incumbent[inside]}
            pair = [("candidate", "incumbent")]
            groups.append(f"{column} {group}")
            tests += paired_differences(test.target[inside], models, pair, seed=seed, **bootstrap)
    corrected = holm([found["p"] for found in tests])
    return [
        f"its ROC-AUC is worse for {group} (difference {found['difference']:+.4f})"
        for group, found, p in zip(groups, tests, corrected, strict=True)
        if found["difference"] < 0 and p < 1 - bootstrap["confidence"]
    ]


def _result(
    candidate: str,
    refusal: str | None,
    gates: Sequence[Mapping[str, Any]],
    held: Office,
    comparison: Mapping[str, Any],
    champion: Settings,
    reports: Mapping[str, Any],
) -> dict[str, Any]:
    status = "named"
    if refusal is not None:
        status = "refused" if failed(gates) else "kept"
    scores = reports[candidate]["cross_validation"][METRIC]
    return {
        "champion": held.record.get("champion"),
        "status": status,
        "candidate": candidate,
        "metric": f"cv_{METRIC}",
        "value": scores["mean"],
        "std": scores["std"],
        "rule": champion["rule"],
        # As noted when it was named, so that a repeated run says the same.
        "reason": refusal or held.record["reason"],
        "equivalent": equivalents(comparison),
        "gates": list(gates),
        "history": held.record["history"],
    }
