"""Galleries, subjects, the detection log, jobs."""

import asyncio

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench, within
from tests.unit.rpc.test_recognition import code, enrolled
from visavis.domain.access import Permission
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


async def seen(bench: Bench, sent: tuple[tuple[str, str], ...], name: str, gallery: str = GALLERY) -> None:
    picture = pb.Picture(image=photo(name, seed=9))
    origin = pb.Origin(source="gate", reference=f"of {name}")
    request = pb.IdentifyRequest(gallery=gallery, pictures=[picture], origin=origin)
    await bench.recognition.Identify(request, metadata=sent)


async def test_galleries_say_what_is_in_them(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    one = await bench.galleries.GetGallery(pb.GetGalleryRequest(name=GALLERY), metadata=sent)
    assert (one.name, one.subjects, one.references, one.pack) == (GALLERY, 2, 2, "standard")
    assert one.created_at.seconds > 0
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.galleries.GetGallery(pb.GetGalleryRequest(name="none"), metadata=sent)
    assert code(error) == ("NOT_FOUND", "gallery_not_found")


async def test_a_limited_key_sees_its_galleries_only(bench: Bench) -> None:
    await bench.gallery("other")
    sent = await bench.metadata(galleries=["other"])
    found = await bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=sent)
    assert [one.name for one in found.galleries] == ["other"]
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.galleries.ListSubjects(pb.ListSubjectsRequest(), metadata=sent)
    assert code(error) == ("PERMISSION_DENIED", "not_permitted")


async def test_subjects_come_in_pages(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob", "cyd")
    first = await bench.galleries.ListSubjects(pb.ListSubjectsRequest(limit=2), metadata=sent)
    rest = await bench.galleries.ListSubjects(
        pb.ListSubjectsRequest(gallery=GALLERY, after=first.next_after, limit=2), metadata=sent
    )
    assert [[one.name for one in page.subjects] for page in (first, rest)] == [["ann", "bob"], ["cyd"]]
    assert (rest.next_after, rest.subjects[0].references, rest.subjects[0].kind) == ("", 1, "named")


async def test_an_erased_subject_is_never_found_again(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    page = await bench.galleries.ListSubjects(pb.ListSubjectsRequest(), metadata=sent)
    request = pb.EraseSubjectRequest(subject_id=page.subjects[0].id, reason="asked for it")
    done = await bench.galleries.EraseSubject(request, metadata=sent)
    assert (done.references, done.galleries) == (1, 1)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(done.public_key))
    key.verify(bytes.fromhex(done.signature), done.receipt.encode())
    found = await bench.recognition.Identify(
        pb.IdentifyRequest(gallery=GALLERY, pictures=[pb.Picture(image=photo("ann"))]), metadata=sent
    )
    assert not found.faces[0].candidates
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.galleries.EraseSubject(request, metadata=sent)
    assert code(error) == ("NOT_FOUND", "subject_not_found")


async def test_the_log_is_followed_from_any_point_without_a_gap(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    await seen(bench, sent, "ann")
    following = bench.log.Follow(pb.FollowRequest(after=0, gallery=GALLERY), metadata=sent)
    first = await within(following.read())
    assert (first.reference, first.subject, first.outcome) == ("of ann", "ann", pb.OUTCOME_MATCH)
    await seen(bench, sent, "bob")
    second = await within(following.read())
    assert (second.reference, second.sequence > first.sequence) == ("of bob", True)
    following.cancel()
    again = bench.log.Follow(pb.FollowRequest(after=first.sequence), metadata=sent)
    assert (await within(again.read())).id == second.id
    again.cancel()


async def test_the_log_is_followed_from_now_on(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    await seen(bench, sent, "ann")
    following = bench.log.Follow(pb.FollowRequest(source="gate"), metadata=sent)
    await within(following.initial_metadata())
    await seen(bench, sent, "bob")
    assert (await within(following.read())).reference == "of bob"
    following.cancel()


async def test_a_limited_key_hears_of_its_galleries_only(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    await bench.gallery("other")
    limited = await bench.metadata(Permission.EVENTS_READ, galleries=["other"])
    await seen(bench, sent, "ann")
    await seen(bench, sent, "ann", "other")
    following = bench.log.Follow(pb.FollowRequest(after=0), metadata=limited)
    assert (await within(following.read())).gallery == "other"
    following.cancel()


async def test_following_ends_when_the_server_stops(bench: Bench) -> None:
    sent = await bench.metadata()
    following = bench.log.Follow(pb.FollowRequest(), metadata=sent)
    await within(following.initial_metadata())
    bench.service.stopping.set()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(following.read())
    assert code(error) == ("UNAVAILABLE", "draining")


async def test_captures_are_kept_for_later(bench: Bench) -> None:
    sent = await bench.metadata(Permission.JOBS_WRITE, Permission.IDENTIFY, Permission.JOBS_READ)
    captures = [
        pb.Capture(picture=pb.Picture(image=photo("ann")), origin=pb.Origin(reference="1")),
        pb.Capture(picture=pb.Picture(crop=photo("bob")), origin=pb.Origin(reference="2")),
    ]
    made = await bench.log.Submit(
        pb.SubmitRequest(gallery=GALLERY, source="gate", captures=captures), metadata=sent
    )
    assert (made.kind, made.state, made.total) == ("classify", "queued", 2)
    assert await bench.log.GetJob(pb.GetJobRequest(id=made.id), metadata=sent) == made
    items = await bench.platform.jobs.items((await bench.platform.jobs.page())[0].id)
    assert [(item.kind, item.label) for item in items] == [("photo", "1"), ("crop", "2")]
    other = await bench.metadata(Permission.JOBS_READ, galleries=["other"])
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.log.GetJob(pb.GetJobRequest(id=made.id), metadata=other)
    assert code(error) == ("NOT_FOUND", "job_not_found")


@pytest.mark.parametrize(
    "captures",
    [
        [],
        [pb.Capture(picture=pb.Picture(template="x"))],
        [pb.Capture(gallery="other", picture=pb.Picture(image=b"x"))],
        [pb.Capture(picture=pb.Picture(image=b"x"), origin=pb.Origin(source="another"))],
    ],
)
async def test_captures_that_do_not_fit_are_refused_together(
    bench: Bench, captures: list[pb.Capture]
) -> None:
    sent = await bench.metadata()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.log.Submit(
            pb.SubmitRequest(gallery=GALLERY, source="gate", captures=captures), metadata=sent
        )
    assert code(error) == ("INVALID_ARGUMENT", "value_invalid")
    assert await bench.platform.jobs.page() == []


async def test_many_follow_at_once(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    following = [bench.log.Follow(pb.FollowRequest(after=0), metadata=sent) for _ in range(20)]
    await seen(bench, sent, "ann")
    heard = await within(asyncio.gather(*(one.read() for one in following)))
    assert {one.reference for one in heard} == {"of ann"}
    for one in following:
        one.cancel()
