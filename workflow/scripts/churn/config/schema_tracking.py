"""What the section on tracking may hold."""

from typing import Literal

from pydantic import Field

from churn.config.section import Name, Section


class Tracking(Section):
    """Where MLflow notes the runs and keeps the models."""

    mode: Literal["local", "server", "off"] = Field(
        description="A database under `results/mlflow`, the server that the environment variable "
        "`MLFLOW_TRACKING_URI` names, or nowhere."
    )
    experiment: Name | None = Field(
        description="Experiment that the runs belong to; null names it as the project."
    )
    registered_model: Name | None = Field(
        description="Name under which champions are registered; null takes the project's."
    )
    request_timeout: int = Field(
        ge=1, le=3600, description="Time limit of one request to the server, in seconds."
    )
    time_limit: int = Field(
        ge=1, le=86_400, description="Time limit of logging in one run, in seconds."
    )
