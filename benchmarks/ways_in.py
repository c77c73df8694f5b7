"""Identify over gRPC, over REST and in this process, in turns, against one running installation.

    VISAVIS_KEY=vv_… python benchmarks/ways_in.py GALLERY PHOTO

The settings are those of the installation (`visavis up` must be running); the key needs the permission identify.
Everything is decided and logged in all three. Ratios are of medians within this run: other work on the machine
meets all three alike.
"""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc
import httpx

from visavis.bootstrap.library import Engine
from visavis.bootstrap.local import open_platform
from visavis.bootstrap.platform import Platform
from visavis.engine.assess import PROBE_GATE
from visavis.settings import Settings, load_settings
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.proto import visavis_pb2_grpc as rpc

Way = Callable[[], Awaitable[object]]


def ways(
    kind: str,
    content: bytes,
    gallery: str,
    platform: Platform,
    http: httpx.AsyncClient,
    stub: rpc.RecognitionStub,
) -> dict[str, Way]:
    key = os.environ["VISAVIS_KEY"]
    request = pb.IdentifyRequest(gallery=gallery, pictures=[pb.Picture(**{kind: content})])

    async def here() -> object:
        work = await platform.opened(gallery)
        if kind == "crop":
            sample = await work.crops.sample(content, gate=PROBE_GATE)
            found = await work.identify.found(work.gallery, [sample])
        else:
            found = await work.identify(work.gallery, content)
        return await platform.record.identified(work.gallery, found)

    async def rest() -> object:
        answer = await http.post(f"/v1/galleries/{gallery}/identify", files={kind: content})
        answer.raise_for_status()
        return answer.json()

    async def over_grpc() -> object:
        return await stub.Identify(request, metadata=(("authorization", f"Bearer {key}"),))

    return {"in process": here, "REST": rest, "gRPC": over_grpc}


async def timed(way: Way) -> float:
    began = time.perf_counter()
    await way()
    return time.perf_counter() - began


async def measure(kind: str, found: dict[str, Way], rounds: int) -> None:
    for way in found.values():
        for _ in range(5):
            await way()
    taken: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        for name, way in found.items():
            taken[name].append(await timed(way))
    base = statistics.median(taken["in process"])
    for name, values in taken.items():
        median = statistics.median(values)
        print(f"{kind:6} {name:11} median {median * 1000:7.1f} ms   {median / base:5.2f} × in process")


async def run(settings: Settings, gallery: str, content: bytes, rounds: int) -> None:
    (crop, *_) = Engine(settings=settings).crops(content)
    headers = {"Authorization": f"Bearer {os.environ['VISAVIS_KEY']}"}
    target = f"127.0.0.1:{settings.server.grpc_port}"
    async with (
        open_platform(settings) as platform,
        httpx.AsyncClient(base_url=settings.server.url, headers=headers, timeout=60) as http,
        grpc.aio.insecure_channel(target) as channel,
    ):
        stub = rpc.RecognitionStub(channel)
        for kind, sent in (("image", content), ("crop", crop)):
            await measure(kind, ways(kind, sent, gallery, platform, http, stub), rounds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("gallery")
    parser.add_argument("photo", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    asyncio.run(run(load_settings(), given.gallery, given.photo.read_bytes(), given.rounds))


if __name__ == "__main__":
    main()
