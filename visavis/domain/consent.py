"""Consent: a subject agreed that her template is kept for a stated purpose."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId

ConsentId = NewType("ConsentId", uuid.UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`text_version` names the wording that was agreed to, `evidence` where the proof lies (a form's number).

    It ends at `expires_at`, or when it is revoked, whichever comes first.
    """

    id: ConsentId
    subject_id: SubjectId
    purpose: str
    text_version: str
    evidence: str
    granted_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        for what, value in (("purpose", self.purpose), ("version of the text", self.text_version)):
            if not value.strip() or len(value) > 200 or not value.isprintable():
                raise ValueInvalid(f"The {what} of a consent has 1 to 200 printable characters.")
        if len(self.evidence) > 2000:
            raise ValueInvalid("The evidence of a consent has at most 2,000 characters.")
        if any(
            t is not None and t.tzinfo is None for t in (self.granted_at, self.expires_at, self.revoked_at)
        ):
            raise ValueInvalid("A time needs a time zone.")
        if self.expires_at is not None and self.expires_at <= self.granted_at:
            raise ValueInvalid("A consent ends after it was granted.")

    def valid_at(self, now: datetime) -> bool:
        """Whether it covers this moment."""
        ended = self.revoked_at is not None and self.revoked_at <= now
        expired = self.expires_at is not None and self.expires_at <= now
        return self.granted_at <= now and not ended and not expired
