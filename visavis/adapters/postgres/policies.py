"""Policies as JSON field by field, so that a change of either side cannot pass unseen; and calibrations."""

from psycopg.types.json import Jsonb

from visavis.domain.calibration_json import calibration_from_json, calibration_to_json
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import SchemaMismatch, ValueInvalid
from visavis.domain.policy import EventPictures, Keep, Policy, Unknowns

_FIELDS = frozenset(
    {
        "name",
        "measure",
        "fmr",
        "fpir",
        "band",
        "enrol_quality",
        "max_references",
        "capacity",
        "consent",
        "keep",
        "unknowns",
        "reference_days",
        "event_days",
        "probe_days",
        "event_pictures",
        "event_picture_days",
        "reviewers",
        "copies",
        "visitor_names",
    }
)


def policy_to_json(policy: Policy) -> Jsonb:
    return Jsonb(
        {
            "name": policy.name,
            "measure": policy.measure.value,
            "fmr": policy.fmr,
            "fpir": policy.fpir,
            "band": policy.band,
            "enrol_quality": policy.enrol_quality,
            "max_references": policy.max_references,
            "capacity": policy.capacity,
            "consent": policy.consent,
            "keep": policy.keep.value,
            "unknowns": policy.unknowns.value,
            "reference_days": policy.reference_days,
            "event_days": policy.event_days,
            "probe_days": policy.probe_days,
            "event_pictures": policy.event_pictures.value,
            "event_picture_days": policy.event_picture_days,
            "reviewers": policy.reviewers,
            "copies": policy.copies,
            "visitor_names": policy.visitor_names,
        }
    )


def policy_from_json(stored: dict[str, str | float | int]) -> Policy:
    """Raises `SchemaMismatch` for missing or unknown fields or values outside their range."""
    if set(stored) != _FIELDS:
        raise SchemaMismatch(
            f"A stored policy has other fields than expected: {', '.join(sorted(set(stored) ^ _FIELDS))}.",
            hint="Install the version of visavis that last used this database, or a later one.",
        )
    try:
        return Policy(
            name=str(stored["name"]),
            measure=Measure(str(stored["measure"])),
            fmr=float(stored["fmr"]),
            fpir=float(stored["fpir"]),
            band=float(stored["band"]),
            enrol_quality=float(stored["enrol_quality"]),
            max_references=int(stored["max_references"]),
            capacity=int(stored["capacity"]),
            consent=str(stored["consent"]),
            keep=Keep(str(stored["keep"])),
            unknowns=Unknowns(str(stored["unknowns"])),
            reference_days=int(stored["reference_days"]),
            event_days=int(stored["event_days"]),
            probe_days=int(stored["probe_days"]),
            event_pictures=EventPictures(str(stored["event_pictures"])),
            event_picture_days=int(stored["event_picture_days"]),
            reviewers=int(stored["reviewers"]),
            copies=_truth(stored["copies"]),
            visitor_names=_truth(stored["visitor_names"]),
        )
    except (ValueError, TypeError, ValueInvalid) as error:
        raise SchemaMismatch("A stored policy has a value outside its range.") from error


def _truth(stored: str | float | int) -> bool:
    """Raises `TypeError` for anything but true and false: a word would be true, too."""
    if not isinstance(stored, bool):
        raise TypeError("This is neither true nor false.")
    return stored


def calibration_to_text(calibration: Calibration | None) -> str | None:
    return None if calibration is None else calibration_to_json(calibration)


def calibration_from_text(stored: str | None) -> Calibration | None:
    """Raises `SchemaMismatch` for what this version does not understand."""
    try:
        return None if stored is None else calibration_from_json(stored)
    except ValueInvalid as error:
        raise SchemaMismatch("A stored calibration has another form than expected.") from error
