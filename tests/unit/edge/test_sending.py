"""In order, for as long as it takes, and nothing lost over one that is refused."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.unit.edge.fakes import NOON, Server
from visavis.domain.errors import (
    GalleryNotFound,
    NotAuthenticated,
    Overloaded,
    ServerUnreachable,
    StoreDown,
    ValueInvalid,
    VisavisError,
)
from visavis.edge.sending import Sender
from visavis.edge.spool import Spool
from visavis.wire.v1.tracks import ShotReport, TrackReport


def report(track: UUID | None = None, *, ended: bool = True) -> TrackReport:
    return TrackReport(
        track=track or uuid4(),
        camera="door-1",
        first_at=NOON,
        last_at=NOON + timedelta(seconds=1),
        frames=3,
        ended=ended,
        shots=(ShotReport(at=NOON, template="T"),),
    )


def sender(server: Server, spool: Spool) -> Sender:
    return Sender(server, spool, chance=lambda: 1.0)


def test_ended_tracks_arrive_in_order_and_leave_the_disk(spool: Spool) -> None:
    server = Server()
    sending = sender(server, spool)
    given = [report() for _ in range(20)]
    for one in given:
        sending.final("staff", one)
    assert spool.health.waiting == 20
    while sending.round() is not None:
        pass
    assert server.took == given
    assert spool.health.waiting == 0
    assert sending.health.reachable
    assert sending.health.sent == 20


def test_while_the_server_is_away_everything_waits_longer_and_longer_and_in_order(spool: Spool) -> None:
    server = Server(failures=[ServerUnreachable() for _ in range(8)])
    sending = sender(server, spool)
    given = [report(), report()]
    for one in given:
        sending.final("staff", one)
    waits = [sending.round() for _ in range(8)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert not sending.health.reachable
    assert sending.health.problem == "server_unreachable"
    assert spool.health.waiting == 2
    sending.round()
    assert server.took == given
    assert sending.health.problem == ""


def test_the_server_is_given_the_time_it_asks_for(spool: Spool) -> None:
    sending = sender(Server(failures=[Overloaded(retry_after_s=7.0)]), spool)
    sending.final("staff", report())
    assert sending.round() == 7.0


@pytest.mark.parametrize("error", [ValueInvalid(), GalleryNotFound()])
def test_a_refused_one_is_set_aside_and_the_others_arrive(spool: Spool, error: VisavisError) -> None:
    bad, good = report(), report()
    server = Server(refused={bad.track: error})
    sending = sender(server, spool)
    sending.final("staff", bad)
    sending.final("staff", good)
    assert sending.round() == 0.0
    assert server.took == [good]
    assert (spool.health.waiting, spool.health.refused) == (0, 1)


def test_a_key_that_is_not_valid_loses_nothing(spool: Spool) -> None:
    server = Server(failures=[NotAuthenticated()] * 3)
    sending = sender(server, spool)
    sending.final("staff", report())
    assert [sending.round() for _ in range(3)] == [30.0, 30.0, 30.0]
    sending.round()
    assert len(server.took) == 1
    assert spool.health.refused == 0


def test_a_report_that_the_server_fails_at_again_and_again_holds_up_nobody_for_ever(spool: Spool) -> None:
    bad, good = report(), report()
    server = Server(refused={bad.track: VisavisError()})
    sending = sender(server, spool)
    sending.final("staff", bad)
    sending.final("staff", good)
    for _ in range(6):
        sending.round()
    assert server.took == [good]
    assert spool.health.refused == 1


def test_of_a_track_that_goes_on_only_the_newest_report_is_sent_and_none_after_its_end(spool: Spool) -> None:
    server = Server()
    sending = sender(server, spool)
    track, other = uuid4(), uuid4()
    for _ in range(3):
        sending.current("staff", report(track, ended=False))
    sending.current("staff", report(other, ended=False))
    sending.round()
    assert [one.track for one in server.took] == [track, other]
    sending.current("staff", report(track, ended=False))
    sending.final("staff", report(track))
    sending.round()
    assert [one.ended for one in server.took if one.track == track] == [False, True]


def test_a_current_report_that_is_refused_costs_nothing_else(spool: Spool) -> None:
    bad, good, final = report(ended=False), report(ended=False), report()
    server = Server(refused={bad.track: ValueInvalid()})
    sending = sender(server, spool)
    sending.current("staff", bad)
    sending.current("staff", good)
    sending.final("staff", final)
    sending.round()
    assert server.took == [good, final]


def test_while_the_disk_does_not_work_tracks_are_kept_in_memory(spool: Spool) -> None:
    class Full:
        broken = True

        def put(self, gallery: str, one: TrackReport) -> None:
            if self.broken:
                raise StoreDown
            spool.put(gallery, one)

        def __getattr__(self, name: str) -> object:
            return getattr(spool, name)

    disk, server = Full(), Server()
    sending = Sender(server, disk)  # type: ignore[arg-type]
    given = [report(), report()]
    for one in given:
        sending.final("staff", one)
    assert spool.health.waiting == 0
    disk.broken = False
    sending.round()
    assert server.took == given


def test_what_is_left_is_sent_at_the_end_if_the_server_is_there(spool: Spool) -> None:
    server = Server()
    sending = sender(server, spool)
    sending.final("staff", report())
    sending.stop()
    sending.run()
    assert sending.flush(5.0)
    assert len(server.took) == 1
    away = sender(Server(failures=[ServerUnreachable()] * 99), spool)
    away.final("staff", report())
    assert not away.flush(0.2)
    assert spool.health.waiting == 1
