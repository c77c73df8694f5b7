"""The configuration of an agent: what `visavis edge --config` reads, and what a server sends to its agents."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from visavis.domain.camera import Direction, ReaderKind
from visavis.wire.model import Model
from visavis.wire.values import Moment, Name, Text

CameraName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Point = tuple[Share, Share]


class _Closed(Model):
    """Unknown fields are refused: a misspelt option must not be silently without effect."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(StrEnum):
    """Where the work is done."""

    CROPS = "crops"  #: faces are found here; the server computes templates and decides
    TEMPLATES = "templates"  #: templates are computed here; the server decides
    MATCH = "match"  #: decided here, against a copy of the gallery; the server is told afterwards


class Snapshots(StrEnum):
    """Whether people may look at what a camera sees: a small picture now and then."""

    OFF = "off"
    BLURRED = "blurred"  #: faces that are found are made unrecognisable before it leaves the device
    FULL = "full"


class DetectorFamily(StrEnum):
    YUNET = "yunet"
    MTCNN = "mtcnn"


class MotionConfig(_Closed):
    """Frames in which nothing moves are not searched for faces."""

    enabled: bool = True
    sensitivity: float = Field(
        default=0.5, ge=0.0, le=1.0, description="0 sees large and strong changes only, 1 every flicker."
    )
    hold_s: float = Field(default=2.0, ge=0.0, le=60.0, description="So long after the last motion, still.")


class CameraConfig(_Closed):
    """One camera. `address` is what its reader needs: a device (`0`, `/dev/video0`), a URL, a file or a folder."""

    id: CameraName = Field(description="Its name, the source of its events.")
    reader: ReaderKind
    address: str = Field(min_length=1, max_length=2000, description="Device, URL, file or folder.")
    site: Text = ""
    zone: Text = ""
    direction: Direction = Direction.PASSING
    rate: float = Field(default=5.0, gt=0.0, le=60.0, description="Frames searched for faces per second.")
    region: tuple[tuple[Point, ...], ...] = Field(
        default=(),
        description="Polygons, points as shares of width and height; only what is inside is looked at. None: all.",
    )
    motion: MotionConfig = MotionConfig()
    min_face_px: int = Field(
        default=32, ge=12, le=2000, description="Smaller faces are left out; the box's width."
    )
    max_side_px: int = Field(
        default=1280, ge=160, le=7680, description="Larger frames are reduced before detection."
    )
    gallery: Name | None = Field(default=None, description="Another than the agent's.")
    snapshots: Snapshots = Field(
        default=Snapshots.OFF, description="Small pictures for people who watch: off, blurred or full."
    )
    snapshot_every_s: float = Field(
        default=10.0, ge=1.0, le=300.0, description="So often at most a picture is sent, the newest only."
    )
    repeat: bool = Field(
        default=False, description="Of a file or folder: begin again at its end, for trials."
    )
    started_at: Moment | None = Field(
        default=None, description="Of a file: when its first frame was taken. Without it: now."
    )
    as_fast_as_possible: bool = Field(
        default=False, description="Of a file or folder: every due frame at once instead of in real time."
    )

    @model_validator(mode="after")
    def _polygons(self) -> Self:
        if any(len(polygon) < 3 for polygon in self.region):
            raise ValueError("a polygon has three points or more")
        return self


class TrackingConfig(_Closed):
    """When a track is one, when it is decided, and what of it is sent."""

    gone_s: float = Field(default=1.5, gt=0.0, le=60.0, description="A face not seen for so long has left.")
    least_s: float = Field(default=0.4, ge=0.0, le=60.0, description="Shorter tracks are left out.")
    least_quality: float = Field(default=5.0, ge=0.0, le=100.0, description="Shots below are no shots.")
    shots: int = Field(default=5, ge=1, le=16, description="Best shots that are fused into one probe.")
    report_every_s: float = Field(
        default=2.0,
        gt=0.0,
        le=600.0,
        description="So often at most a track is reported while it lasts, if there is something better to say.",
    )
    longest_s: float = Field(
        default=60.0, ge=2.0, le=3600.0, description="A track that lasts longer is ended and begun anew."
    )


class SpoolConfig(_Closed):
    """What waits on disk, encrypted, while the server is away."""

    max_mb: int = Field(default=256, ge=1, le=1_000_000)
    max_days: float = Field(default=7.0, gt=0.0, le=3650.0)


class CopyConfig(_Closed):
    """Of a device that matches by itself: the copy of the gallery."""

    every_s: float = Field(
        default=10.0, ge=1.0, le=3600.0, description="So often the server is asked for changes."
    )
    max_age_h: float = Field(
        default=72.0,
        gt=0.0,
        le=8760.0,
        description="An older copy decides nothing: an erased subject must not be recognised for ever.",
    )


class Transport(StrEnum):
    """How tracks travel to the server. It means the same in every way: a track is forgotten here when it is in the
    log there."""

    JSON = "json"  #: a request for each report, pictures in base64
    FORM = "form"  #: a request for each report, pictures as they are
    GRPC = "grpc"  #: one stream; needs the extra visavis[edge-grpc]


class ServerConfig(_Closed):
    """How the server is reached. The key is no part of it: it lies in the agent's state directory or in
    `VISAVIS_API_KEY`."""

    url: str = Field(pattern=r"^https?://", max_length=500)
    ca: str | None = Field(default=None, description="A file with the authority of the server's certificate.")
    certificate: str | None = Field(
        default=None, description="A file with the certificate that this device shows (mTLS)."
    )
    certificate_key: str | None = Field(default=None, description="A file with its private key.")
    transport: Transport = Field(default=Transport.JSON, description="How tracks travel: json, form or grpc.")
    grpc_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        max_length=500,
        description="Where the gRPC API is. Default: the host of `url`, port 8421.",
    )

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key belong together")
        return self

    @property
    def identity_files(self) -> tuple[str, str] | None:
        """The certificate and its key; `None` without."""
        if self.certificate is None or self.certificate_key is None:
            return None
        return self.certificate, self.certificate_key


class Workload(_Closed):
    """What an agent does: the part of its configuration that a server may change."""

    gallery: Name = "default"
    split: Split = Split.TEMPLATES
    pack: Text = Field(default="standard", description="The gallery's model pack.")
    detector: DetectorFamily = DetectorFamily.YUNET
    cameras: tuple[CameraConfig, ...] = Field(default=(), max_length=64)
    tracking: TrackingConfig = TrackingConfig()
    spool: SpoolConfig = SpoolConfig()
    copy_: CopyConfig = Field(default=CopyConfig(), alias="copy")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [camera.id for camera in self.cameras]
        if len(set(names)) != len(names):
            raise ValueError("two cameras have the same id")
        return self


class HookConfig(_Closed):
    """Told of every decision at once, also while the server is away: what opens a gate. Exactly one of both."""

    url: str | None = Field(
        default=None, pattern=r"^https?://", description="Gets a POST with the decision as JSON."
    )
    command: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="A program with its arguments; the decision as JSON on its input.",
    )
    timeout_s: float = Field(default=2.0, gt=0.0, le=60.0)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise ValueError("a hook is a url or a command")
        return self


class PackSource(StrEnum):
    """Where an enrolled agent looks first for a model pack that it does not have."""

    PUBLISHED = "published"  #: where everybody gets it
    SERVER = "server"  #: its own server


class AgentConfig(Workload):
    """A configuration file: where the server is, and what to do. What only this machine decides, as hooks, no server
    can change."""

    server: ServerConfig
    hooks: tuple[HookConfig, ...] = ()
    state: str | None = Field(
        default=None,
        description="Directory for the key, the spool and the copy. Default: the user's state directory.",
    )
    managed: bool = Field(
        default=True,
        description="An agent that was enrolled takes its workload from the server once it has one there.",
    )
    packs: PackSource = Field(
        default=PackSource.PUBLISHED,
        description="Where an enrolled agent looks first for a model pack that it does not have.",
    )
