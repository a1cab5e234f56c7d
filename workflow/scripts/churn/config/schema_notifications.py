"""What the section of notifications may hold."""

from typing import Literal

from pydantic import Field

from churn.config.section import Section

Event = Literal["start", "success", "error", "gates"]
Level = Literal["info", "warning", "critical"]


class Levels(Section):
    """How grave each event is; each level may have addresses of its own."""

    start: Level = Field(description="Level of a run that starts.")
    success: Level = Field(description="Level of a run that ended well.")
    error: Level = Field(description="Level of a run that failed.")
    gates: Level = Field(description="Level of a run whose quality gates were not passed.")


class Notifications(Section):
    """Who is told what about a run; a change of it reruns nothing."""

    kind: Literal["log", "apprise"] = Field(
        description="Only log messages, or also send them to the addresses in the environment."
    )
    events: list[Event] = Field(
        description="What is told; a run whose gates were not passed is told as `gates`, if listed."
    )
    levels: Levels
    timeout: float = Field(
        gt=0, le=300, description="Most time that one message takes of a run, in seconds."
    )
    repeat_after: float = Field(
        ge=0, le=31_536_000, description="How long an equal failure is not sent again, in seconds."
    )
    log_lines: int = Field(ge=0, le=50, description="Last lines of a failed job's log to show.")
