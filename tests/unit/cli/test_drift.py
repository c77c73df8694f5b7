"""What drift and ageing look like at the terminal."""

import io
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from visavis.cli import drift, references
from visavis.domain.drift import Finding, Monitor, MonitorId, Signal, Sketch
from visavis.domain.subject import GalleryId
from visavis.wire.ageing import AgeingDocument, AgeingNote
from visavis.wire.monitors import DriftDocument, MonitorEntry

AT = datetime(2026, 1, 2, tzinfo=UTC)


def a_monitor(*, alarm: bool) -> Monitor:
    monitor = Monitor.new(
        MonitorId(uuid.UUID(int=1)), gallery_id=GalleryId(uuid.UUID(int=2)), gallery="staff", source="", at=AT
    )
    finding = Finding(
        at=AT, values=150, psi=1.5, distance=0.6, p_value=1e-20, reference_mean=128.4, mean=61, drifted=True
    )
    state = replace(
        monitor.state(Signal.BRIGHTNESS),
        reference=Sketch.of(Signal.BRIGHTNESS, [128.0] * 300),
        finding=finding,
        alarm_since=AT if alarm else None,
    )
    return monitor.with_state(state)


def written(render: object, *arguments: object) -> str:
    text = io.StringIO()
    assert callable(render)
    render(Console(file=text, width=200, markup=False), *arguments)
    return text.getvalue()


def test_an_alarm_is_told_in_words() -> None:
    document = DriftDocument.of([a_monitor(alarm=True)], 200)
    text = written(drift.render, document)
    assert "captures without a named source are darker than in the reference" in text
    assert "61 instead of 128" in text
    assert "alarm" in text
    assert "darker" not in written(drift.render, DriftDocument.of([a_monitor(alarm=False)], 200))


def test_nothing_to_list() -> None:
    assert "Nothing is watched yet" in written(drift.render, DriftDocument.of([], 200))


def test_one_monitor_signal_by_signal() -> None:
    text = written(drift.render_one, MonitorEntry.of(a_monitor(alarm=True), 200))
    assert all(signal.value in text for signal in Signal)
    assert "128.40" in text


def test_a_table_for_a_spreadsheet_is_text() -> None:
    note = AgeingNote(
        subject="=cmd()",
        subject_id=str(uuid.UUID(int=3)),
        reasons=("old", "declining"),
        text="Old.",
        references=2,
        age_days=2000,
        quality=None,
        matches=0,
        score=None,
        earlier_score=None,
        headroom=None,
    )
    document = AgeingDocument(gallery="staff", at=AT, subjects=(note,))
    assert "'=cmd()," in references._csv(document)
    assert "old declining" in references._csv(document)
    assert "1 subject" in written(references.render, document)
