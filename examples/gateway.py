"""A gateway: cuts faces out of the pictures of a folder and streams them to a Visavis server over gRPC.

    export VISAVIS_KEY=vv_…                       # an API key with the permission identify
    python examples/gateway.py http://127.0.0.1:8421 staff pictures/ --source "gate 1"

Each face is one capture. It has a reference made of its content, and is kept until the server has answered it. When
the connection is lost, the gateway comes back and sends everything again that was not answered; the server knows the
references of what it has logged already, so that every capture is in the detection log exactly once.

Needs `pip install 'visavis[server]'`. Every answer is a line of JSON on standard output.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import grpc
from google.protobuf.json_format import MessageToDict

import visavis
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.proto import visavis_pb2_grpc as rpc

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
HOPELESS = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED}
KEEPALIVE = [
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
]


@dataclass
class Gateway:
    """Sends captures and keeps each until it is answered.

    `most` bounds what waits here; whoever adds more has to wait, or to drop pictures and count them.
    """

    channel: grpc.aio.Channel
    key: str
    told: Callable[[pb.Recognised], None]
    most: int = 64
    longest_backoff_s: float = 30.0
    answered: int = 0
    sent: int = 0
    reconnected: int = 0
    _outbox: dict[str, pb.Capture] = field(default_factory=dict)
    _under_way: set[str] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _finished: bool = False

    async def add(self, capture: pb.Capture) -> None:
        """Waits while too much waits already."""
        while len(self._outbox) >= self.most:
            await self._change()
        self._outbox[capture.origin.reference] = capture
        self._changed.set()

    def try_add(self, capture: pb.Capture) -> bool:
        """For a camera, which cannot wait: whether there was room. Count what you drop."""
        if len(self._outbox) >= self.most:
            return False
        self._outbox[capture.origin.reference] = capture
        self._changed.set()
        return True

    def finish(self) -> None:
        """There will be no more captures."""
        self._finished = True
        self._changed.set()

    async def run(self) -> None:
        """Until everything is answered. Raises `grpc.RpcError` when the server will never take it."""
        failures = 0
        while not self._done:
            before = self.answered
            try:
                await self._connection()
            except grpc.aio.AioRpcError as error:
                if error.code() in HOPELESS:
                    raise
            failures = 0 if self.answered > before else failures + 1
            if not self._done:
                self.reconnected += 1
                longest = min(self.longest_backoff_s, 0.1 * 2**failures)
                await asyncio.sleep(
                    random.uniform(longest / 2, longest)
                )  # not all gateways at the same moment

    async def _connection(self) -> None:
        """One stream: everything that is not answered, in order, and what comes."""
        self._under_way = set()
        stream = rpc.RecognitionStub(self.channel).Recognise(  # type: ignore[no-untyped-call]  # generated
            metadata=(("authorization", f"Bearer {self.key}"),)
        )
        sending = asyncio.create_task(self._send(stream, self._under_way))
        try:
            async for answer in stream:
                self._take(answer)
        finally:
            stream.cancel()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)  # that it broke off is what the stream says

    async def _send(
        self, stream: "grpc.aio.StreamStreamCall[pb.Capture, pb.Recognised]", under_way: set[str]
    ) -> None:
        """`under_way` is what this very stream has sent, so that one that lingers takes nothing from the next."""
        while not self._done:
            waiting = next((name for name in self._outbox if name not in under_way), None)
            if waiting is None:
                await self._change()
                continue
            under_way.add(waiting)
            self.sent += 1
            await stream.write(self._outbox[waiting])
        await stream.done_writing()

    def _take(self, answer: pb.Recognised) -> None:
        if answer.HasField("error") and answer.error.retryable:
            wait_s = max(answer.error.retry_after_ms / 1000, 0.05)
            asyncio.get_running_loop().call_later(wait_s, self._again, answer.reference)
            return
        if self._outbox.pop(answer.reference, None) is not None:
            self.answered += 1
            self.told(answer)
        self._under_way.discard(answer.reference)
        self._changed.set()

    def _again(self, reference: str) -> None:
        self._under_way.discard(reference)
        self._changed.set()

    @property
    def _done(self) -> bool:
        return self._finished and not self._outbox

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def captures(engine: visavis.Engine, path: Path, given: argparse.Namespace, turn: int) -> list[pb.Capture]:
    """One for each good face of a picture."""
    taken = datetime.fromtimestamp(path.stat().st_mtime, UTC) if turn == 0 else datetime.now(UTC)
    found = []
    for number, crop in enumerate(engine.crops(path)):
        digest = hashlib.sha256(crop).hexdigest()[:32]
        origin = pb.Origin(source=given.source, reference=f"{digest}-{number}-{turn}")
        origin.captured_at.FromDatetime(taken)
        found.append(pb.Capture(gallery=given.gallery, picture=pb.Picture(crop=crop), origin=origin))
    return found


async def watch(gateway: Gateway, given: argparse.Namespace) -> None:
    """All pictures of the folder, `turns` times as a camera would that sees the same people again."""
    engine = visavis.Engine(given.pack)
    paths = sorted(path for path in given.folder.rglob("*") if path.suffix.lower() in PICTURES)
    for turn in range(given.turns):
        for path in paths:
            try:
                found = await asyncio.to_thread(captures, engine, path, given, turn)
            except visavis.VisavisError as error:
                print(f"{path}: {error.message}", file=sys.stderr)
                continue
            for capture in found:
                await gateway.add(capture)
    gateway.finish()


def channel_to(given: argparse.Namespace) -> grpc.aio.Channel:
    scheme, _, target = given.server.partition("://")
    if scheme == "http":
        return grpc.aio.insecure_channel(target, options=KEEPALIVE)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=given.ca.read_bytes() if given.ca else None,
        private_key=given.certificate_key.read_bytes() if given.certificate_key else None,
        certificate_chain=given.certificate.read_bytes() if given.certificate else None,
    )
    return grpc.aio.secure_channel(target, credentials, options=KEEPALIVE)


def tell(answer: pb.Recognised) -> None:
    line: dict[str, object] = {"reference": answer.reference}
    if answer.HasField("error"):
        line["error"] = MessageToDict(answer.error)
    else:
        line["faces"] = [
            {
                "outcome": pb.Outcome.Name(face.decision.outcome).removeprefix("OUTCOME_").lower(),
                "subject": face.subject or None,
                "event": face.event_id or None,
                "refused": [reason.code for reason in face.face.reasons],
            }
            for face in answer.faces
        ]
    print(json.dumps(line), flush=True)


async def run(given: argparse.Namespace) -> None:
    async with channel_to(given) as channel:
        gateway = Gateway(channel=channel, key=os.environ["VISAVIS_KEY"], told=tell)
        async with asyncio.TaskGroup() as group:
            group.create_task(watch(gateway, given))
            group.create_task(gateway.run())
    print(
        f"{gateway.answered} answered, {gateway.sent} sent, {gateway.reconnected} reconnections",
        file=sys.stderr,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Streams the faces of a folder's pictures to Visavis.")
    parser.add_argument("server", help="http://host:8421 or https://host:8421")
    parser.add_argument("gallery")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", default="gateway", help="camera, gate or application")
    parser.add_argument("--pack", default=None, help="model pack of the gallery")
    parser.add_argument("--turns", type=int, default=1, help="how often to go through the folder")
    parser.add_argument("--ca", type=Path, help="PEM: authorities of the server")
    parser.add_argument("--certificate", type=Path, help="PEM: certificate to show (mTLS)")
    parser.add_argument("--certificate-key", type=Path, help="PEM: its private key")
    asyncio.run(run(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
