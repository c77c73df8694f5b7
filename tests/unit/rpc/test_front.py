"""Who is let in, to what, and how a call is described to the outside."""

import asyncio
import logging
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.rekognition.photos import photo
from tests.unit.rpc.serving import GALLERY, Bench, serving, soon, within
from visavis.domain.access import Permission
from visavis.domain.account import Rate
from visavis.domain.errors import SettingsInvalid
from visavis.rpc.routes import ROUTES, SERVICES, Route
from visavis.rpc.server import start
from visavis.settings import ServerSettings, load_settings
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


def test_every_method_of_the_contract_is_answered() -> None:
    described = {
        f"/{service.full_name}/{method.name}"
        for service in pb.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }
    assert set(ROUTES) == described
    assert all(route.permissions for route in ROUTES.values())


async def ask(
    bench: Bench, route: Route, metadata: tuple[tuple[str, str], ...], request: Message | None = None
) -> str:
    """Calls with this or an empty request; the code of the error, or OK."""
    sent = request or GetMessageClass(route.method.input_type)()
    if route.method.server_streaming:
        return await ask_stream(bench, route, metadata, sent)
    try:
        await bench.channel.unary_unary(route.path, _bytes)(sent, metadata=metadata, timeout=20)
    except grpc.aio.AioRpcError as error:
        return str(dict(error.trailing_metadata()).get("visavis-code"))
    return "OK"


async def ask_stream(bench: Bench, route: Route, metadata: tuple[tuple[str, str], ...], sent: Message) -> str:
    """Streams are endless for those who are let in, so a short while without an error is enough."""
    if route.method.client_streaming:
        call = bench.channel.stream_stream(route.path, _bytes)(_nothing(), metadata=metadata)
    else:
        call = bench.channel.unary_stream(route.path, _bytes)(sent, metadata=metadata)
    try:
        async with asyncio.timeout(0.3):
            await call.read()
    except TimeoutError:
        call.cancel()
    except grpc.aio.AioRpcError as error:
        return str(dict(error.trailing_metadata()).get("visavis-code"))
    return "OK"


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()


async def _nothing() -> AsyncIterator[Message]:
    await asyncio.sleep(60)
    yield pb.Capture()


@pytest.mark.parametrize("path", sorted(ROUTES))
async def test_each_method_with_and_without_each_permission(bench: Bench, path: str) -> None:
    route = ROUTES[path]
    assert await ask(bench, route, ()) == "not_authenticated"
    assert await ask(bench, route, (("authorization", "Bearer vv_unknown_key"),)) == "not_authenticated"
    for missing in route.permissions:
        others = [one for one in Permission if one is not missing]
        assert await ask(bench, route, await bench.metadata(*others)) == "not_permitted"
    let_in = await ask(bench, route, await bench.metadata(*route.permissions))
    assert let_in not in ("not_authenticated", "not_permitted", "visavis_error", "None")


_PICTURE = pb.Picture(image=photo("ann"))


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("Recognition/VerifySubject", pb.VerifySubjectRequest(subject="ann", probe=[_PICTURE])),
        ("Recognition/Identify", pb.IdentifyRequest(pictures=[_PICTURE])),
        ("Recognition/Enrol", pb.EnrolRequest(subject="bob", images=[photo("bob")])),
        ("Galleries/GetGallery", pb.GetGalleryRequest()),
        ("Galleries/ListSubjects", pb.ListSubjectsRequest()),
        ("Log/Submit", pb.SubmitRequest(captures=[pb.Capture(picture=_PICTURE)])),
        ("Log/Follow", pb.FollowRequest()),
    ],
)
async def test_a_key_of_another_gallery_gets_nothing_of_this_one(
    bench: Bench, method: str, request_: Message
) -> None:
    await bench.gallery("other")
    sent = await bench.metadata(galleries=["other"])
    named = type(request_)()
    named.CopyFrom(request_)
    setattr(named, "name" if isinstance(named, pb.GetGalleryRequest) else "gallery", GALLERY)
    route = ROUTES[f"/visavis.v1.{method}"]
    assert await ask(bench, route, sent, named) == "not_permitted"


async def test_a_key_is_sent_in_either_header(bench: Bench) -> None:
    key = await bench.key(Permission.GALLERIES_READ)
    for sent in ((("authorization", f"bearer {key}"),), (("x-api-key", key),)):
        found = await bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=sent)
        assert [one.name for one in found.galleries] == [GALLERY]


async def test_a_stranger_is_refused_before_the_request_is_read(bench: Bench) -> None:
    large = pb.DetectRequest(image=b"x" * (bench.platform.settings.server.max_body_bytes - 1024))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(bench.recognition.Detect(large))
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "vv_" in dict(error.value.trailing_metadata())["visavis-hint-bin"].decode()


async def test_requests_are_limited_in_size() -> None:
    async with serving(max_body_bytes=4096) as bench:
        sent = await bench.metadata(Permission.DETECT)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await within(bench.recognition.Detect(pb.DetectRequest(image=b"x" * 5000), metadata=sent))
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_rate_limit_says_when_to_come_again(bench: Bench) -> None:
    sent = await bench.metadata(Permission.GALLERIES_READ, rate=Rate(per_minute=1, burst=1))
    await bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=sent)
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=sent)
    trailing = dict(error.value.trailing_metadata())
    assert (error.value.code().name, trailing["visavis-code"]) == ("RESOURCE_EXHAUSTED", "quota_exceeded")
    assert int(trailing["visavis-retry-after-ms"]) > 0


async def test_a_request_has_an_identifier_and_a_line_in_the_log(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "visavis.rpc")
    own = str(uuid4())
    sent = await bench.metadata(Permission.GALLERIES_READ)
    for given, expected in (
        ((("x-request-id", own),), own),
        ((("x-request-id", "not a uuid"),), None),
        ((), None),
    ):
        call = bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=(*sent, *given))
        await call
        answered = dict(await call.trailing_metadata())["x-request-id"]
        assert UUID(answered)
        assert expected is None or answered == expected
    lines = [record for record in caplog.records if record.getMessage() == "call"]
    assert [line.status for line in lines] == ["OK"] * 3
    assert lines[0].request == own
    assert lines[0].method == "/visavis.v1.Galleries/ListGalleries"


async def test_health_follows_readiness(bench: Bench) -> None:
    settings = bench.platform.settings
    async with (
        start(bench.service, settings, port=0, look_s=0.02) as listening,
        grpc.aio.insecure_channel(f"127.0.0.1:{listening.port}") as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        kind = health_pb2.HealthCheckResponse
        watching = health.Watch(health_pb2.HealthCheckRequest(service=SERVICES[0]))
        assert (await within(watching.read())).status == kind.SERVING
        bench.problems["store"] = "It does not answer."
        assert (await within(watching.read())).status == kind.NOT_SERVING
        whole = await health.Check(health_pb2.HealthCheckRequest())
        assert whole.status == kind.NOT_SERVING
        bench.problems.clear()
        assert (await within(watching.read())).status == kind.SERVING
        bench.service.stopping.set()
        assert (await within(watching.read())).status == kind.NOT_SERVING
        watching.cancel()


async def test_reflection_describes_the_services(bench: Bench) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(bench.channel)
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    async for answer in stub.ServerReflectionInfo(iter([asked])):
        listed = {one.name for one in answer.list_services_response.service}
    assert {*SERVICES, "grpc.health.v1.Health"} <= listed
    asked = reflection_pb2.ServerReflectionRequest(file_containing_symbol="visavis.v1.Recognition")
    async for answer in stub.ServerReflectionInfo(iter([asked])):
        assert answer.file_descriptor_response.file_descriptor_proto


async def test_what_is_not_ours_is_not_implemented(bench: Bench) -> None:
    ask = bench.channel.unary_unary("/visavis.v1.Recognition/Guess")
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await ask(b"")
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_server_that_stops_finishes_what_it_took(bench: Bench) -> None:
    sent = await bench.metadata()
    bench.inference.gate.clear()
    asked = asyncio.ensure_future(_detect(bench, sent))
    await soon(lambda: bench.inference.inside == 1)
    bench.service.stopping.set()
    await asyncio.sleep(0.05)
    bench.inference.gate.set()
    assert len((await within(asked)).faces) == 1
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(_detect(bench, sent))
    assert error.value.code() is grpc.StatusCode.UNAVAILABLE


async def _detect(bench: Bench, sent: tuple[tuple[str, str], ...]) -> pb.DetectResponse:
    answer: pb.DetectResponse = await bench.recognition.Detect(
        pb.DetectRequest(image=photo("ann")), metadata=sent
    )
    return answer


async def test_a_port_that_is_taken_is_a_wrong_setting(bench: Bench) -> None:
    settings = load_settings(server=ServerSettings(grpc_port=bench.port))
    with pytest.raises(SettingsInvalid, match="cannot listen"):
        async with start(bench.service, settings):
            pass


async def test_several_processes_share_a_port(bench: Bench) -> None:
    settings = load_settings(server=ServerSettings(processes=2))
    async with (
        start(bench.service, settings, port=0) as one,
        start(bench.service, settings, port=one.port) as other,
    ):
        assert one.port == other.port
