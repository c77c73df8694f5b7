"""Cameras that the server knows, and lines of tracks, at the terminal."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.contract.making import an_event
from tests.contract.store_cameras import a_camera
from tests.unit.cli.test_drift import written
from visavis.cli import cameras_server, events
from visavis.wire.cameras import CameraNote, CamerasDocument
from visavis.wire.v1.events import EventNote

AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_cameras_are_listed_with_their_places() -> None:
    notes = [CameraNote.of(a_camera(name)) for name in ("a", "b", "c")]
    document = CamerasDocument.of(notes, limit=2)
    assert (len(document.cameras), document.next_after) == (2, "b")
    text = written(cameras_server.render, document)
    assert "Haupthaus" in text
    assert "entry" in text
    assert CamerasDocument.of(notes, limit=3).next_after is None


def test_nothing_to_list() -> None:
    assert "No cameras yet" in written(cameras_server.render, CamerasDocument.of([]))


def test_a_line_of_a_track_says_where_and_how_long() -> None:
    event = replace(an_event(), track=uuid.uuid4(), frames=9, site="Work", zone="Yard")
    event = replace(event, seen_until=event.captured_at + timedelta(seconds=7))
    text = "".join(part if isinstance(part, str) else part[0] for part in events.line(EventNote.of(event)))
    assert "gate (Work / Yard)" in text
    assert text.endswith("7 s")
