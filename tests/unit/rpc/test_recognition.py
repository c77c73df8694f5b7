"""One answer to one request."""

from datetime import UTC, datetime

import grpc
import pytest

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench
from visavis.application.ports.events import EventFilter
from visavis.domain.access import Permission
from visavis.domain.errors import Overloaded
from visavis.domain.event import Event
from visavis.domain.subject import DEFAULT_TENANT
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


async def enrolled(bench: Bench, *people: str) -> tuple[tuple[str, str], ...]:
    sent = await bench.metadata()
    for name in people:
        await bench.recognition.Enrol(
            pb.EnrolRequest(gallery=GALLERY, subject=name, images=[photo(name, seed=1)]), metadata=sent
        )
    return sent


async def events(bench: Bench) -> list[Event]:
    async with bench.service.installation.store.transaction(DEFAULT_TENANT) as work:
        return await work.events.page(EventFilter(), after=0, limit=1000)


def code(error: pytest.ExceptionInfo[grpc.aio.AioRpcError]) -> tuple[str, str | bytes]:
    return error.value.code().name, dict(error.value.trailing_metadata())["visavis-code"]


async def test_detect_says_what_is_in_the_picture(bench: Bench) -> None:
    sent = await bench.metadata(Permission.DETECT)
    found = await bench.recognition.Detect(
        pb.DetectRequest(image=photo("ann", "bob", bad=["bob"])), metadata=sent
    )
    assert [face.accepted for face in found.faces] == [True, False]
    assert [landmark.name for landmark in found.faces[0].landmarks][:2] == ["right_eye", "left_eye"]
    assert found.faces[0].components["sharpness"] == 60.0
    assert not found.faces[0].HasField("quality")
    assert [reason.code for reason in found.faces[1].reasons] == ["too_blurred"]
    assert found.faces[1].reasons[0].advice


async def test_a_template_can_be_sent_back(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    made = await bench.recognition.Extract(
        pb.ExtractRequest(image=photo("ann", "bob", bad=["bob"])), metadata=sent
    )
    assert [face.HasField("template") for face in made.faces] == [True, False]
    probe = pb.Picture(template=made.faces[0].template)
    found = await bench.recognition.Identify(
        pb.IdentifyRequest(gallery=GALLERY, pictures=[probe]), metadata=sent
    )
    assert found.faces[0].subject == "ann"
    assert not found.faces[0].HasField("face")
    without = await bench.metadata(Permission.IDENTIFY)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Identify(
            pb.IdentifyRequest(gallery=GALLERY, pictures=[probe]), metadata=without
        )
    assert code(error) == ("PERMISSION_DENIED", "not_permitted")


async def test_verify_compares_two_sides(bench: Bench) -> None:
    sent = await bench.metadata(Permission.VERIFY)
    sides = [[pb.Picture(image=photo("ann", seed=seed))] for seed in (1, 2)]
    same = await bench.recognition.Verify(pb.VerifyRequest(reference=sides[0], probe=sides[1]), metadata=sent)
    assert same.decision.outcome == pb.OUTCOME_MATCH
    assert same.decision.threshold_fmr == pytest.approx(1e-4)
    assert same.decision.fmr < 1e-4 < same.decision.score
    other = await bench.recognition.Verify(
        pb.VerifyRequest(reference=sides[0], probe=[pb.Picture(image=photo("bob"))]), metadata=sent
    )
    assert other.decision.outcome == pb.OUTCOME_NON_MATCH
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Verify(pb.VerifyRequest(reference=sides[0]), metadata=sent)
    assert code(error) == ("INVALID_ARGUMENT", "value_invalid")


async def test_verify_a_claim_is_logged(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    taken = datetime(2026, 5, 1, 12, tzinfo=UTC)
    origin = pb.Origin(source="gate 1", reference="c-1", captured_at=taken)
    request = pb.VerifySubjectRequest(
        gallery=GALLERY, subject="ann", probe=[pb.Picture(image=photo("ann", seed=5))], origin=origin
    )
    found = await bench.recognition.VerifySubject(request, metadata=sent)
    assert found.decision.outcome == pb.OUTCOME_MATCH
    (event,) = await events(bench)
    assert (str(event.id), event.source, event.captured_at) == (found.event_id, "gate 1", taken)
    request.subject = "carl"
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.VerifySubject(request, metadata=sent)
    assert code(error) == ("NOT_FOUND", "subject_not_found")


async def test_identify_names_pictures_and_events(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    pictures = [pb.Picture(image=photo("zoe", "bob", seed=3)), pb.Picture(image=photo("ann", seed=3))]
    found = await bench.recognition.Identify(
        pb.IdentifyRequest(gallery=GALLERY, pictures=pictures, limit=1), metadata=sent
    )
    assert [(face.picture, face.subject) for face in found.faces] == [(0, ""), (0, "bob"), (1, "ann")]
    assert [len(face.candidates) for face in found.faces] == [1, 1, 1]
    assert [face.event_id for face in found.faces] == [str(event.id) for event in await events(bench)]
    assert found.faces[1].searched == 2


async def test_several_pictures_of_one_human_give_one_decision(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    pictures = [pb.Picture(image=photo("ann", seed=seed)) for seed in (7, 8, 9)]
    found = await bench.recognition.Identify(
        pb.IdentifyRequest(gallery=GALLERY, pictures=pictures, together=True), metadata=sent
    )
    assert [face.subject for face in found.faces] == ["ann"]
    one = await bench.recognition.Identify(
        pb.IdentifyRequest(gallery=GALLERY, pictures=pictures[:1]), metadata=sent
    )
    assert found.faces[0].decision.score > one.faces[0].decision.score


async def test_enrol_reports_each_photo(bench: Bench) -> None:
    sent = await bench.metadata(Permission.ENROL)
    done = await bench.recognition.Enrol(
        pb.EnrolRequest(gallery=GALLERY, subject="ann", images=[photo("ann"), photo()]), metadata=sent
    )
    assert (done.subject, done.enrolled) == ("ann", 1)
    assert [one.error.code for one in done.photos] == ["", "no_face"]
    assert done.photos[0].reference_id
    again = await bench.recognition.Enrol(
        pb.EnrolRequest(gallery=GALLERY, subject="ann", images=[photo("ann")]), metadata=sent
    )
    assert [one.error.code for one in again.photos] == ["already_enrolled"]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Enrol(
            pb.EnrolRequest(gallery=GALLERY, subject="bob", images=[photo()]), metadata=sent
        )
    assert code(error) == ("INVALID_ARGUMENT", "no_face")


async def test_overload_says_when_to_come_again(bench: Bench) -> None:
    sent = await bench.metadata(Permission.DETECT)
    bench.inference.error = Overloaded(retry_after_s=1.5)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Detect(pb.DetectRequest(image=photo("ann")), metadata=sent)
    trailing = dict(error.value.trailing_metadata())
    assert code(error) == ("UNAVAILABLE", "overloaded")
    assert (trailing["visavis-retryable"], trailing["visavis-retry-after-ms"]) == ("true", "1500")
    assert trailing["visavis-hint-bin"].decode().startswith("Try again")


async def test_a_fault_of_the_server_says_nothing_of_its_inside(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    sent = await bench.metadata(Permission.DETECT)
    bench.inference.error = ZeroDivisionError("a secret of the inside")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Detect(pb.DetectRequest(image=photo("ann")), metadata=sent)
    assert code(error) == ("INTERNAL", "visavis_error")
    assert "inside" not in (error.value.details() or "")
    assert any(record.exc_info for record in caplog.records if record.name == "visavis.rpc")


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (pb.IdentifyRequest(gallery=GALLERY), "value_invalid"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture()]), "value_invalid"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(image=b"x")], limit=101), "value_invalid"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(image=b"x")], limit=-1), "value_invalid"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(image=b"x")] * 33), "value_invalid"),
        (pb.IdentifyRequest(gallery="a\0b", pictures=[pb.Picture(image=b"x")]), "value_invalid"),
        (pb.IdentifyRequest(gallery="none", pictures=[pb.Picture(image=b"x")]), "gallery_not_found"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(template="?")]), "value_invalid"),
        (pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(crop=b"x")]), "image_unreadable"),
        (
            pb.IdentifyRequest(
                gallery=GALLERY,
                pictures=[pb.Picture(image=b"x")],
                origin=pb.Origin(captured_at={"seconds": 10**15}),
            ),
            "value_invalid",
        ),
    ],
)
async def test_what_cannot_be_used_is_refused(
    bench: Bench, request_: pb.IdentifyRequest, problem: str
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.recognition.Identify(request_, metadata=await bench.metadata())
    assert code(error)[1] == problem
