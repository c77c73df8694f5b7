"""Tracks over gRPC."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench, within
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import Rate
from visavis.domain.decision import Outcome
from visavis.domain.errors import GalleryNotFound, NotAuthenticated
from visavis.edge.track_stream import StreamPlatform
from visavis.wire.edge import ServerConfig
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.tracks import MOST_CROP_BYTES, ShotReport, TrackReport

pytestmark = pytest.mark.anyio
START = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def at(seconds: float) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(START + timedelta(seconds=seconds))
    return made


async def template(bench: Bench, name: str, sent: tuple[tuple[str, str], ...]) -> str:
    made = await bench.recognition.Extract(pb.ExtractRequest(image=photo(name)), metadata=sent)
    text: str = made.faces[0].template
    return text


def report(shot: str, track: uuid.UUID, *, until: float = 4, in_view: bool = False) -> pb.TrackReport:
    return pb.TrackReport(
        gallery=GALLERY,
        track=str(track),
        camera="door-1",
        first_at=at(0),
        last_at=at(until),
        frames=9,
        in_view=in_view,
        shots=[pb.Shot(at=at(1), template=shot)],
    )


async def test_a_track_is_told_and_revised_and_followed(bench: Bench) -> None:
    sent = await bench.metadata()
    await bench.recognition.Enrol(
        pb.EnrolRequest(gallery=GALLERY, subject="ann", images=[photo("ann", seed=1)]), metadata=sent
    )
    track, shot = uuid.uuid4(), await template(bench, "ann", sent)
    first = await bench.cameras.ReportTrack(report(shot, track, in_view=True), metadata=sent)
    assert (first.outcome, first.subject, first.revised) == (pb.OUTCOME_MATCH, "ann", True)
    again = await bench.cameras.ReportTrack(report(shot, track, in_view=True), metadata=sent)
    assert (again.event_id, again.revised) == (first.event_id, False)
    last = await bench.cameras.ReportTrack(report(shot, track, until=9), metadata=sent)
    assert last.revised
    followed = bench.log.Follow(pb.FollowRequest(after=0), metadata=sent)
    line = await followed.read()
    assert (line.id, line.revision, line.track, line.frames) == (first.event_id, 1, str(track), 9)
    assert line.seen_until.ToDatetime(tzinfo=UTC) == START + timedelta(seconds=9)
    followed.cancel()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shots": []}, "shots"),
        ({"track": "x"}, "UUID"),
        ({"camera": "no name"}, "camera"),
        ({"first_at": None}, "first_at"),
        ({"frames": 0}, "frame"),
        ({"decided": pb.DeviceDecision(outcome=pb.OUTCOME_MATCH)}, "whom"),
        ({"decided": pb.DeviceDecision(outcome=pb.OUTCOME_NON_MATCH, fpir=float("nan"))}, "Rates"),
    ],
)
async def test_a_report_that_says_nothing_is_refused(
    bench: Bench, change: dict[str, object], said: str
) -> None:
    sent = await bench.metadata(Permission.TRACKS_REPORT, Permission.TEMPLATES)
    good = report(await template(bench, "ann", sent), uuid.uuid4())
    for name, value in change.items():
        good.ClearField(name)  # type: ignore[arg-type]
        if name == "decided":
            good.decided.CopyFrom(value)  # type: ignore[arg-type]
        elif value:
            setattr(good, name, value)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bench.cameras.ReportTrack(good, metadata=sent)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert said in (refused.value.details() or "")


async def test_telling_needs_its_permission(bench: Bench) -> None:
    sent = await bench.metadata(Permission.IDENTIFY)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bench.cameras.ReportTrack(pb.TrackReport(), metadata=sent)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def each(*reports: pb.TrackReport) -> AsyncIterator[pb.TrackReport]:
    for one in reports:
        yield one


async def test_a_stream_answers_every_report_in_order_and_keeps_each_track_once(bench: Bench) -> None:
    sent = await bench.metadata()
    await bench.recognition.Enrol(
        pb.EnrolRequest(gallery=GALLERY, subject="ann", images=[photo("ann", seed=1)]), metadata=sent
    )
    shot = await template(bench, "ann", sent)
    tracks = [uuid.uuid4() for _ in range(5)]
    wrong = pb.TrackReport(gallery=GALLERY, track=str(uuid.uuid4()))
    elsewhere = report(shot, uuid.uuid4())
    elsewhere.gallery = "nowhere"
    large = report(shot, uuid.uuid4())
    large.shots[0].crop = bytes(MOST_CROP_BYTES + 1)
    reports = [*(report(shot, one) for one in tracks), wrong, elsewhere, large, report(shot, tracks[0])]
    answers = [one async for one in bench.cameras.ReportTracks(each(*reports), metadata=sent)]
    assert [one.track for one in answers] == [one.track for one in reports]
    codes = [one.error.code for one in answers]
    assert codes == [*[""] * 5, "value_invalid", "gallery_not_found", "value_invalid", ""]
    assert [one.recorded.revised for one in answers if one.HasField("recorded")] == [True] * 5 + [False]
    assert {one.recorded.subject for one in answers if one.HasField("recorded")} == {"ann"}
    assert len({one.recorded.event_id for one in answers[:5]}) == 5
    assert answers[8].recorded.event_id == answers[0].recorded.event_id


async def test_each_report_of_a_stream_counts_against_the_rate(bench: Bench) -> None:
    shot = await template(bench, "ann", await bench.metadata())
    sent = await bench.metadata(Permission.TRACKS_REPORT, rate=Rate(per_minute=1, burst=3))
    reports = [report(shot, uuid.uuid4()) for _ in range(4)]
    answers = [one async for one in bench.cameras.ReportTracks(each(*reports), metadata=sent)]
    assert [one.error.code for one in answers].count("quota_exceeded") == 2  # the call itself is one, too


async def test_a_revoked_key_ends_the_stream_of_tracks(bench: Bench) -> None:
    sent = await bench.metadata()
    shot = await template(bench, "ann", sent)
    keys = bench.service.entrance.doors.keys
    (key,) = await keys.page(local_principal("test"))
    stream = bench.cameras.ReportTracks(metadata=sent)
    await within(stream.write(report(shot, uuid.uuid4())))
    assert (await within(stream.read())).HasField("recorded")
    await keys.revoke(local_principal("test"), key.id)
    bench.service.entrance.authenticate.forget()
    await within(stream.write(report(shot, uuid.uuid4())))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(stream.read())
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_server_that_stops_answers_what_it_took_and_ends_the_stream(bench: Bench) -> None:
    sent = await bench.metadata()
    shot = await template(bench, "ann", sent)
    stream = bench.cameras.ReportTracks(metadata=sent)
    await within(stream.write(report(shot, uuid.uuid4())))
    assert (await within(stream.read())).HasField("recorded")
    bench.service.stopping.set()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(stream.read())
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert dict(error.value.trailing_metadata() or ())["visavis-code"] == "draining"


async def test_a_stream_needs_the_permission(bench: Bench) -> None:
    sent = await bench.metadata(Permission.IDENTIFY)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(bench.cameras.ReportTracks(each(), metadata=sent).read())
    assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_an_agent_speaks_to_this_server(bench: Bench) -> None:
    sent = await bench.metadata()
    shot = await template(bench, "ann", sent)
    key = dict(sent)["authorization"].removeprefix("Bearer ")
    server = ServerConfig(url="http://127.0.0.1:1", grpc_url=f"http://127.0.0.1:{bench.port}")
    platform = StreamPlatform(server, key)
    told = TrackReport(
        track=uuid.uuid4(),
        camera="door-1",
        first_at=START,
        last_at=START,
        frames=3,
        shots=(ShotReport(at=START, template=shot),),
    )
    try:
        first, again = [await asyncio.to_thread(platform.report, GALLERY, told) for _ in range(2)]
        with pytest.raises(GalleryNotFound):
            await asyncio.to_thread(platform.report, "nowhere", told)
        stranger = StreamPlatform(server, "vv_" + "x" * 43)
        with pytest.raises(NotAuthenticated):
            await asyncio.to_thread(stranger.report, GALLERY, told)
        await asyncio.to_thread(stranger.close)
    finally:
        await asyncio.to_thread(platform.close)
    assert (first.track, first.outcome, first.revised) == (str(told.track), Outcome.NON_MATCH, True)
    assert (again.event_id, again.revised) == (first.event_id, False)
