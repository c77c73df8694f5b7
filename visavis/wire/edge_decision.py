"""What an agent tells its hooks."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.wire.model import Document, Number
from visavis.wire.values import Moment


class EdgeDecisionDocument(Document):
    """A decision about somebody who is in front of a camera now. The same track may be decided again, with more
    certainty only: `non_match`, then `inconclusive`, then `match`; a match names the same subject ever after."""

    title = "A hook of visavis edge"
    kind: Literal["visavis.edge-decision/1"] = Field(default="visavis.edge-decision/1", alias="schema")
    track: UUID
    camera: str
    site: str
    zone: str
    direction: Direction
    gallery: str
    first_at: Moment = Field(description="When the face was first seen.")
    last_at: Moment = Field(description="When it was last seen, until the decision.")
    by: Literal["device", "server"] = Field(description="Who decided.")
    outcome: Outcome
    subject_id: UUID | None = Field(default=None, description="Of a match.")
    subject: str | None = Field(default=None, description="Its name, where the server decided.")
    score: Number | None = None
    fmr: Number | None = None
    fpir: Number | None = None
