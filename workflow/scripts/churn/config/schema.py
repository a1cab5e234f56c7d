"""What a configuration may hold: one Pydantic model a section.

Coercion is lax (a number typed as text is a number), ranges are strict, unknown keys are errors.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from churn.config.schema_notifications import Notifications
from churn.config.schema_tracking import Tracking
from churn.config.schema_versioning import Versioning
from churn.config.section import Column, ImportPath, Label, Name, Section, quoted


class SyntheticSource(Section):
    """A generated table whose true churn probability is known."""

    kind: Literal["synthetic"]
    rows: int = Field(ge=100, le=100_000_000, description="Customers to draw.")
    seed: int = Field(ge=0, le=2**32 - 1, description="Seed of the generator.")


class UrlSource(Section):
    """A table fetched by URL and checked against its pinned SHA-256."""

    kind: Literal["url"]
    url: Annotated[str, StringConstraints(pattern=r"^(https?|file)://.")] = Field(
        description="http, https or file URL of the table."
    )
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = Field(
        description="Digest the file must have; null pins nothing."
    )
    format: Literal["csv", "parquet"] = Field(description="Format of the file.")
    timeout: float = Field(gt=0, le=86_400, description="Time limit of one attempt, in seconds.")
    retries: int = Field(ge=0, le=20, description="Further attempts after the first.")
    max_bytes: int = Field(ge=1, description="Largest file accepted, in bytes.")


class FileSource(Section):
    """A table on this machine."""

    kind: Literal["file"]
    path: Annotated[str, StringConstraints(pattern=r"\.(csv|parquet)$")] = Field(
        description="CSV or Parquet file; a relative path starts at the working directory."
    )


class Data(Section):
    """Where the customers come from and what their columns mean."""

    source: Annotated[SyntheticSource | UrlSource | FileSource, Field(discriminator="kind")]
    target: Column = Field(description="Column with the label.")
    positive_label: Label = Field(description="Label of the customers who churned.")
    id: Column | None = Field(description="Column that identifies a customer, if there is one.")
    numeric: list[Column] = Field(description="Columns read as numbers.")
    categorical: list[Column] = Field(description="Columns read as categories.")
    drop: list[Column] = Field(description="Columns left out.")
    slices: list[Column] = Field(description="Columns by whose values models are judged apart.")
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = Field(
        description="What separates the fields of a CSV file."
    )

    @field_validator("delimiter")
    @classmethod
    def one_byte(cls, delimiter: str) -> str:
        """Refuse what cannot separate fields."""
        if not delimiter.isascii() or delimiter in '"\r\n':
            raise ValueError("must be an ASCII character, but no quote and no end of line")
        return delimiter

    @model_validator(mode="after")
    def one_role_a_column(self) -> "Data":
        """Refuse a column that is named in two places."""
        named = [self.target, *self.numeric, *self.categorical, *self.drop]
        named += [self.id] if self.id else []
        doubled = sorted({column for column in named if named.count(column) > 1})
        if doubled:
            raise ValueError(f"a column has one role, but more than one names {quoted(doubled)}")
        return self


class Features(Section):
    """What is done to the table before anything is fitted."""

    missing_values: list[str] = Field(
        description="Texts that mean a missing value; blank text always does."
    )
    test_size: float = Field(gt=0, lt=1, description="Share of the customers kept for testing.")


class Preprocessing(Section):
    """What the model's pipeline does to the columns, fitted inside each fold."""

    impute: bool = Field(description="Fill missing numbers with the median.")
    scale: bool = Field(description="Bring numbers to mean 0 and deviation 1.")
    encode: Literal["one_hot", "ordinal"] = Field(description="How categories become numbers.")
    max_categories: Annotated[int, Field(ge=2)] | None = Field(
        description="Most categories kept a column, the rarest share one; null keeps all."
    )


class Model(Section):
    """One model: a classifier by its import path, its parameters and its preprocessing."""

    estimator: ImportPath = Field(description="Import path of a scikit-learn classifier.")
    params: dict[str, Any] = Field(description="Parameters of the classifier.")
    preprocessing: Preprocessing
    calibration: Literal["none", "sigmoid", "isotonic"] = Field(
        default="none", description="How the probabilities are calibrated, inside each fold."
    )


class CrossValidation(Section):
    """How the training set is cut into folds."""

    folds: int = Field(ge=2, le=100, description="Number of folds.")
    repeats: int = Field(ge=1, le=100, description="How often, with other folds each time.")


class Training(Section):
    """How models are fitted."""

    cross_validation: CrossValidation


class Costs(Section):
    """What each outcome of a decision costs, a customer."""

    true_negative: float = Field(description="Cost of leaving alone a customer who stays.")
    false_positive: float = Field(description="Cost of contacting a customer who stays.")
    false_negative: float = Field(description="Cost of leaving alone a customer who churns.")
    true_positive: float = Field(description="Cost of contacting a customer who churns.")


class Profit(Section):
    """What an offer costs and what it may save."""

    offer_cost: float = Field(ge=0, description="Cost of an offer to one customer.")
    save_probability: float = Field(
        ge=0, le=1, description="Chance that the offer keeps a customer who would churn."
    )
    customer_value: Annotated[float, Field(ge=0)] | Column = Field(
        description="Value of a customer who is kept: a number, or the name of a numeric column."
    )


class TopK(Section):
    """A contact budget."""

    share: float = Field(gt=0, le=1, description="Share of the customers that can be contacted.")


class Threshold(Section):
    """How the decision threshold is chosen from the out-of-fold predictions."""

    policy: Literal["metric", "cost", "profit", "top_k"] = Field(
        description="What decides: a metric, a cost matrix, expected profit, a contact budget."
    )
    metric: Literal["f1", "mcc", "youden", "recall_at_precision"] = Field(
        description="What policy metric maximises."
    )
    min_precision: float = Field(
        gt=0, le=1, description="Precision that recall_at_precision has to keep."
    )
    cost: Costs
    profit: Profit
    top_k: TopK


class Bootstrap(Section):
    """How intervals on the test set are computed."""

    draws: int = Field(ge=100, le=100_000, description="Resamples of the test set.")
    confidence: float = Field(gt=0.5, lt=1, description="Confidence of every interval.")


class Slices(Section):
    """When groups of customers are judged on their own; their columns are in data.slices."""

    bins: int = Field(ge=2, le=20, description="Quantile bins of a numeric column.")
    min_rows: int = Field(ge=10, description="Customers that a group needs to be judged.")
    min_churned: int = Field(ge=2, description="Of each class, customers that a group needs.")


class Explanations(Section):
    """How models are explained, and what is told of each customer who is scored."""

    rows: int = Field(
        ge=100, le=1_000_000, description="Most customers of the test set that are used."
    )
    repeats: int = Field(ge=1, le=1000, description="Permutations of each column.")
    top_features: int = Field(
        ge=0, description="Most important columns whose partial dependence is computed."
    )
    background_rows: int = Field(
        ge=1,
        le=10_000,
        description="Customers of the training set with whom a scored customer is compared.",
    )
    reasons: int = Field(ge=0, description="Reasons given for each scored customer.")


class Gates(Section):
    """What a champion has to pass; null switches a gate off."""

    enforce: bool = Field(description="Make the run fail, after all is written, if a gate does.")
    minimum: dict[
        Literal["roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "mcc"],
        Annotated[float, Field(ge=-1, le=1)],
    ] = Field(description="Least values of metrics on the test set.")
    max_calibration_error: Annotated[float, Field(gt=0, le=1)] | None = Field(
        description="Largest lower end of the interval of the calibration error on the test set."
    )
    min_lift: Annotated[float, Field(gt=0)] | None = Field(
        description="Least average precision as a multiple of the baseline's, the churn rate."
    )
    max_roc_auc: Annotated[float, Field(gt=0.5, le=1)] | None = Field(
        description="ROC-AUC on the test set above which a leak is suspected."
    )
    max_single_feature_roc_auc: Annotated[float, Field(gt=0.5, le=1)] | None = Field(
        description="ROC-AUC of one feature alone above which a leak is suspected."
    )


class Evaluation(Section):
    """How models are judged."""

    threshold: Threshold
    bootstrap: Bootstrap
    slices: Slices
    explanations: Explanations
    gates: Gates


class Champion(Section):
    """How the champion is chosen."""

    rule: Literal["best", "simplest_equivalent"] = Field(
        description="The best, or the smallest of those that cannot be told from it."
    )
    alpha: float = Field(gt=0, lt=1, description="Significance level of the comparison.")


class Logging(Section):
    """What the jobs write to their logs."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(description="Least level shown.")


class Sweep(Section):
    """How many points of a sweep are run."""

    sample: Annotated[int, Field(ge=1)] | None = Field(
        description="Points drawn at random from a sweep; null runs all."
    )


class Shared(Section):
    """All that the models of a run have in common."""

    project: Name = Field(description="Name of the project.")
    seed: int = Field(ge=0, le=2**32 - 1, description="Seed of every random draw.")
    models: list[Name] = Field(min_length=1, description="Models that are trained and compared.")
    sweep: Sweep
    logging: Logging
    warm_workers: bool = Field(
        description="Fork the jobs of a run on this machine from one interpreter; faster."
    )
    data: Data
    features: Features
    training: Training
    evaluation: Evaluation
    champion: Champion
    notifications: Notifications
    tracking: Tracking
    versioning: Versioning

    @field_validator("models")
    @classmethod
    def each_model_once(cls, models: list[str]) -> list[str]:
        """Refuse a model that is listed twice."""
        doubled = sorted({name for name in models if models.count(name) > 1})
        if doubled:
            raise ValueError(f"must name each model once, but repeats {quoted(doubled)}")
        return models
