"""Tracks over memory: crops, devices, unknowns, and what is left of them."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, features, picture
from tests.unit.application.jobs.conftest import Crops
from visavis.application.kit import Kit
from visavis.application.ports.events import EventFilter
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.application.tracks.reported import DeviceVerdict, RecordedTrack, ReportedShot, ReportedTrack
from visavis.domain.audit import Action
from visavis.domain.camera import Camera, CameraId, Place
from visavis.domain.decision import Outcome
from visavis.domain.errors import ModelMismatch, ValueInvalid, VisavisError
from visavis.domain.event import Event
from visavis.domain.policy import Unknowns
from visavis.domain.subject import DEFAULT_TENANT
from visavis.domain.template import Template

Report = Callable[..., RecordedTrack]


def a_track(bench: Bench, *shots: bytes | Template, **changes: Any) -> ReportedTrack:
    now = bench.clock.now()
    made = tuple(
        ReportedShot(at=now, template=one) if isinstance(one, Template) else ReportedShot(at=now, crop=one)
        for one in shots
    )
    track = ReportedTrack(
        track=uuid.uuid4(),
        camera="door",
        first_at=now,
        last_at=now + timedelta(seconds=3),
        frames=10,
        ended=True,
        shots=made,
    )
    return replace(track, **changes)


def a_kit(bench: Bench) -> Kit:
    inference = bench.identify.inference
    return Kit(inference=inference, crops=Crops(), identify=bench.identify, enrol=bench.enrol)


def record_track(bench: Bench) -> RecordTrack:
    remember = Remember(maker=bench.enrol.maker, ledger=bench.enrol.ledger)
    return RecordTrack(store=bench.store, tenant=DEFAULT_TENANT, record=bench.record, remember=remember)


def told(bench: Bench, *tracks: ReportedTrack) -> list[RecordedTrack | VisavisError]:
    found: list[RecordedTrack | VisavisError] = bench.run(
        record_track(bench)(a_kit(bench), bench.gallery, tracks)
    )
    return found


def recorded(bench: Bench, track: ReportedTrack) -> RecordedTrack:
    (found,) = told(bench, track)
    assert isinstance(found, RecordedTrack)
    return found


def lines(bench: Bench) -> list[Event]:
    async def page() -> list[Event]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            return await work.events.page(EventFilter(), after=0)

    found: list[Event] = bench.run(page())
    return found


@pytest.fixture
def ada(bench: Bench) -> Bench:
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    return bench


def test_shots_are_one_search_and_leave_one_line(ada: Bench) -> None:
    shots = [picture("ada", seed=seed, noise=0.6) for seed in range(1, 6)]
    found = recorded(ada, a_track(ada, *shots))
    assert (found.outcome, found.subject, found.revised) == (Outcome.MATCH, "ada", True)
    alone = recorded(ada, a_track(ada, shots[0]))
    assert found.score is not None
    assert alone.score is not None
    assert found.score > alone.score, "noise averages out"
    assert len(lines(ada)) == 2
    assert [one.record.action for one in ada.entries()].count(Action.DECISION_IDENTIFIED) == 2


def test_lines_note_where_their_camera_hung(ada: Bench) -> None:
    async def add(zone: str) -> None:
        async with ada.store.transaction(DEFAULT_TENANT) as work:
            known = await work.cameras.find("door")
            camera = Camera(
                id=known.id if known else CameraId(uuid.uuid4()),
                name="door",
                place=Place(site="HQ", zone=zone),
                created_at=ada.clock.now(),
            )
            await (work.cameras.replace(camera) if known else work.cameras.add(camera))

    ada.run(add("In"))
    track = a_track(ada, picture("ada"))
    recorded(ada, track)
    ada.run(add("Out"))
    recorded(ada, replace(track, frames=11))
    recorded(ada, a_track(ada, picture("ada")))
    assert [(line.zone, line.frames) for line in lines(ada)] == [("In", 11), ("Out", 10)]


def test_what_cannot_be_used_is_told_in_its_place(ada: Bench) -> None:
    other = replace(MODEL, digest="9" * 64)
    foreign = Template.of(features("ada", 0.1, 1), other)
    found = told(ada, a_track(ada, foreign), a_track(ada, picture("ada")))
    assert isinstance(found[0], ModelMismatch)
    assert isinstance(found[1], RecordedTrack)
    assert len(lines(ada)) == 1


def test_a_track_without_a_usable_shot_leaves_a_line_when_it_has_ended(bench: Bench) -> None:
    track = a_track(bench, picture("ada", bad="too_dark"), ended=False)
    assert recorded(bench, track).event_id is None
    assert lines(bench) == []
    found = recorded(bench, replace(track, ended=True))
    assert (found.outcome, found.reasons) == (None, ("too_dark",))
    better = recorded(bench, replace(a_track(bench, picture("ada")), track=track.track))
    assert (better.outcome, better.event_id) == (Outcome.NON_MATCH, found.event_id)
    late = recorded(bench, replace(track, ended=True, frames=30))
    assert (late.outcome, late.revised) == (Outcome.NON_MATCH, True)
    (line,) = lines(bench)
    assert (line.frames, line.revision) == (30, 2)


def test_templates_of_matches_are_kept_for_corrections_and_of_strangers_not(ada: Bench) -> None:
    match, stranger = (
        recorded(ada, a_track(ada, picture("ada"))),
        recorded(ada, a_track(ada, picture("bob"))),
    )

    async def kept(event_id: Any) -> Template | None:
        async with ada.store.transaction(DEFAULT_TENANT) as work:
            return await work.probes.of(event_id)

    assert ada.run(kept(match.event_id)) is not None
    assert ada.run(kept(stranger.event_id)) is None
    ada.policy(probe_days=0)
    assert ada.run(kept(recorded(ada, a_track(ada, picture("ada"))).event_id)) is None
    ada.policy(probe_days=2)
    ada.clock.turn(days=8)
    ada.run(ada.retain())
    assert ada.run(kept(match.event_id)) is None


def test_who_is_erased_leaves_no_template(ada: Bench) -> None:
    found = recorded(ada, a_track(ada, picture("ada")))
    exported = ada.run(ada.export_subject("ada"))
    assert list(exported.probes) == [found.event_id]
    ada.run(ada.erase("ada"))

    async def kept() -> Template | None:
        async with ada.store.transaction(DEFAULT_TENANT) as work:
            assert found.event_id is not None
            assert (await work.events.get(found.event_id)).subject_id is None
            return await work.probes.of(found.event_id)

    assert ada.run(kept()) is None


def test_an_unknown_of_three_shots_is_remembered_while_it_is_seen(bench: Bench) -> None:
    bench.policy(unknowns=Unknowns.REMEMBER)
    two = a_track(bench, *[picture("eve", seed=n) for n in range(2)], ended=False)
    assert not recorded(bench, two).remembered
    three = replace(a_track(bench, *[picture("eve", seed=n) for n in range(3)]), track=two.track, ended=False)
    new = recorded(bench, three)
    assert new.remembered
    assert recorded(bench, a_track(bench, picture("eve", seed=9))).subject_id == new.subject_id
    assert not recorded(bench, two).revised
    names = [one.subject.name for one in bench.run(bench.subjects.page())]
    assert len(names) == 1


def test_a_poor_unknown_is_not_remembered(bench: Bench) -> None:
    bench.policy(unknowns=Unknowns.REMEMBER, enrol_quality=50)
    assert not recorded(bench, a_track(bench, picture("eve", quality=20))).remembered
    assert recorded(bench, a_track(bench, picture("eve", quality=60))).remembered


def test_a_device_that_matched_somebody_else_is_believed_and_contradicted(ada: Bench) -> None:
    (subject,) = [one.subject for one in ada.run(ada.subjects.page())]
    verdict = DeviceVerdict(outcome=Outcome.MATCH, subject_id=subject.id, score=0.9, fpir=1e-6, searched=5)
    found = recorded(ada, a_track(ada, picture("bob"), decided=verdict))
    assert (found.subject_id, found.reasons) == (subject.id, ("store_disagrees",))
    assert found.fpir == 1e-6
    ada.run(ada.erase("ada"))
    gone = recorded(ada, a_track(ada, picture("bob"), decided=verdict))
    assert (gone.outcome, gone.subject_id) == (Outcome.NON_MATCH, None)
    assert gone.reasons == ("device_subject_gone",)


def test_a_device_that_matches_says_whom() -> None:
    with pytest.raises(ValueInvalid):
        DeviceVerdict(outcome=Outcome.MATCH)


def test_another_subject_that_is_clearly_surer_replaces_the_match_and_is_noted(ada: Bench) -> None:
    ada.run(ada.enrol(ada.gallery, "bob", [("b", picture("bob"))]))
    by_name = {one.subject.name: one.subject.id for one in ada.run(ada.subjects.page())}
    wrong = DeviceVerdict(outcome=Outcome.MATCH, subject_id=by_name["bob"], score=0.46, fpir=9e-4)
    track = a_track(ada, picture("ada"), decided=wrong)
    assert recorded(ada, track).subject == "bob"
    assert recorded(ada, replace(track, decided=None)).subject == "ada"
    noted = [one.record for one in ada.entries() if one.record.action is Action.TRACK_REVISED]
    assert [one.details["subject_before"] for one in noted] == [str(by_name["bob"])]
