"""What a configuration may hold about the versions of results."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from churn.config.section import Section

ENDPOINT = r"^https?://[^/@\s]+(/[^@\s]*)?$"


class Remote(Section):
    """Where versions are pushed to and pulled from."""

    url: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        description="A folder, or `s3://bucket/folder`; null leaves DVC's own setting."
    )
    endpoint: Annotated[str, StringConstraints(pattern=ENDPOINT)] | None = Field(
        description="Address of an S3 server; null is Amazon's."
    )
    region: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        description="Region of the S3 bucket; null leaves it to the environment."
    )

    @field_validator("url")
    @classmethod
    def folder_or_s3(cls, url: str | None) -> str | None:
        """Refuse other kinds of remotes, and credentials."""
        if url is None:
            return url
        scheme, separator, rest = url.partition("://")
        if separator and scheme != "s3":
            raise ValueError("must be a folder or begin with s3://")
        if separator and ("@" in rest or not rest.strip("/")):
            raise ValueError("must be like s3://bucket/folder; credentials go in the environment")
        return url


class Versioning(Section):
    """How results are versioned with DVC."""

    enabled: bool = Field(description="Version the results of every successful run.")
    remote: Remote
    push: bool = Field(description="Push each version to the remote.")
    commit: bool = Field(description="Commit each version's pointer, and `config/`, with git.")
    reuse: bool = Field(description="Restore an equal earlier run instead of running it again.")
    lock_timeout: float = Field(
        ge=0, le=86_400, description="Seconds to wait for another DVC process."
    )
