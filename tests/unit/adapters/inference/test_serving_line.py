"""Who is let in, and who is next."""

import pytest

from tests.unit.adapters.inference.making import waiting_faces, waiting_picture
from visavis.adapters.inference.items import BatchTurn, PictureTurn, ServingLimits
from visavis.adapters.inference.line import Line
from visavis.adapters.inference.pace import MovingAverage
from visavis.domain.errors import Overloaded


class Bench:
    """A line whose clock is set by hand."""

    def __init__(self, workers: int = 1, **limits: float) -> None:
        self.now = 0.0
        given = {"max_queue": 100, "max_wait_s": 1e9, "batch_wait_s": 0.5} | limits
        self.line = Line(
            limits=ServingLimits(**given),  # type: ignore[arg-type]
            workers=workers,
            clock=lambda: self.now,
        )

    def look(self, took_s: float, faces: int) -> None:
        """A picture comes, and is looked at by a free thread."""
        self.line.enter(waiting_picture())
        turn = self.line.take()
        assert isinstance(turn, PictureTurn)
        self.now += took_s
        self.line.done(turn, faces=faces)

    def embed(self, took_s: float, faces: int) -> None:
        self.line.enter_faces([waiting_faces(faces)], accepted=True)
        turn = self.line.take()
        assert isinstance(turn, BatchTurn)
        self.now += took_s
        self.line.done(turn, faces=faces)

    def enter_picture(self) -> None:
        self.line.enter(waiting_picture(self.now))


class TestAdmission:
    def test_counts_for_each_worker(self) -> None:
        bench = Bench(workers=2, max_queue=3)
        for _ in range(6):
            bench.enter_picture()
        with pytest.raises(Overloaded):
            bench.enter_picture()
        with pytest.raises(Overloaded):
            bench.line.require_room()
        assert bench.line.load.shed == 2
        assert bench.line.load.waiting_pictures == 6

    def test_estimates_the_wait_from_what_work_took(self) -> None:
        bench = Bench(workers=2)
        bench.look(took_s=1.0, faces=2)
        bench.embed(took_s=0.4, faces=4)
        assert bench.line.load.wait_s == 0.0  # nobody is at work
        bench.enter_picture()
        bench.enter_picture()
        bench.line.take(), bench.line.take()
        bench.enter_picture()
        # half of two looks, the two faces of each, and a picture with two faces: 1.0 + 0.4 + 1.2 for two threads
        assert bench.line.load.wait_s == pytest.approx(1.3)

    def test_refuses_what_would_wait_too_long_and_says_how_long(self) -> None:
        bench = Bench(max_wait_s=2.0)
        bench.look(took_s=1.0, faces=0)
        bench.enter_picture()
        bench.line.take()
        bench.enter_picture()  # would wait 0.5
        bench.enter_picture()  # 1.5
        with pytest.raises(Overloaded) as refused:
            bench.enter_picture()
        assert refused.value.retry_after_s == pytest.approx(2.5)

    def test_believes_the_line_more_than_its_averages(self) -> None:
        bench = Bench(max_wait_s=2.0)
        bench.look(took_s=0.001, faces=0)
        bench.enter_picture()
        bench.line.take()
        bench.enter_picture()
        bench.now += 2.1
        with pytest.raises(Overloaded):
            bench.enter_picture()

    def test_a_free_worker_takes_anything(self) -> None:
        bench = Bench(max_wait_s=0.1)
        bench.look(took_s=100.0, faces=0)
        bench.enter_picture()

    def test_faces_do_not_wait_for_pictures(self) -> None:
        bench = Bench(max_queue=2, max_wait_s=5.0)
        bench.look(took_s=1.0, faces=0)
        bench.embed(took_s=0.1, faces=1)
        bench.enter_picture()
        bench.line.take()
        bench.enter_picture()
        bench.enter_picture()
        bench.line.enter_faces([waiting_faces()], accepted=False)

    def test_faces_of_accepted_pictures_are_never_refused(self) -> None:
        bench = Bench(max_queue=1, batch_faces=1)
        bench.line.enter_faces([waiting_faces()], accepted=False)
        bench.line.enter_faces([waiting_faces()], accepted=False)
        with pytest.raises(Overloaded):
            bench.line.enter_faces([waiting_faces()], accepted=False)
        bench.line.enter_faces([waiting_faces()], accepted=True)

    def test_a_failed_picture_does_not_make_the_others_look_fast(self) -> None:
        bench = Bench()
        bench.look(took_s=1.0, faces=1)
        bench.enter_picture()
        turn = bench.line.take()
        assert turn
        bench.line.done(turn, faces=None)
        assert bench.line.load.picture_s == 1.0
        assert bench.line.load.pictures == 2

    def test_one_huge_picture_does_not_close_the_door(self) -> None:
        average = MovingAverage()
        average.add(1.0)
        average.add(1_000.0)
        assert average.value == pytest.approx(1.15)


class TestOrder:
    def test_faces_of_several_requests_are_one_turn_within_the_limit(self) -> None:
        bench = Bench(batch_faces=4)
        items = [waiting_faces(2), waiting_faces(3), waiting_faces(1), waiting_faces(1), waiting_faces(1)]
        bench.line.enter_faces(items, accepted=True)
        first, second, third = bench.line.take(), bench.line.take(), bench.line.take()
        assert isinstance(first, BatchTurn)
        assert isinstance(second, BatchTurn)
        assert first.items == (items[0], items[2], items[3])
        assert second.items == (items[1], items[4])
        assert third is None

    def test_mirrored_faces_are_a_turn_of_their_own(self) -> None:
        bench = Bench(batch_faces=4)
        plain, mirrored = waiting_faces(), waiting_faces(flip=True)
        bench.line.enter_faces([plain, mirrored], accepted=True)
        first, second = bench.line.take(), bench.line.take()
        assert isinstance(first, BatchTurn)
        assert isinstance(second, BatchTurn)
        assert (first.items, second.items) == ((plain,), (mirrored,))

    def test_faces_give_way_to_pictures_for_a_while(self) -> None:
        bench = Bench(batch_faces=4)
        bench.line.enter_faces([waiting_faces()], accepted=True)
        for _ in range(3):
            bench.enter_picture()
        assert isinstance(bench.line.take(), PictureTurn)
        bench.now = 0.5
        assert isinstance(bench.line.take(), BatchTurn)

    def test_a_full_batch_goes_first(self) -> None:
        bench = Bench(batch_faces=2)
        bench.enter_picture()
        bench.line.enter_faces([waiting_faces(), waiting_faces()], accepted=True)
        assert isinstance(bench.line.take(), BatchTurn)

    def test_faces_without_pictures_do_not_wait_for_company(self) -> None:
        bench = Bench(batch_faces=64)
        bench.line.enter_faces([waiting_faces()], accepted=True)
        assert isinstance(bench.line.take(), BatchTurn)

    def test_whoever_has_gone_is_passed_over(self) -> None:
        bench = Bench()
        gone, here = waiting_picture(), waiting_picture()
        bench.line.enter(gone)
        bench.line.enter(here)
        gone.future.cancel()
        turn = bench.line.take()
        assert isinstance(turn, PictureTurn)
        assert turn.item is here
        bench.line.enter(gone_too := waiting_picture())
        bench.line.leave(gone_too.future)
        assert bench.line.load.queued == 0
