"""Tracks over gRPC."""

import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench
from visavis.domain.access import Permission
from visavis.wire.proto import visavis_pb2 as pb

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
