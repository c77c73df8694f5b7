"""Reports that are kept: what an evaluation or an audit found, word for word, with its key figures."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import checked_name

ReportId = NewType("ReportId", uuid.UUID)

MOST_REPORT_BYTES: Final = 2_000_000
MOST_FIGURES: Final = 40


class ReportKind(StrEnum):
    """What was looked at."""

    BIAS = "bias"  #: error rates by cohort
    EVALUATION = "evaluation"  #: error rates of a pack on labelled photos
    SCORES = "scores"  #: error rates of a table of scores
    MASKS = "masks"  #: what face masks cost
    LIVENESS = "liveness"  #: attack detection
    COMPARISON = "comparison"  #: two packs on the same photos


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """A figure that stands for the report in lists: most are rates between 0 and 1 with a 95 % interval."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """Everything about a report but its text. `sha256` is of the text's UTF-8 bytes.

    `signed_by` is the SHA-256 of the public key whose signature over the report was verified when it came in, empty
    for a report without one; `own`: it was the key of this installation. `pack` and `gallery` are empty where the
    report names none; of a comparison, `pack` is the candidate and `rival` the other.
    """

    id: ReportId
    kind: ReportKind
    title: str
    pack: str
    gallery: str
    sha256: str
    size: int
    added_at: datetime
    added_by: str
    rival: str = ""
    signed_by: str = ""
    own: bool = False
    figures: tuple[ReportFigure, ...] = ()

    def __post_init__(self) -> None:
        checked_name(self.title, what="title of a report")
        if len(self.sha256) != 64 or self.added_at.tzinfo is None:
            raise ValueInvalid("A report has the SHA-256 of its text and a time with time zone.")
        if not 0 < self.size <= MOST_REPORT_BYTES or len(self.figures) > MOST_FIGURES:
            raise ValueInvalid(f"A report has at most {MOST_REPORT_BYTES:,} bytes.")
        if max(map(len, (self.pack, self.gallery, self.rival))) > 200:
            raise ValueInvalid("Names in a report have at most 200 characters.")

    def is_of(self, text: str) -> bool:
        """Whether this is the text that came in."""
        return hashlib.sha256(text.encode()).hexdigest() == self.sha256
