"""How an agent is: what it says of itself to its server, and to whoever stands beside it (`visavis edge --status`)."""

from typing import Literal

from pydantic import Field

from visavis.domain.camera import ReaderKind
from visavis.wire.edge import DetectorFamily, Split
from visavis.wire.model import Document, Model, Number
from visavis.wire.values import Moment


class CameraHealth(Model):
    """One camera since the agent was started, or since the camera was configured anew. All numbers count up."""

    id: str
    reader: ReaderKind
    connected: bool = Field(default=False, description="Whether pictures come.")
    ended: bool = Field(default=False, description="Whether a file or folder is at its end.")
    problem: str = Field(default="", description="Why not; without addresses and passwords.")
    width_px: int = 0
    height_px: int = 0
    frames: int = Field(default=0, description="Pictures that were taken from the reader.")
    analysed: int = Field(default=0, description="Of these, searched for faces; in the others nothing moved.")
    dropped: int = Field(default=0, description="Pictures that were due while an earlier one was worked on.")
    faces: int = Field(default=0, description="Faces that were found, each in every picture.")
    embedded: int = Field(default=0, description="Faces whose templates were computed.")
    tracks: int = Field(default=0, description="Tracks that ended and were handed on.")
    tracks_left_out: int = Field(default=0, description="Tracks too short or without a good look.")
    failures: int = Field(default=0, description="Times that the camera's work broke off and began again.")
    following: int = Field(default=0, description="Faces in view now.")
    interruptions: int = 0
    frames_per_s: Number = Field(default=0.0, description="Over the last seconds.")
    analysed_per_s: Number = Field(default=0.0, description="Over the last seconds.")
    last_frame_at: Moment | None = None


class SpoolHealth(Model):
    """What waits on disk for the server, and what never reached it."""

    waiting: int = Field(default=0, description="Ended tracks on disk that the server does not have yet.")
    waiting_bytes: int = 0
    oldest_at: Moment | None = Field(default=None, description="When the first of them was put there.")
    dropped: int = Field(default=0, description="Lost because the limit was reached; since the first start.")
    refused: int = Field(default=0, description="Set aside because the server refused them.")
    unreadable: int = Field(default=0, description="Lost because the disk, or the key, was damaged.")


class ServerHealth(Model):
    """How the agent and its server get along."""

    reachable: bool = False
    sent: int = Field(default=0, description="Reports that the server has taken since the start.")
    last_sent_at: Moment | None = None
    problem: str = Field(default="", description="The stable code of the last error; empty after a success.")


class HookHealth(Model):
    """The hooks together."""

    told: int = 0
    failed: int = 0


class AgentHealth(Document):
    """How an agent is. Nothing in it tells of who was seen."""

    title = "visavis edge --status"
    kind: Literal["visavis.edge-health/1"] = Field(default="visavis.edge-health/1", alias="schema")
    version: str = Field(description="Of Visavis.")
    started_at: Moment
    at: Moment = Field(description="When this was written.")
    split: Split
    gallery: str
    pack: str
    detector: DetectorFamily
    model: str = Field(default="", description="The key of the model that templates are of.")
    cpu_share: Number = Field(default=0.0, description="Of one core, over the last seconds.")
    memory_mb: Number = Field(default=0.0, description="Resident memory of the process.")
    cameras: tuple[CameraHealth, ...] = ()
    spool: SpoolHealth = SpoolHealth()
    server: ServerHealth = ServerHealth()
    hooks: HookHealth = HookHealth()
