"""The example of a gateway: nothing is lost and nothing is logged twice, whatever happens to the connection."""

import asyncio
import contextlib
from collections import Counter
from io import BytesIO

import grpc
import pytest
from PIL import Image

from examples.gateway import Gateway
from tests.unit.rpc.serving import GALLERY, Bench, within
from tests.unit.rpc.test_recognition import events
from visavis.domain.access import Permission
from visavis.domain.account import Rate
from visavis.rpc.server import start
from visavis.wire.proto import visavis_pb2 as pb

pytestmark = pytest.mark.anyio


def dark_crop() -> bytes:
    """An aligned face that is refused and logged as such: no model is needed."""
    out = BytesIO()
    Image.new("RGB", (112, 112)).save(out, "PNG")
    return out.getvalue()


def capture(number: int, gallery: str = GALLERY) -> pb.Capture:
    origin = pb.Origin(source="gate", reference=f"c-{number}")
    return pb.Capture(gallery=gallery, picture=pb.Picture(crop=dark_crop()), origin=origin)


async def test_everything_is_logged_once_although_the_server_restarts(bench: Bench) -> None:
    key = await bench.key(Permission.IDENTIFY)
    settings = bench.platform.settings.model_copy(
        update={"server": bench.platform.settings.server.model_copy(update={"drain_s": 0})}
    )
    answers: Counter[str] = Counter()
    restart = asyncio.Event()

    def told(answer: pb.Recognised) -> None:
        answers[answer.reference] += 1
        if sum(answers.values()) % 40 == 0:
            restart.set()

    async with contextlib.AsyncExitStack() as last:
        stack = await last.enter_async_context(contextlib.AsyncExitStack())
        port = (await stack.enter_async_context(start(bench.service, settings, port=0))).port
        channel = await last.enter_async_context(
            grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.max_reconnect_backoff_ms", 100)])
        )
        gateway = Gateway(channel=channel, key=key, told=told, most=20, longest_backoff_s=0.1)
        running = asyncio.ensure_future(gateway.run())

        async def feed() -> None:
            for number in range(200):
                await gateway.add(capture(number))
            gateway.finish()

        feeding = asyncio.ensure_future(feed())
        for _ in range(3):
            await within(restart.wait())
            restart.clear()
            await stack.aclose()
            stack = await last.enter_async_context(contextlib.AsyncExitStack())
            await stack.enter_async_context(start(bench.service, settings, port=port))
        await within(asyncio.gather(running, feeding))
    assert gateway.reconnected >= 3
    assert gateway.sent > 200
    assert answers == Counter({f"c-{number}": 1 for number in range(200)})
    logged = Counter(event.reference for event in await events(bench))
    assert logged == answers


async def test_what_may_work_later_is_sent_again(bench: Bench) -> None:
    key = await bench.key(Permission.IDENTIFY, rate=Rate(per_minute=600, burst=3))
    answers: list[pb.Recognised] = []
    gateway = Gateway(channel=bench.channel, key=key, told=answers.append)
    for number in range(8):
        assert gateway.try_add(capture(number))
    gateway.finish()
    await within(gateway.run())
    assert not any(answer.HasField("error") for answer in answers)
    assert gateway.sent > 8
    assert len(await events(bench)) == 8


async def test_what_never_works_is_told(bench: Bench) -> None:
    key = await bench.key(Permission.IDENTIFY)
    answers: list[pb.Recognised] = []
    gateway = Gateway(channel=bench.channel, key=key, told=answers.append)
    await gateway.add(capture(1, gallery="none"))
    gateway.finish()
    await within(gateway.run())
    assert [answer.error.code for answer in answers] == ["gallery_not_found"]


async def test_a_wrong_key_ends_the_gateway(bench: Bench) -> None:
    gateway = Gateway(channel=bench.channel, key="vv_wrong", told=lambda _: None)
    await gateway.add(capture(1))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await within(gateway.run())
    assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_what_waits_is_bounded(bench: Bench) -> None:
    gateway = Gateway(channel=bench.channel, key="", told=lambda _: None, most=2)
    assert [gateway.try_add(capture(number)) for number in range(3)] == [True, True, False]
    adding = asyncio.ensure_future(gateway.add(capture(3)))
    await asyncio.sleep(0.02)
    assert not adding.done()
    adding.cancel()
