"""A report of a track as a form: one part of JSON, and its pictures beside it as they are.

    report        the JSON of `TrackReport`; a shot's `crop` is `cid:NAME`
    NAME          the picture of that shot, a file

Base64 makes pictures a third larger; here they travel as the bytes that they are. `cid:` is how documents name parts
that travel with them (RFC 2392); no base64 begins so.
"""

import base64
from collections.abc import Mapping
from typing import Final

from visavis.domain.errors import ValueInvalid
from visavis.wire.v1.tracks import MOST_CROP_BYTES, ShotReport, TrackReport

REPORT: Final = "report"
_BESIDE: Final = "cid:"


def parted(report: TrackReport) -> tuple[TrackReport, dict[str, bytes]]:
    """The report without its pictures, and these by the names of their parts. Raises `ValueInvalid`."""
    pictures: dict[str, bytes] = {}
    shots = []
    for number, shot in enumerate(report.shots):
        if shot.crop is None:
            shots.append(shot)
            continue
        name = f"crop-{number}"
        try:
            pictures[name] = base64.b64decode(shot.crop, validate=True)
        except ValueError as error:
            raise ValueInvalid("A crop is the base64 of a picture.") from error
        shots.append(ShotReport(at=shot.at, crop=_BESIDE + name))
    return report.model_copy(update={"shots": tuple(shots)}), pictures


def joined(report: TrackReport, pictures: Mapping[str, bytes]) -> TrackReport:
    """The report with its pictures. Raises `ValueInvalid` for a picture that is missing, too large or one too many."""
    unused = set(pictures)
    shots = []
    for shot in report.shots:
        if shot.crop is None or not shot.crop.startswith(_BESIDE):
            shots.append(shot)
            continue
        name = shot.crop.removeprefix(_BESIDE)
        if name not in pictures:
            raise ValueInvalid(f"There is no part {name[:100]!r}.")
        if len(pictures[name]) > MOST_CROP_BYTES:
            raise ValueInvalid(f"A crop has at most {MOST_CROP_BYTES:,} bytes.")
        unused.discard(name)
        shots.append(ShotReport(at=shot.at, crop=base64.b64encode(pictures[name]).decode()))
    if unused:
        raise ValueInvalid(f"No shot names the part {min(unused)[:100]!r}.")
    return report.model_copy(update={"shots": tuple(shots)})
