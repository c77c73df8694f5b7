"""One camera at work: what ends its tracks, and what it does not even look at."""

import time
from collections.abc import Callable, Iterator, Sequence

from tests.unit.edge.fakes import NOON, Ears, FakeReader, Outbox, Script, Somebody, camera, captured
from visavis.application.ports.readers import Captured, ReaderState
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.edge.following import Follower
from visavis.edge.reporting import Reporter
from visavis.edge.standing import Standings
from visavis.edge.watching import Watching
from visavis.wire.edge import Split, TrackingConfig


def wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def watching(script: Script, frames: Sequence[Captured], **more: object) -> tuple[Watching, Outbox]:
    outbox = Outbox()
    tracking = TrackingConfig(gone_s=1.0)
    reporter = Reporter(
        camera=camera(),
        gallery="staff",
        split=Split.TEMPLATES,
        tracking=tracking,
        outbox=outbox,
        hooks=Ears(),
        standings=Standings(),
    )
    found = Watching(
        camera=camera(),
        open_reader=lambda: FakeReader(frames),
        follower=Follower(eyes=script, tracking=tracking),
        reporter=reporter,
        **more,  # type: ignore[arg-type]
    )
    return found, outbox


def test_nothing_is_continued_after_an_interruption_even_if_its_first_frame_was_dropped() -> None:
    class Interrupted(FakeReader):
        def frames(self) -> Iterator[Captured]:
            for number, one in enumerate(self.given):
                self.state = ReaderState(interruptions=int(number >= 10))
                yield one

    script = Script({round(n / 10, 3): [Somebody(who=1, x=50.0 + n)] for n in range(20)})
    found, outbox = watching(script, [])
    found.open_reader = lambda: Interrupted([captured(n / 10) for n in range(20)])
    found.start()
    wait(lambda: found.ended)
    found.join(60)
    assert [one.frames for one in outbox.finals] == [10, 10]


def test_tracks_end_also_if_the_camera_falls_silent() -> None:
    now = [100.0]
    script = Script({round(n / 10, 3): [Somebody(who=1, x=50.0 + n)] for n in range(10)})

    class Silent(FakeReader):
        def frames(self) -> Iterator[Captured]:
            yield from self.given
            wait(lambda: self.closed)

    found, outbox = watching(script, [], clock=lambda: now[0])
    found.open_reader = lambda: Silent([captured(n / 10) for n in range(10)])
    found.start()
    wait(lambda: found.frames == 10)
    found.look_after()
    assert outbox.finals == []
    now[0] += 5.0
    found.look_after()
    assert [one.frames for one in outbox.finals] == [10]
    found.stop()
    found.join(60)
    assert len(outbox.finals) == 1


def test_only_what_moves_is_searched_and_a_face_that_stands_still_now_and_then() -> None:
    class Gate:
        def __call__(self, frame: Frame, at_s: float) -> Sequence[Box] | None:
            return [Box(left=0, top=0, right=200, bottom=200)] if at_s < 1.0 else None

    script = Script({round(n / 10, 3): [Somebody(who=1, x=50.0)] for n in range(50)})
    frames = [captured(n / 10) for n in range(100)]
    found, outbox = watching(script, frames, gate=Gate())
    found.start()
    wait(lambda: found.ended)
    (final,) = outbox.finals
    assert (final.last_at - NOON).total_seconds() > 4.0
    assert found.frames == 100
    assert found.analysed < 25  # ten while something moves, then one or two per second, then none
    assert all(areas for areas in script.areas)
