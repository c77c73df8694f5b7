"""What Rekognition's quality filters mean here."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from visavis.application.index_faces import TOO_MANY
from visavis.domain.sample import Reason as OurReason
from visavis.engine.assess import ENROL_GATE, PROBE_GATE, QualityGate
from visavis.wire.rekognition.faces import reasons_of
from visavis.wire.rekognition.types import QualityFilter, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a face has to pass; `policy_quality`: also the unified quality that the collection's policy asks for."""

    gate: QualityGate
    policy_quality: bool


ANYTHING: Final = QualityGate(
    min_face_px=30.0,
    min_sharpness=0.0,
    min_under_exposure_prevention=0.0,
    min_over_exposure_prevention=0.0,
    max_pitch_deg=90.0,
    min_crop=0.0,
    min_score=0.0,
)
"""Every face that the detector finds at the size that probes need."""
_STRICT: Final = QualityGate(
    min_face_px=80.0,
    min_sharpness=15.0,
    min_under_exposure_prevention=20.0,
    min_over_exposure_prevention=40.0,
    max_yaw_deg=35.0,
    max_pitch_deg=30.0,
    min_crop=95.0,
    min_score=0.7,
)
BARS: Final = MappingProxyType(
    {
        QualityFilter.NONE: Bar(gate=ANYTHING, policy_quality=False),
        QualityFilter.LOW: Bar(gate=PROBE_GATE, policy_quality=False),
        QualityFilter.AUTO: Bar(gate=ENROL_GATE, policy_quality=True),
        QualityFilter.MEDIUM: Bar(gate=ENROL_GATE, policy_quality=True),
        QualityFilter.HIGH: Bar(gate=_STRICT, policy_quality=True),
    }
)


def reasons(codes: tuple[str, ...]) -> tuple[Reason, ...]:
    """The reasons of `IndexFaces`, in Rekognition's words, each once."""
    known = {reason.value for reason in OurReason}
    found = list(reasons_of(tuple(OurReason(code) for code in codes if code in known)))
    if TOO_MANY in codes:
        found.append(Reason.EXCEEDS_MAX_FACES)
    return tuple(found) or (Reason.LOW_FACE_QUALITY,)
