"""The three ways to the server mean the same: what every one of them promises the spool."""

import base64
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.unit.edge.fakes import NOON
from tests.unit.edge.ways import KEY, Keeper, reached, served
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    DependencyMissing,
    FileUnreadable,
    GalleryNotFound,
    NotAuthenticated,
    Overloaded,
    ServerUnreachable,
    StoreDown,
    ValueInvalid,
)
from visavis.edge.config import parsed
from visavis.edge.platform import client_of, platform_of
from visavis.edge.sending import Platform, Sender
from visavis.edge.spool import Spool
from visavis.edge.track_stream import StreamPlatform, channel_of
from visavis.wire.edge import ServerConfig, Transport
from visavis.wire.v1.track_form import joined, parted
from visavis.wire.v1.tracks import MOST_CROP_BYTES, DeviceDecision, ShotReport, TrackReport

CROP = bytes(range(256)) * 30


def report(track: UUID | None = None, *, crops: int = 3, **more: object) -> TrackReport:
    shots = [
        ShotReport(at=NOON + timedelta(milliseconds=number), crop=base64.b64encode(CROP[number:]).decode())
        for number in range(crops)
    ]
    given = {
        "track": track or uuid4(),
        "camera": "door-1",
        "first_at": NOON,
        "last_at": NOON + timedelta(seconds=1),
        "frames": 3,
        "shots": tuple(shots),
        **more,
    }
    return TrackReport.model_validate(given)


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture(params=list(Transport))
def platform(request: pytest.FixtureRequest, keeper: Keeper) -> Iterator[Platform]:
    with reached(keeper, request.param) as one:
        yield one


def queued(sender: Sender, count: int) -> list[TrackReport]:
    given = [report() for _ in range(count)]
    for one in given:
        sender.final("staff", one)
    return given


def drained(sender: Sender, rounds: int = 60) -> None:
    for _ in range(rounds):
        if sender.round() is None:
            return
    raise AssertionError("something is still waiting")


def test_a_report_arrives_as_it_was_and_so_does_the_answer(platform: Platform, keeper: Keeper) -> None:
    decided = DeviceDecision(
        outcome=Outcome.INCONCLUSIVE, score=0.5, fmr=2**-10, threshold=0.625, searched=250
    )
    mixed = (*report().shots, ShotReport(at=NOON, template="T" * 100))
    given = [report(), report(ended=False, decided=decided), report(shots=mixed), report(shots=mixed[3:])]
    answers = [platform.report("staff", one) for one in given]
    assert [keeper.kept[one.track] for one in given] == [("staff", one) for one in given]
    assert keeper.keys == {KEY}
    told = answers[0]
    assert (told.track, told.outcome, told.subject, told.revised) == (
        str(given[0].track),
        Outcome.MATCH,
        "Ada",
        True,
    )
    assert (told.score, told.fmr, told.fpir, told.reasons) == (0.625, 1e-6, None, ("device_missed",))
    assert not platform.report("staff", given[0]).revised


@pytest.mark.parametrize("error", [GalleryNotFound, ValueInvalid, Overloaded, StoreDown, NotAuthenticated])
def test_what_the_server_refuses_is_the_same_error_and_the_next_report_arrives(
    platform: Platform, keeper: Keeper, error: type[Exception]
) -> None:
    keeper.failing = [error()]  # type: ignore[list-item]
    with pytest.raises(error):
        platform.report("staff", report())
    assert keeper.kept == {}
    platform.report("staff", report())
    assert len(keeper.kept) == 1


def test_a_report_whose_answer_was_lost_stays_in_the_spool_and_is_one_line_all_the_same(
    platform: Platform, keeper: Keeper, spool: Spool
) -> None:
    sender = Sender(platform, spool, chance=lambda: 0.0)
    given = queued(sender, 12)
    keeper.mute = 2
    assert sender.round() not in (None, 0.0)
    assert spool.health.waiting == len(given), "nobody acknowledged the first"
    assert list(keeper.kept) == [given[0].track]
    drained(sender)
    assert keeper.order == [one.track for one in given]
    assert spool.health.waiting == 0


def test_one_that_is_refused_for_ever_is_set_aside_and_holds_nobody_up(
    platform: Platform, keeper: Keeper, spool: Spool
) -> None:
    sender = Sender(platform, spool, chance=lambda: 0.0)
    given = queued(sender, 3)
    keeper.failing = [ValueInvalid()]
    drained(sender)
    assert keeper.order == [one.track for one in given[1:]]
    assert (spool.health.waiting, spool.health.refused) == (0, 1)


def test_a_report_without_pictures_arrives(platform: Platform, keeper: Keeper) -> None:
    platform.report("staff", report(shots=(ShotReport(at=NOON, template="T"),)))
    ((_, kept),) = keeper.kept.values()
    assert kept.shots[0].template == "T"


def test_pictures_as_they_are_cost_less_than_base64() -> None:
    sizes = {}
    for way in Transport:
        keeper = Keeper()
        with reached(keeper, way) as platform:
            platform.report("staff", report(crops=5))
        sizes[way] = keeper.bytes_received
    crops = sum(len(CROP) - number for number in range(5))
    assert sizes[Transport.JSON] > 4 / 3 * crops
    assert sizes[Transport.FORM] < 1.1 * crops
    assert sizes[Transport.GRPC] < 1.02 * crops


def test_one_stream_carries_all_reports(keeper: Keeper) -> None:
    with reached(keeper, Transport.GRPC) as platform:
        for _ in range(20):
            platform.report("staff", report())
    assert (keeper.connections, len(keeper.kept)) == (1, 20)


def test_a_server_that_comes_back_is_found_again(keeper: Keeper) -> None:
    with served(keeper) as port:
        platform = StreamPlatform(
            ServerConfig(url="http://faces.test", grpc_url=f"http://127.0.0.1:{port}"), KEY, 5.0
        )
        platform.report("staff", report())
    with pytest.raises(ServerUnreachable):
        platform.report("staff", report())
    with served(keeper, port):
        until_it_works(platform)
    platform.close()
    assert keeper.connections == 2


def until_it_works(platform: Platform, tries: int = 200) -> None:
    again = report()
    for _ in range(tries):
        try:
            platform.report("staff", again)
        except ServerUnreachable:
            threading.Event().wait(0.1)
        else:
            return
    raise AssertionError("the server was not found again")


def test_nobody_there_is_an_error_of_the_way() -> None:
    with served(Keeper()) as port:
        pass
    platform = StreamPlatform(
        ServerConfig(url="http://faces.test", grpc_url=f"http://127.0.0.1:{port}"), KEY, 5.0
    )
    with pytest.raises(ServerUnreachable):
        platform.report("staff", report())
    platform.close()


def test_a_server_that_says_nothing_is_not_waited_for_for_ever(keeper: Keeper) -> None:
    class Silent(Keeper):
        def take(self, gallery: str, report: TrackReport) -> object:  # type: ignore[override]
            released.wait(30)
            return super().take(gallery, report)

    released = threading.Event()
    with served(Silent()) as port:
        platform = StreamPlatform(
            ServerConfig(url="http://faces.test", grpc_url=f"http://127.0.0.1:{port}"), KEY, 0.2
        )
        try:
            with pytest.raises(ServerUnreachable, match="did not answer"):
                platform.report("staff", report())
        finally:
            released.set()
            platform.close()


def test_without_grpcio_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    server = ServerConfig(url="http://faces.test", transport=Transport.GRPC)
    with (
        client_of(server, KEY) as client,
        pytest.raises(DependencyMissing, match="grpcio") as raised,
        platform_of(server, KEY, client),
    ):
        pass
    assert "visavis[edge-grpc]" in raised.value.advice


def test_the_configuration_names_the_way() -> None:
    config = parsed('[server]\nurl = "https://faces.test"\ntransport = "form"\n', as_json=False)
    assert config.server.transport is Transport.FORM
    assert parsed('[server]\nurl = "https://faces.test"\n', as_json=False).server.transport is Transport.JSON


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"ca\.pem"):
        channel_of(ServerConfig(url="https://faces.test", ca=str(tmp_path / "ca.pem")))


def test_a_form_is_what_it_says() -> None:
    given = report(crops=2)
    told, pictures = parted(given)
    assert [shot.crop for shot in told.shots] == ["cid:crop-0", "cid:crop-1"]
    assert list(pictures.values()) == [CROP, CROP[1:]]
    assert joined(told, pictures) == given
    for wrong in (
        {"crop-0": CROP},
        {**pictures, "crop-9": CROP},
        {**pictures, "crop-1": b"x" * (MOST_CROP_BYTES + 1)},
    ):
        with pytest.raises(ValueInvalid):
            joined(told, wrong)
    with pytest.raises(ValueInvalid):
        parted(report(shots=(ShotReport(at=NOON, crop="no base64!"),)))
