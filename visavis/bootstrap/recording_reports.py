"""Reports of searches in recorded video: pictures of the hits, and files that prove them."""

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from visavis.application.ports.recordings import Footage
from visavis.application.recordings.search import Found, Hit
from visavis.application.reports.recordings import search_report
from visavis.application.sign_bias_audit import SignedText
from visavis.bootstrap.governance import software
from visavis.bootstrap.reports import reports
from visavis.bootstrap.signed_files import signed_file
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import FileUnreadable, StillNotFound, VisavisError
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.wire.recordings import FoundInRecordings, HitNote, SignedSearchDocument

STILLS = "stills"
SIGNED = "report.json"
_AROUND = 1.5  #: widths of the face shown on each side of it
_GREEN = (80, 200, 80)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """The picture of a hit beside its report; without content where the file is gone."""

    name: str = ""
    sha256: str = ""
    content: bytes = b""


def found_note(found: Found, stills: Sequence[Still] = ()) -> FoundInRecordings:
    """As it goes over the wire."""
    names = [still.name for still in stills] or [""] * len(found.hits)
    return FoundInRecordings(
        search=str(found.id),
        at=found.at,
        gallery=found.gallery.name,
        hits=tuple(hit_note(hit, name) for hit, name in zip(found.hits, names, strict=True)),
        searched=found.searched,
        recordings=len(found.recordings),
        skipped=tuple(str(one.id) for one in found.skipped),
        threshold=found.threshold.value,
        target_fpir=found.gallery.policy.fpir,
    )


def hit_note(hit: Hit, still: str = "") -> HitNote:
    track, recording = hit.track, hit.recording
    return HitNote(
        recording_id=str(recording.id),
        recording=recording.name,
        source=recording.source,
        track=track.number,
        outcome=hit.outcome,
        score=hit.score.value,
        fmr=hit.fmr.value,
        fmr_extrapolated=hit.fmr.extrapolated,
        fpir=hit.fpir,
        first_s=track.first_s,
        last_s=track.last_s,
        best_s=track.best_s,
        first_at=recording.at(track.first_s),
        last_at=recording.at(track.last_s),
        frames=track.frames,
        box=track.box,
        still=still,
    )


def write_report(folder: Path, found: Found, signed: SignedText, stills: Sequence[Still]) -> None:
    """`index.html`, `report.json` and the stills. Raises `FileUnreadable`."""
    document = signed_file(SignedSearchDocument, signed)
    same = {one["recording"] for one in json.loads(signed.text)["recordings"] if one["unchanged"]}
    page = reports().page(
        search_report(
            found,
            [(still.name, still.content) for still in stills],
            [one for one in found.recordings if str(one.id) not in same],
            data=document.pretty(),
            footer=f"{software()}. Signed; SHA-256 {signed.sha256}",
        )
    )
    try:
        for still in stills:
            if still.content:
                (folder / still.name).parent.mkdir(parents=True, exist_ok=True)
                (folder / still.name).write_bytes(still.content)
        (folder / SIGNED).write_text(document.pretty() + "\n", encoding="utf-8")
        (folder / "index.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{folder} cannot be written: {error.strerror or error}.") from error


def packed_report(found: Found, signed: SignedText, stills: Sequence[Still]) -> bytes:
    """What `write_report` writes, as one ZIP file."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="visavis-") as place, zipfile.ZipFile(packed, "w") as archive:
        folder = Path(place)
        write_report(folder, found, signed, stills)
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            archive.write(file, file.relative_to(folder), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def still_of(reader: Footage, recording: Recording, track: RecordedTrack) -> bytes:
    """JPEG of the face where it is seen best. The file is known by its size, which is quick to ask: a report compares
    its digest. Raises `StillNotFound`."""
    path = Path(recording.location)
    try:
        same = path.stat().st_size == recording.size
        frame = reader.still(path, track.best_s) if same else None
    except (OSError, VisavisError) as error:
        raise StillNotFound from error
    if frame is None:
        raise StillNotFound
    return _jpeg(_shown(frame, track.box))


def evidence_of(reader: Footage, found: Found) -> tuple[dict[RecordingId, str | None], list[Still]]:
    """What is there of the files now, and a picture of each hit."""
    files = {one.id: _digest(reader, Path(one.location)) for one in found.recordings}
    stills = [
        _still(reader, number, hit) if files[hit.recording.id] == hit.recording.sha256 else Still()
        for number, hit in enumerate(found.hits, 1)
    ]
    return files, stills


def _digest(reader: Footage, path: Path) -> str | None:
    """`None` if the file is not there any more."""
    try:
        return reader.digest(path)[0]
    except FileUnreadable:
        return None


def _still(reader: Footage, number: int, hit: Hit) -> Still:
    try:
        frame = reader.still(Path(hit.recording.location), hit.track.best_s)
    except VisavisError:
        return Still()
    if frame is None:
        return Still()
    data = _jpeg(_shown(frame, hit.track.box))
    return Still(name=f"{STILLS}/{number:03}.jpg", sha256=hashlib.sha256(data).hexdigest(), content=data)


def _jpeg(picture: ImageBGR) -> bytes:
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return content.tobytes()


def _shown(frame: ImageBGR, box: tuple[float, float, float, float]) -> ImageBGR:
    """The face, framed, with enough around it to see where it is."""
    left, top, width, height = box
    picture = frame.copy()
    corners = (round(left), round(top)), (round(left + width), round(top + height))
    cv2.rectangle(picture, corners[0], corners[1], _GREEN, max(round(width / 60), 1), cv2.LINE_AA)
    margin = _AROUND * max(width, height)
    rows = slice(max(int(top - margin), 0), int(top + height + margin) + 1)
    columns = slice(max(int(left - margin), 0), int(left + width + margin) + 1)
    return picture[rows, columns]
