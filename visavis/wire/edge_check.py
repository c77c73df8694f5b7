"""What `visavis edge --check` found, and what `visavis edge --enrol` made."""

from typing import Literal

from pydantic import Field

from visavis.domain.camera import ReaderKind
from visavis.wire.edge import Split
from visavis.wire.model import Document, Identifier, Model


class CameraCheck(Model):
    """One camera: what came within a few seconds."""

    id: str
    reader: ReaderKind
    good: bool
    problem: str = Field(default="", description="Without addresses and passwords.")
    width_px: int = 0
    height_px: int = 0
    faces: int = Field(default=0, description="In the first picture.")


class ServerCheck(Model):
    """Whether the server is there, knows the key, and lets it report tracks into the galleries."""

    good: bool
    problem: str = ""


class EdgeCheckDocument(Document):
    """Whether an agent could work with this configuration."""

    title = "visavis edge --check"
    kind: Literal["visavis.edge-check/1"] = Field(default="visavis.edge-check/1", alias="schema")
    good: bool
    split: Split
    pack: str
    model_problem: str = Field(description="Why the model pack cannot be used; empty if it can.")
    server: ServerCheck
    cameras: list[CameraCheck]


class EnrolledDocument(Document):
    """This device is an agent of a server now."""

    title = "visavis edge --enrol"
    kind: Literal["visavis.edge-enrolled/1"] = Field(default="visavis.edge-enrolled/1", alias="schema")
    agent: Identifier
    agent_name: str
    server: str
    state: str = Field(description="The directory with its keys.")
