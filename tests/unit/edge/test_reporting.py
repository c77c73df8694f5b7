"""What is said of a track, to whom, and how often."""

import base64
from datetime import timedelta
from uuid import UUID, uuid4

import cv2
import numpy as np
import pytest

from tests.unit.edge.fakes import MODEL, NOON, Ears, Oracle, Outbox, camera, template
from visavis.domain.decision import Outcome
from visavis.domain.errors import ModelDown
from visavis.domain.template import Template
from visavis.edge.following import Glimpse, TrackState
from visavis.edge.reporting import Reporter
from visavis.edge.standing import Standings
from visavis.wire.edge import Split, TrackingConfig
from visavis.wire.v1.templates import decoded_template
from visavis.wire.v1.tracks import DeviceDecision

ADA, BOB = uuid4(), uuid4()


def state(
    track: UUID, last_s: float, *, shots: int = 1, ended: bool = False, computed: bool = True
) -> TrackState:
    chip = np.random.default_rng(1).integers(0, 255, (112, 112, 3), dtype=np.uint8)
    chip = cv2.GaussianBlur(chip, (0, 0), 3).astype(np.uint8)
    return TrackState(
        id=track,
        first_at=NOON,
        last_at=NOON + timedelta(seconds=last_s),
        first_s=0.0,
        last_s=last_s,
        frames=10,
        ended=ended,
        shots=tuple(
            Glimpse(
                at=NOON + timedelta(seconds=0.4 * number),
                at_s=0.4 * number,
                chip=chip,
                value=50.0,
                template=template(1) if computed else None,
            )
            for number in range(shots)
        ),
    )


def reporter(split: Split = Split.TEMPLATES, **more: object) -> tuple[Reporter, Outbox, Ears]:
    outbox, ears = Outbox(), Ears()
    found = Reporter(
        camera=camera(site="hq", zone="door", direction="entry"),
        gallery="staff",
        split=split,
        tracking=TrackingConfig(least_s=0.4, report_every_s=2.0),
        outbox=outbox,
        hooks=ears,
        standings=Standings(),
        **more,  # type: ignore[arg-type]
    )
    return found, outbox, ears


def decided(outcome: Outcome, subject: UUID | None = None, score: float = 0.3) -> DeviceDecision:
    return DeviceDecision(outcome=outcome, subject_id=subject, score=score, gallery_version=7)


def test_a_track_is_reported_now_and_then_while_it_gets_better_and_at_its_end() -> None:
    found, outbox, _ = reporter()
    track = uuid4()
    found.hear([state(track, 0.2)], 0.2)  # may still be too short
    assert outbox.currents == []
    found.hear([state(track, 0.5, shots=2)], 0.5)
    found.hear([state(track, 1.0, shots=3)], 1.0)
    found.hear([], 1.5)
    assert [len(one.shots) for one in outbox.currents] == [2]
    found.hear([], 2.6)  # nothing better since, but what was not said yet
    assert [len(one.shots) for one in outbox.currents] == [2, 3]
    found.hear([], 9.0)
    assert len(outbox.currents) == 2
    found.hear([state(track, 9.0, shots=3, ended=True)], 9.0)
    (final,) = outbox.finals
    assert final.ended
    assert not any(one.ended for one in outbox.currents)
    assert {one.track for one in outbox.currents} == {track} == {final.track}
    assert (final.camera, final.first_at, final.last_at) == ("door-1", NOON, NOON + timedelta(seconds=9))
    assert outbox.galleries == {"staff"}
    assert (found.tracks, found.left_out) == (1, 0)


@pytest.mark.parametrize(("last_s", "shots"), [(0.3, 1), (5.0, 0)])
def test_too_short_or_never_well_seen_is_left_out_and_counted(last_s: float, shots: int) -> None:
    found, outbox, _ = reporter()
    track = uuid4()
    if shots:
        found.hear([state(track, last_s, shots=shots)], last_s)
    found.hear([state(track, last_s, shots=shots, ended=True)], last_s)
    assert outbox.finals == outbox.currents == []
    assert (found.tracks, found.left_out) == (0, 1)


def test_templates_are_what_the_server_computes_itself() -> None:
    found, outbox, _ = reporter()
    found.hear([state(uuid4(), 2.0, shots=2, ended=True)], 2.0)
    (report,) = outbox.finals
    sent = decoded_template((report.shots[0].template or "").encode())
    assert sent.model == MODEL
    assert np.allclose(sent.vector, template(1).vector)
    assert report.shots[0].crop is None


def test_crops_are_pictures_of_the_aligned_face() -> None:
    found, outbox, _ = reporter(Split.CROPS)
    given = state(uuid4(), 2.0, ended=True, computed=False)
    found.hear([given], 2.0)
    (shot,) = outbox.finals[0].shots
    content = base64.b64decode(shot.crop or "")
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert content[:2] == b"\xff\xd8"
    assert shot.template is None
    assert np.abs(pixels.astype(int) - given.shots[0].chip).mean() < 2.0


def test_the_device_decides_at_once_and_says_more_only_when_it_is_surer() -> None:
    answers = [
        decided(Outcome.NON_MATCH, score=0.1),
        decided(Outcome.INCONCLUSIVE, score=0.3),
        decided(Outcome.NON_MATCH, score=0.2),
        decided(Outcome.MATCH, ADA, 0.5),
        decided(Outcome.MATCH, BOB, 0.9),
        decided(Outcome.MATCH, ADA, 0.6),
        decided(Outcome.INCONCLUSIVE, score=0.3),
    ]
    found, outbox, ears = reporter(Split.MATCH, decider=Oracle(list(answers)))
    track = uuid4()
    for number in range(1, 8):
        found.hear([state(track, number * 0.05, shots=number)], number * 0.05)
    assert [one.outcome for one in ears.heard] == ["non_match", "inconclusive", "match"]
    assert ears.heard[-1].subject_id == ADA
    assert {(one.site, one.zone, one.direction, one.by) for one in ears.heard} == {
        ("hq", "door", "entry", "device")
    }
    found.hear([state(track, 0.35, shots=7, ended=True)], 0.35)
    (final,) = outbox.finals  # short as it was: somebody was told of it
    assert final.decided == answers[5]


def test_without_a_copy_nothing_is_decided_here_and_the_server_is_asked() -> None:
    found, outbox, ears = reporter(Split.MATCH, decider=Oracle([None]))
    track = uuid4()
    found.hear([state(track, 1.0)], 1.0)
    found.hear([state(track, 1.0, ended=True)], 2.0)
    assert ears.heard == []
    assert [one.decided for one in [*outbox.currents, *outbox.finals]] == [None, None]
    assert outbox.finals[0].shots[0].template


def test_a_decider_that_fails_does_not_stop_the_camera() -> None:
    class Broken:
        def decide(self, gallery: str, probe: Template) -> DeviceDecision | None:
            raise ModelDown

    found, outbox, _ = reporter(Split.MATCH, decider=Broken())
    track = uuid4()
    found.hear([state(track, 1.0)], 1.0)
    found.hear([state(track, 1.0, ended=True)], 2.0)
    assert outbox.finals[0].decided is None
