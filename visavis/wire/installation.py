"""The installation itself: its health, its database, its keys."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.wire.model import Document, Model

FindingState = Literal["ok", "warning", "problem"]


class Finding(Model):
    """One check: what was found, and how to mend it if that is needed."""

    check: str
    state: FindingState
    message: str
    mend: str = ""


class DoctorDocument(Document):
    """What is right and wrong with this installation. Warnings leave it healthy."""

    title: ClassVar[str] = "doctor"
    kind: Literal["visavis.doctor/1"] = Field(default="visavis.doctor/1", alias="schema")
    healthy: bool
    version: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Sequence[Finding], *, version: str) -> Self:
        healthy = all(finding.state != "problem" for finding in findings)
        return cls(healthy=healthy, version=version, findings=tuple(findings))


class SignInNote(Model):
    """How the owner signs in for the first time."""

    login: str
    token: str = Field(description="Works once, for a day; it is shown only here.")


class UpDocument(Document):
    """What is ready now."""

    title: ClassVar[str] = "up"
    kind: Literal["visavis.up/1"] = Field(default="visavis.up/1", alias="schema")
    database: Literal["embedded", "external"]
    server: str
    schema_version: int
    data_dir: str
    galleries: int
    subjects: int
    references: int
    url: str | None = Field(
        default=None, description="Where the API is; null if only the database was started."
    )
    console_url: str | None = Field(
        default=None, description="Where the console is; null if it does not run."
    )
    sign_in: SignInNote | None = Field(
        default=None, description="Given until the owner has signed in for the first time."
    )


class DownDocument(Document):
    """What was running and is stopped now: the embedded database, and the server (API and worker)."""

    title: ClassVar[str] = "down"
    kind: Literal["visavis.down/1"] = Field(default="visavis.down/1", alias="schema")
    database: Literal["embedded", "external"]
    stopped: bool
    server: bool = False


class KeysRotateDocument(Document):
    """What a key rotation did."""

    title: ClassVar[str] = "keys rotate"
    kind: Literal["visavis.keys-rotate/1"] = Field(default="visavis.keys-rotate/1", alias="schema")
    references: int = Field(description="Templates that were encrypted anew, with what else is sealed.")
    deleted: int = Field(description="Old data keys that were deleted.")
    rewrapped: int = Field(description="Data keys that were wrapped with the current master key.")
    resumed: bool = Field(description="Whether an interrupted rotation was finished.")
    new_master: str | None = Field(description="Name of the new master key; null: the old one stays.")
