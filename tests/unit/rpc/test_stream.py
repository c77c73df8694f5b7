"""Captures go up, decisions come back."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench, soon, within
from tests.unit.rpc.test_recognition import enrolled, events
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import Rate
from visavis.rpc.stream import IN_FLIGHT
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


def capture(number: int, *people: str) -> pb.Capture:
    return pb.Capture(
        gallery=GALLERY,
        picture=pb.Picture(image=photo(*people, seed=number)),
        origin=pb.Origin(source="gate", reference=f"c-{number}"),
    )


async def each(*captures: pb.Capture) -> AsyncIterator[pb.Capture]:
    for one in captures:
        yield one


async def test_answers_come_in_order_each_with_its_reference(bench: Bench) -> None:
    sent = await enrolled(bench, "ann", "bob")
    people = ["ann", "bob", "zoe"] * 10
    captures = [capture(number, name) for number, name in enumerate(people)]
    answers = [one async for one in bench.recognition.Recognise(each(*captures), metadata=sent)]
    assert [one.reference for one in answers] == [f"c-{number}" for number in range(30)]
    assert [one.faces[0].subject for one in answers] == ["ann", "bob", ""] * 10
    assert len(await events(bench)) == 30


async def test_a_bad_capture_does_not_end_the_stream(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    bad = [
        pb.Capture(gallery="none", picture=pb.Picture(image=photo("ann")), origin=pb.Origin(reference="1")),
        pb.Capture(gallery=GALLERY, origin=pb.Origin(reference="2")),
        pb.Capture(gallery=GALLERY, picture=pb.Picture(crop=b"?"), origin=pb.Origin(reference="3")),
    ]
    stream = bench.recognition.Recognise(each(*bad, capture(4, "ann")), metadata=sent)
    answers = [one async for one in stream]
    problems = [one.error.code for one in answers]
    assert problems == ["gallery_not_found", "value_invalid", "image_unreadable", ""]
    assert [one.HasField("error") for one in answers] == [True, True, True, False]
    assert answers[0].error.hint
    assert answers[3].faces[0].subject == "ann"


async def test_a_capture_that_is_sent_twice_is_logged_once(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    for _ in range(2):
        stream = bench.recognition.Recognise(each(capture(1, "ann"), capture(2, "ann")), metadata=sent)
        answers = [one async for one in stream]
        assert [one.faces[0].subject for one in answers] == ["ann", "ann"]
    logged = await events(bench)
    assert [one.reference for one in logged] == ["c-1", "c-2"]
    assert [one.faces[0].event_id for one in answers] == [str(one.id) for one in logged]


async def test_a_stream_takes_only_so_many_captures_at_a_time(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    bench.inference.gate.clear()
    captures = [capture(number, "ann") for number in range(40)]
    stream = bench.recognition.Recognise(each(*captures), metadata=sent)
    reading = asyncio.ensure_future(read(stream))
    await soon(lambda: bench.inference.inside == IN_FLIGHT)
    await asyncio.sleep(0.1)
    assert bench.inference.inside == IN_FLIGHT
    bench.inference.gate.set()
    assert len(await within(reading)) == 40


async def test_work_of_a_caller_who_has_gone_is_dropped(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    bench.inference.gate.clear()
    stream = bench.recognition.Recognise(each(capture(1, "ann"), capture(2, "ann")), metadata=sent)
    reading = asyncio.ensure_future(read(stream))
    await soon(lambda: bench.inference.inside == 2)
    stream.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await soon(lambda: bench.inference.inside == 0)
    assert bench.inference.cancelled == 2
    assert await events(bench) == []


async def test_each_capture_counts_against_the_rate(bench: Bench) -> None:
    await enrolled(bench, "ann")
    sent = await bench.metadata(Permission.IDENTIFY, rate=Rate(per_minute=1, burst=3))
    captures = [capture(number, "ann") for number in range(4)]
    answers = [one async for one in bench.recognition.Recognise(each(*captures), metadata=sent)]
    assert [one.error.code for one in answers].count("quota_exceeded") == 2  # the call itself is one, too
    refused = next(one.error for one in answers if one.HasField("error"))
    assert refused.retryable
    assert refused.retry_after_ms > 0


async def test_a_revoked_key_ends_the_stream(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    keys = bench.service.entrance.doors.keys
    (key,) = await keys.page(local_principal("test"))
    stream = bench.recognition.Recognise(metadata=sent)
    await within(stream.write(capture(1, "ann")))
    assert (await within(stream.read())).faces[0].subject == "ann"
    await keys.revoke(local_principal("test"), key.id)
    bench.service.entrance.authenticate.forget()
    await within(stream.write(capture(2, "ann")))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(stream.read())
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_server_that_stops_answers_what_it_took(bench: Bench) -> None:
    sent = await enrolled(bench, "ann")
    bench.inference.gate.clear()
    stream = bench.recognition.Recognise(metadata=sent)
    for number in (1, 2):
        await within(stream.write(capture(number, "ann")))
    first = asyncio.ensure_future(within(stream.read()))
    await soon(lambda: bench.inference.inside == 2)
    bench.service.stopping.set()
    await asyncio.sleep(0.05)
    bench.inference.gate.set()
    assert (await first).reference == "c-1"
    assert (await within(stream.read())).reference == "c-2"
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(stream.read())
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE
    assert dict(error.value.trailing_metadata())["visavis-code"] == "draining"


async def read(stream: AsyncIterator[pb.Recognised]) -> list[pb.Recognised]:
    return [one async for one in stream]
