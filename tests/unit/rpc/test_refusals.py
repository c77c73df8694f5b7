"""Who is refused stands in the audit log, and is told nothing of the server's own troubles."""

import uuid
from typing import NoReturn

import grpc
import pytest

from tests.unit.rpc.serving import Bench, serving, within
from visavis.domain.access import Permission
from visavis.domain.errors import StoreDown
from visavis.domain.subject import DEFAULT_TENANT
from visavis.rpc.errors import refuse
from visavis.wire.grpc import Metadata
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


async def refusals(bench: Bench) -> list[dict[str, object]]:
    async with bench.service.installation.store.transaction(DEFAULT_TENANT) as work:
        entries = await work.audit.page(after=0, limit=1000)
    return [dict(one.record.details) for one in entries if one.record.action == "access.refused"]


async def test_who_may_not_call_a_method_is_noted_once(bench: Bench) -> None:
    sent = await bench.metadata(Permission.DETECT)
    for _ in range(3):
        with pytest.raises(grpc.aio.AioRpcError):
            await within(bench.galleries.ListGalleries(pb.ListGalleriesRequest(), metadata=sent))
    assert await refusals(bench) == [{"reason": "not_permitted", "needed": "galleries:read"}]


async def test_who_asks_for_a_gallery_of_others_is_noted(bench: Bench) -> None:
    sent = await bench.metadata(Permission.GALLERIES_READ, galleries=["other"])
    with pytest.raises(grpc.aio.AioRpcError):
        await within(bench.galleries.GetGallery(pb.GetGalleryRequest(name="staff"), metadata=sent))
    assert await refusals(bench) == [{"reason": "not_permitted"}]


async def test_a_busy_log_is_not_followed_with_a_revoked_key(bench: Bench) -> None:
    sent = await bench.metadata(Permission.EVENTS_READ)
    following = bench.log.Follow(pb.FollowRequest(after=0), metadata=sent)
    await within(following.initial_metadata())
    entrance, by = bench.service.entrance, bench.platform.principal
    (made,) = await entrance.doors.keys.page(by)
    await entrance.doors.keys.revoke(by, made.id)
    entrance.authenticate.forget()
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(following.read())
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_reflection_can_be_turned_off() -> None:
    async with serving(grpc_reflection=False) as bench:
        ask = bench.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await within(ask(iter([b""])).read())
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


class Heard:
    text = ""

    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Metadata = ()
    ) -> NoReturn:
        self.text = f"{code} {details} {trailing_metadata}"
        raise ConnectionAbortedError


async def test_the_servers_own_troubles_are_not_told() -> None:
    heard = Heard()
    error = StoreDown('connection to "10.1.2.3" failed for user "visavis"', hint="see /var/lib/x")
    with pytest.raises(ConnectionAbortedError):
        await refuse(heard, error, uuid.uuid4())
    assert "store_down" in heard.text
    assert "10.1.2.3" not in heard.text
    assert "/var/lib" not in heard.text
