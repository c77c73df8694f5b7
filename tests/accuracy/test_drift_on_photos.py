"""Drift on real photographs: what is changed in the pictures is found soon, and chance is not taken for drift.

Streams are drawn with replacement from the captures of a few hundred photos, each of which went through the real
detector and embedder, as it is and drifted.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.extractions import LfwExtraction
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.extract import most_prominent
from visavis.application.ledger import Ledger
from visavis.application.ports.events import EventFilter
from visavis.application.watch_drift import WatchDrift
from visavis.bootstrap.models import Models
from visavis.domain.access import SYSTEM
from visavis.domain.arrays import ImageBGR
from visavis.domain.decision import (
    Calibration,
    Candidate,
    CandidateList,
    ComparisonScore,
    Measure,
)
from visavis.domain.drift import Signal
from visavis.domain.drift_words import code
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.geometry import Size
from visavis.domain.observation import Observation
from visavis.domain.policy import Policy
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import DEFAULT_TENANT, GalleryId, SubjectId
from visavis.domain.template import Template
from visavis.engine.analyse import Analyser
from visavis.engine.photo import FramePhoto
from visavis.evaluation.signals import signals_of

pytestmark = [pytest.mark.models, pytest.mark.anyio]

MISLABELLED = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}
SUBJECTS = 100  #: enrolled with one photo and captured with another; as many strangers are captured
REFERENCE = 1000
ALLOWED = 500  #: captures after the onset until which the alarm must be raised
START = datetime(2026, 1, 1, tzinfo=UTC)

Change = Callable[[ImageBGR], ImageBGR]


def scaled(blue: float, green: float, red: float) -> Change:
    def change(image: ImageBGR) -> ImageBGR:
        values = image.astype(np.float32) * np.array([blue, green, red], np.float32)
        return np.clip(values, 0, 255).round().astype(np.uint8)

    return change


CHANGES: dict[str, Change] = {
    "none": lambda image: image,
    "blur": lambda image: cv2.GaussianBlur(image, (0, 0), 1.5).astype(np.uint8, copy=False),
    "exposure": scaled(0.6, 0.6, 0.6),
    "colour": scaled(0.9, 1.0, 1.1),
}
SIGNS = {"blur": "sharpness_lower", "exposure": "brightness_lower", "colour": "red_green_higher"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A gallery of real templates, to be searched as `Identify` does it."""

    gallery: Gallery
    references: list[Template]
    calibration: Calibration

    def event(self, found: Sample | Rejection, template: Template | None) -> Event:
        """The event of a capture, as `Record` writes it."""
        base = Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.REJECTED,
            captured_at=START,
            recorded_at=START,
            gallery_id=self.gallery.id,
            gallery=self.gallery.name,
            source="gate-1",
            reference="",
            position=0,
            outcome=None,
            observed=Observation.of(found),
        )
        if template is None:
            return base
        scores = np.stack([one.vector for one in self.references]) @ template.vector
        best = ComparisonScore(value=float(scores.max()), measure=Measure.COSINE)
        candidate = Candidate(
            subject_id=SubjectId(uuid.UUID(int=int(scores.argmax()))),
            name="x",
            score=best,
            fmr=self.calibration.fmr_at(best.value),
            reference_id=None,
        )
        count = len(self.references)
        decision = self.gallery.policy.decide_identification(
            CandidateList(candidates=(candidate,), searched=count, subjects=count), self.calibration
        )
        return replace(
            base,
            kind=EventKind.IDENTIFIED,
            outcome=decision.outcome,
            score=best.value,
            fpir=decision.fpir,
            model=str(self.gallery.model),
            quality=template.quality,
        )


def captured(analyser: Analyser, place: Place, photo: str, change: Change) -> Event | None:
    """`None` where no face is found."""
    image = cv2.imread(photo)
    assert image is not None
    pixels = change(image.astype(np.uint8, copy=False))
    frame = Frame(pixels=pixels, original=Size(width=pixels.shape[1], height=pixels.shape[0]))
    faces = most_prominent(analyser.samples(FramePhoto(frame=frame)), frame.original)
    if not faces:
        return None
    template = analyser.templates([faces[0]])[0] if isinstance(faces[0], Sample) else None
    return place.event(faces[0], template)


@pytest.fixture(scope="module")
def staff(models: Models) -> Gallery:
    return Gallery(
        id=GalleryId(uuid.UUID(int=9)),
        name="staff",
        purpose=Purpose.ACCESS,
        pack="standard",
        model=models.pack("standard").embedder.model,
        policy=Policy(),
        created_at=START,
    )


@pytest.fixture(scope="module")
def captures(models: Models, lfw_extraction: LfwExtraction, staff: Gallery) -> dict[str, list[Event]]:
    """By change, a capture of each of the photos."""
    labelled = lfw_extraction("standard")
    references = {Path(photo).name: one for photo, one in labelled.extraction.references.items()}
    photos = defaultdict(list)
    for subject, photo in labelled.rows:
        if subject not in MISLABELLED and Path(photo).name in references:
            photos[subject].append(photo)
    chance = np.random.default_rng(20260301)
    several = sorted(subject for subject, own in photos.items() if len(own) > 1)
    enrolled = [several[n] for n in chance.permutation(len(several))[:SUBJECTS]]
    single = sorted(subject for subject, own in photos.items() if len(own) == 1)
    strangers = [single[n] for n in chance.permutation(len(single))[:SUBJECTS]]
    pack = models.pack("standard")
    place = Place(
        gallery=staff,
        references=[references[Path(photos[subject][0]).name] for subject in enrolled],
        calibration=pack.calibration(Measure.COSINE),
    )
    probes = [photos[subject][1] for subject in enrolled] + [photos[subject][0] for subject in strangers]
    analyser = models.analyser(pack)
    found = {
        name: [captured(analyser, place, photo, change) for photo in probes]
        for name, change in CHANGES.items()
    }
    return {name: [event for event in events if event is not None] for name, events in found.items()}


def streamed(captures: Sequence[Event], count: int, seed: int, *, first: int = 0) -> list[Event]:
    """So many captures drawn with replacement, a second apart."""
    chosen = np.random.default_rng(seed).integers(0, len(captures), count)
    return [
        replace(
            captures[number],
            id=EventId(uuid.uuid4()),
            recorded_at=START + timedelta(seconds=first + place),
        )
        for place, number in enumerate(chosen.tolist())
    ]


async def alarms(place: Gallery, stream: Sequence[Event]) -> dict[str, int]:
    """The alarms that were raised: how many captures had come by then, by what the event says."""
    store = MemoryStore()
    watch = WatchDrift(
        store=store,
        tenant=DEFAULT_TENANT,
        ledger=Ledger(actor=SYSTEM, clock=SystemClock()),
        clock=SystemClock(),
        identifiers=RandomIdentifiers(),
        software="test",
    )
    async with store.transaction(DEFAULT_TENANT) as work:
        await work.galleries.add(place)
        await work.events.add(stream)
    while await watch():
        pass
    async with store.transaction(DEFAULT_TENANT) as work:
        monitor = await work.monitors.of(place.id, "gate-1")
        told = await work.events.page(EventFilter(kind=EventKind.DRIFT_RAISED), after=0, limit=1000)
    assert monitor is not None
    assert monitor.captures == len(stream)
    raised = {
        code(state): 1 + round((state.alarm_since - START).total_seconds())
        for state in monitor.states
        if state.alarm_since is not None
    }
    assert {reason for one in told for reason in one.reasons} >= set(raised)
    assert bool(told) == bool(raised), "no alarm came and went"
    return raised


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_five_thousand_captures_without_drift_raise_no_alarm(
    staff: Gallery, captures: dict[str, list[Event]], seed: int
) -> None:
    assert await alarms(staff, streamed(captures["none"], REFERENCE + 5000, seed)) == {}


@pytest.mark.parametrize("change", SIGNS)
@pytest.mark.parametrize("seed", [4, 5])
async def test_a_drift_is_found_within_five_hundred_captures(
    staff: Gallery, captures: dict[str, list[Event]], change: str, seed: int
) -> None:
    """The onset lies anywhere in a window."""
    onset = REFERENCE + 300 + 61 * seed
    normal = streamed(captures["none"], onset, seed)
    drifted = streamed(captures[change], ALLOWED, 10 + seed, first=onset)
    raised = await alarms(staff, [*normal, *drifted])
    assert SIGNS[change] in raised
    assert min(raised.values()) > onset


async def test_what_the_calibration_says_of_strangers_holds_for_these_photos(
    captures: dict[str, list[Event]],
) -> None:
    """Of the best scores of strangers, in the body of their distribution, about a third is in its upper third."""
    values = [signals_of(event).get(Signal.CALIBRATION) for event in captures["none"]]
    body = np.array([value for value in values if value is not None])
    assert len(body) > 60
    assert 0.15 < (body > 0.5).mean() < 0.45
