"""From the pictures and templates of a request to what the use cases take."""

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Query

from visavis.api.pictures import Upload
from visavis.application.probe import Probe
from visavis.domain.access import Permission, Principal
from visavis.domain.errors import (
    ImageTooLarge,
    ImageUnreadable,
    ManyFaces,
    MediaUnsupported,
    NoFace,
    QualityTooLow,
    RequestTooLarge,
)
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.wire.faces import FaceNote
from visavis.wire.v1.templates import decoded_template
from visavis.wire.v1.values import Moment, Text

UNREADABLE: Final = (ImageUnreadable, ImageTooLarge, MediaUnsupported, RequestTooLarge)
SINGLE: Final = (*UNREADABLE, NoFace, ManyFaces, QualityTooLow)

Largest = Annotated[
    bool, Query(description="Take the largest of several faces instead of refusing the picture.")
]

Source = Annotated[Text, Query(description="Camera, gate or application it comes from.")]
SentReference = Annotated[
    Text,
    Query(
        alias="reference",
        description="Your identifier of the capture: sent twice, it is logged once.",
    ),
]
CapturedAt = Annotated[
    Moment | None, Query(description="When the picture was taken, with time zone; now, if left out.")
]


def face_note(found: Sample | Rejection) -> FaceNote:
    """A face as it goes over the wire, refused or not."""
    reasons = found.reasons if isinstance(found, Rejection) else ()
    return FaceNote.of(found.face, found.quality, reasons)


def probe_note(probe: Probe | None) -> FaceNote | None:
    """The accepted face a probe was made of, with the quality of its template."""
    if probe is None:
        return None
    return FaceNote.of(probe.sample.face, probe.sample.quality, unified=probe.template.quality)


def sent_templates(uploads: Sequence[Upload], part: str, principal: Principal) -> list[Template]:
    """The templates among the uploads. Raises `NotPermitted` for callers that may not send any."""
    found = [upload.content for upload in uploads if upload.part == part]
    if found:
        principal.require(Permission.TEMPLATES)
    return [decoded_template(content) for content in found]


def pictures(uploads: Sequence[Upload], part: str) -> list[bytes]:
    return [upload.content for upload in uploads if upload.part == part]
