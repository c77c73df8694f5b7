"""What recognition answers."""

from pydantic import Field

from visavis.wire.decisions import DecisionNote
from visavis.wire.faces import FaceNote
from visavis.wire.model import Identifier, Model
from visavis.wire.photos import IdentifiedFace
from visavis.wire.v1.templates import TemplateNote


class Detected(Model):
    """The faces of a picture, largest first."""

    pack: str
    faces: tuple[FaceNote, ...]


class Templates(Model):
    """The faces of a picture with their templates; a refused face has none and says why."""

    pack: str
    templates: tuple[TemplateNote, ...]
    refused: tuple[FaceNote, ...]


class Verified(Model):
    """Whether both sides show the same human."""

    decision: DecisionNote
    probe: FaceNote | None = Field(default=None, description="The face of the probe; null for a template.")
    reference: FaceNote | None = Field(
        default=None, description="The face of the reference; null for a template or a subject."
    )
    reference_id: Identifier | None = Field(
        default=None, description="Of a subject: its nearest reference; null: the mean of all."
    )
    pack: str
    event_id: Identifier | None = Field(
        default=None, description="The line in the detection log, if there is one."
    )


class IdentifiedFaces(Model):
    """The faces of the picture, or the one human of several pictures, and who they are."""

    gallery: str
    pack: str
    faces: tuple[IdentifiedFace, ...]
    event_ids: tuple[Identifier, ...] = Field(
        default=(), description="Lines in the detection log, one for each face; empty if nothing is logged."
    )
