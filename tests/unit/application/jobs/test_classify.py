"""Classification of queued pictures, over memory."""

import base64
import json
import uuid
from dataclasses import replace

import pytest

from tests.unit.application.fakes import picture
from tests.unit.application.jobs.conftest import Shop, photo
from visavis.application.ports.jobs import NewItem
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.errors import ModelDown, ValueInvalid
from visavis.domain.event import EventKind
from visavis.domain.job import CHUNK, ItemKind, ItemState, JobItem, JobKind, JobState
from visavis.domain.policy import Unknowns


def test_every_face_leaves_one_event_in_the_order_of_submission(shop: Shop) -> None:
    shop.bench.run(shop.bench.enrol(shop.bench.gallery, "ada", [("a", picture("ada"))]))
    first = shop.put(photo(picture("ada", seed=1), label="c1"), photo(picture("bob", "ada", seed=2)))
    second = shop.put(photo(picture("eve", bad="too_dark"), label="c3"), photo(picture()))
    shop.work()
    found = [(e.reference, e.position, e.kind, e.outcome) for e in shop.events()]
    own = f"{first.id}:1"
    assert found == [
        ("c1", 0, EventKind.IDENTIFIED, Outcome.MATCH),
        (own, 0, EventKind.IDENTIFIED, Outcome.NON_MATCH),
        (own, 1, EventKind.IDENTIFIED, Outcome.MATCH),
        ("c3", 0, EventKind.REJECTED, None),
    ]
    assert {event.source for event in shop.events()} == {"door"}
    assert {event.job_id for event in shop.events()} == {first.id, second.id}
    assert shop.job(first).state is JobState.SUCCEEDED
    items = shop.items(first)
    assert [face.event_id for item in items for face in item.result.faces] == [
        event.id for event in shop.events()[:3]
    ]
    assert shop.items(second)[1].result.faces == ()
    actions = [entry.record.action for entry in shop.bench.entries()]
    assert actions.count(Action.JOB_SUBMITTED) == actions.count(Action.JOB_FINISHED) == 2
    assert actions.count(Action.DECISION_IDENTIFIED) == 3


def test_a_picture_that_cannot_be_read_fails_alone(shop: Shop) -> None:
    job = shop.put(
        photo(b"x.jpg", kind=ItemKind.PATH), photo(picture("ada")), photo(b"y.jpg", kind=ItemKind.PATH)
    )
    shop.folder.files["y.jpg"] = picture("bob")
    shop.work()
    bad, *good = shop.items(job)
    assert (bad.state, bad.fault.code) == (ItemState.FAILED, "file_unreadable")
    assert {item.state for item in good} == {ItemState.SUCCEEDED}
    done = shop.job(job)
    assert (done.state, done.succeeded, done.failed) == (JobState.SUCCEEDED, 2, 1)


def test_crops_are_not_searched_for_faces(shop: Shop) -> None:
    job = shop.put(photo(picture("ada"), kind=ItemKind.CROP))
    shop.work()
    assert shop.job(job).succeeded == 1
    assert len(shop.events()) == 1


def test_the_same_capture_sent_twice_leaves_one_event(shop: Shop) -> None:
    shop.put(photo(picture("ada"), label="7"))
    again = shop.put(photo(picture("ada"), label="7"))
    shop.put(photo(picture("ada"), label="7"), source="gate")
    shop.work()
    assert [event.source for event in shop.events()] == ["door", "gate"]
    (item,) = shop.items(again)
    assert item.result.repeated
    assert item.result.faces[0].event_id == shop.events()[0].id


def test_an_unknown_is_remembered_and_recognised(shop: Shop) -> None:
    shop.bench.policy(unknowns=Unknowns.REMEMBER)
    job = shop.put(
        photo(picture("eve")),
        photo(picture("eve", seed=1)),
        photo(picture("bob")),
        photo(picture("eve", seed=2)),
    )
    shop.work()
    first, second, other, third = shop.events()
    assert [e.outcome for e in (first, second, other, third)] == [
        Outcome.NON_MATCH,
        Outcome.MATCH,
        Outcome.NON_MATCH,
        Outcome.MATCH,
    ]
    assert first.subject_id == second.subject_id == third.subject_id
    assert other.subject_id not in {None, first.subject_id}
    assert [item.result.faces[0].remembered for item in shop.items(job)] == [True, False, True, False]
    names = [one.subject.name for one in shop.bench.run(shop.bench.galleries.subjects(shop.bench.gallery))]
    assert len(names) == 2
    assert all(name.startswith("anonymous-") and len(name) == 18 for name in names)


def test_a_stranger_who_is_twice_in_one_picture_is_one_subject(shop: Shop) -> None:
    shop.bench.policy(unknowns=Unknowns.REMEMBER)
    job = shop.put(photo(picture("eve", "bob", "eve")), photo(picture("bob", "eve", seed=1)))
    shop.work()
    eve, bob, mirrored, *later = shop.events()
    assert [e.outcome for e in (eve, bob, mirrored)] == [Outcome.NON_MATCH, Outcome.NON_MATCH, Outcome.MATCH]
    assert eve.subject_id == mirrored.subject_id
    assert bob.subject_id not in {None, eve.subject_id}
    assert (bob.searched, mirrored.searched) == (1, 2)
    assert [e.subject_id for e in later] == [bob.subject_id, eve.subject_id]
    remembered = [face.remembered for item in shop.items(job) for face in item.result.faces]
    assert remembered == [True, True, False, False, False]
    assert len(shop.bench.run(shop.bench.galleries.subjects(shop.bench.gallery))) == 2


def test_retention_takes_a_remembered_stranger_out_of_the_results_of_jobs(shop: Shop) -> None:
    shop.bench.policy(unknowns=Unknowns.REMEMBER, reference_days=30)
    job = shop.put(photo(picture("eve"), label="camera 1"))
    shop.work()
    assert shop.items(job)[0].result is not None
    shop.bench.clock.turn(days=31)
    shop.bench.run(shop.bench.retain())
    assert shop.bench.run(shop.bench.galleries.subjects(shop.bench.gallery)) == []
    (item,) = shop.items(job)
    assert (item.result, item.label) == (None, "")
    assert shop.events()[0].subject_id is None


def test_who_is_not_good_enough_is_not_remembered(shop: Shop) -> None:
    shop.bench.policy(unknowns=Unknowns.REMEMBER, enrol_quality=50.0)
    shop.put(photo(picture("eve", quality=20.0)))
    shop.work()
    assert shop.events()[0].subject_id is None
    shop.bench.policy(unknowns=Unknowns.REMEMBER, consent="visits")
    shop.put(photo(picture("eve")))
    shop.work()
    assert shop.events()[1].subject_id is None


def test_a_gallery_that_logs_nothing_still_gives_results(shop: Shop) -> None:
    shop.bench.policy(event_days=0)
    job = shop.put(photo(picture("ada")))
    shop.work()
    assert shop.events() == []
    (face,) = shop.items(job)[0].result.faces
    assert (face.event_id, face.outcome) == (None, Outcome.NON_MATCH)


def test_long_jobs_are_done_in_chunks(shop: Shop) -> None:
    job = shop.put(*(photo(picture("ada", seed=n)) for n in range(2 * CHUNK + 3)))
    shop.process = replace(shop.process, budget_s=0.0)
    assert shop.work() == 4  # the last one finds nothing
    assert shop.job(job).succeeded == 2 * CHUNK + 3
    assert [event.reference for event in shop.events()] == [f"{job.id}:{n}" for n in range(2 * CHUNK + 3)]


def test_what_is_away_for_a_while_costs_no_attempt(shop: Shop) -> None:
    job = shop.put(photo(picture("ada")))
    shop.inference.down = True
    for _ in range(10):
        with pytest.raises(ModelDown):
            shop.bench.run(shop.process(job.stream))
    shop.inference.down = False
    shop.bench.run(shop.process(job.stream))
    assert shop.job(job).state is JobState.SUCCEEDED
    assert len(shop.events()) == 1


def test_what_ends_the_worker_each_time_is_given_up_and_the_rest_is_done(shop: Shop) -> None:
    deadly = picture("ada", seed=9)
    job = shop.put(photo(picture("bob")), photo(deadly), photo(picture("bob", seed=1)))
    shop.inference.deadly = deadly
    deaths = 0
    for _ in range(20):
        try:
            shop.bench.run(shop.process(job.stream))
        except RuntimeError:
            deaths += 1
    assert deaths == 4
    assert [item.state for item in shop.items(job)] == [
        ItemState.SUCCEEDED,
        ItemState.FAILED,
        ItemState.SUCCEEDED,
    ]
    assert shop.items(job)[1].fault.code == "abandoned"
    assert [event.reference[-2:] for event in shop.events()] == [":0", ":2"]


def test_a_job_whose_gallery_is_gone_fails(shop: Shop) -> None:
    job = shop.put(photo(picture("ada")))
    shop.bench.run(shop.bench.galleries.remove("staff"))
    shop.work()
    done = shop.job(job)
    assert (done.state, done.fault.code) == (JobState.FAILED, "gallery_not_found")


def test_a_cancelled_job_is_not_done(shop: Shop) -> None:
    job = shop.put(photo(picture("ada")))
    shop.bench.run(shop.jobs.cancel(job.id))
    shop.work()
    assert shop.events() == []
    assert shop.job(job).state is JobState.CANCELLED


def test_refuses_what_does_not_fit(shop: Shop) -> None:
    with pytest.raises(ValueInvalid):
        shop.put()
    with pytest.raises(ValueInvalid):
        shop.put(photo(b"", kind=ItemKind.REFERENCE))
    with pytest.raises(ValueInvalid):
        shop.put(photo(b"", subject=" "), kind=JobKind.ENROL)
    assert shop.bench.run(shop.jobs.page()) == []


def test_an_erased_subject_leaves_the_results_of_jobs(shop: Shop) -> None:
    shop.bench.run(shop.bench.enrol(shop.bench.gallery, "ada", [("a", picture("ada"))]))
    job = shop.put(photo(picture("ada", seed=1)), photo(picture("bob")))
    waiting = shop.put(photo(picture("ada", seed=3), subject="ada"), kind=JobKind.ENROL)
    shop.bench.run(shop.process(job.stream))
    shop.bench.run(shop.bench.erase("ada"))
    ada, bob = shop.items(job)
    assert ada.result is None
    assert bob.result is not None
    assert shop.items(waiting)[0].state is ItemState.CANCELLED
    shop.work()
    assert shop.job(waiting).state is JobState.CANCELLED


def track(*shots: bytes, camera: str = "door", **fields: object) -> NewItem:
    report = {
        "track": str(uuid.uuid4()),
        "camera": camera,
        "first_at": "2026-03-02T08:15:30Z",
        "last_at": "2026-03-02T08:15:34Z",
        "frames": 7,
        "shots": [{"at": "2026-03-02T08:15:31Z", "crop": base64.b64encode(shot).decode()} for shot in shots],
        **fields,
    }
    item = JobItem(number=0, kind=ItemKind.TRACK, label="")
    return NewItem(item=item, payload=json.dumps(report).encode())


def test_tracks_are_kept_in_order_and_once(shop: Shop) -> None:
    shop.bench.policy(unknowns=Unknowns.REMEMBER)
    first, again = track(picture("eve")), track(picture("eve", seed=1))
    job = shop.put(
        first,
        track(picture("eve"), last_at="2026-03-02T08:15:29Z"),
        again,
        photo(picture("eve", seed=2)),
        first,
    )
    shop.work()
    new, bad, known, seen, repeated = shop.items(job)
    assert (bad.state, new.result.faces[0].remembered) == (ItemState.FAILED, True)
    assert new.result.faces[0].outcome is Outcome.NON_MATCH
    eve = new.result.faces[0].subject_id
    assert [item.result.faces[0].subject_id for item in (known, seen, repeated)] == [eve, eve, eve]
    assert repeated.result.repeated
    assert repeated.result.faces[0].event_id == new.result.faces[0].event_id
    assert [event.frames for event in shop.events()] == [7, 7, 0]
    assert {event.job_id for event in shop.events()} == {job.id}
