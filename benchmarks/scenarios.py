"""What is measured: for each scenario the work, who does it, and in which state they start."""

from dataclasses import dataclass, field

from peers.base import Peer
from peers.dvc_repro import DvcRepro, models_in_parallel, models_in_turn, stage_per_model
from peers.hydra_multirun import HydraMultirun
from peers.joblib_floor import JoblibFloor
from peers.kedro_run import KedroRun
from peers.plain_snakefile import PlainSnakefile
from peers.workflow import Workflow

PEERS: dict[str, Peer] = {
    peer.key: peer
    for peer in (
        Workflow(),
        DvcRepro("dvc", "`dvc repro`, a stage a model", stage_per_model),
        DvcRepro("dvc_turn", "`dvc repro`, four stages, models in turn", models_in_turn),
        DvcRepro("dvc_parallel", "`dvc repro`, four stages, models by joblib", models_in_parallel),
        KedroRun("sequential"),
        KedroRun("parallel"),
        HydraMultirun(),
        PlainSnakefile(),
        JoblibFloor(),
    )
}
CACHING = ("workflow", "dvc", "plain_snakefile")
THREE = ("logistic_regression", "random_forest", "gradient_boosting")
FOUR = (*THREE, "hist_gradient_boosting")


@dataclass(frozen=True)
class Scenario:
    """One comparison.

    Attributes
    ----------
    title : str
        What is measured.
    minutes : int
        What five rounds take on two cores that do nothing else, roughly.
    models : tuple of str
        Names of model configs.
    peers : tuple of str
        Who takes part.
    overrides : tuple of str
        What else is chosen, in Hydra's grammar.
    before : tuple of str or None
        The same for what has been done before, uncounted; None: start from nothing.
    rows : int or None
        Customers that are generated; None: the Telco table, or as many as it has.
    """

    title: str
    minutes: int
    models: tuple[str, ...]
    peers: tuple[str, ...]
    overrides: tuple[str, ...] = field(default=())
    before: tuple[str, ...] | None = None
    rows: int | None = None


SCENARIOS = {
    "cold": Scenario(
        title="Telco, three models, from nothing",
        minutes=10,
        models=THREE,
        peers=tuple(PEERS),
    ),
    **{
        f"changed_{model}": Scenario(
            title=f"Telco, three models, a parameter of {model.replace('_', ' ')} changed",
            minutes=5,
            models=THREE,
            peers=CACHING,
            overrides=(f"model.params.{change}",),
            before=(),
        )
        # What it saves depends on how much there is to fit; no other model has the parameter.
        for model, change in (
            ("logistic_regression", "C=0.5"),
            ("gradient_boosting", "learning_rate=0.04"),
            ("random_forest", "min_samples_split=30"),
        )
    },
    "nothing": Scenario(
        title="Telco, three models, nothing to do",
        minutes=5,
        models=THREE,
        peers=CACHING,
        before=(),
    ),
    "sweep": Scenario(
        title="Telco, 100 points of logistic regression, from nothing",
        minutes=30,
        models=("logistic_regression",),
        peers=("workflow", "kedro_parallel", "hydra_multirun", "floor"),
        overrides=("model.params.C=range(1,101)",),
    ),
    "rows_200k": Scenario(
        title="200,000 generated customers, four models, from nothing",
        minutes=60,
        models=FOUR,
        peers=("workflow", "dvc", "kedro_parallel", "floor"),
        rows=200_000,
    ),
    "rows_1m": Scenario(
        title="1,000,000 generated customers, two models, from nothing",
        minutes=60,
        models=("logistic_regression", "hist_gradient_boosting"),
        peers=("workflow", "floor"),
        rows=1_000_000,
    ),
}
# All but the last, which needs 8 GB of memory.
USUAL = tuple(SCENARIOS)[:-1]
