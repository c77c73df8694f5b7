"""A gRPC server over memory, in this process, and a channel to it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from grpc import aio

from tests.rekognition.photos import PhotoInference
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.passwords.plain import UnsafePlainPasswords
from visavis.application.access.api_keys import KeyRequest
from visavis.application.ports.inference import Inference
from visavis.bootstrap.accounts import entrance
from visavis.bootstrap.platform import Platform, install
from visavis.bootstrap.server import Service
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import Rate
from visavis.domain.frame import Frame
from visavis.domain.pack import Pack
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import TenantId
from visavis.engine.assess import QualityGate
from visavis.rpc.server import start
from visavis.settings import ServerSettings, Settings, load_settings
from visavis.wire.proto import visavis_pb2_grpc as stubs

GALLERY = "staff"


class GatedInference(PhotoInference):
    """Works as long as its gate is open, and says how many calls are inside and what ended them."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(pack.embedder.model)
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside = 0
        self.most = 0
        self.cancelled = 0
        self.error: Exception | None = None

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            return await super().samples(picture, gate=gate)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1


class _Ear:
    async def wait(self, timeout_s: float) -> bool:
        await asyncio.sleep(min(timeout_s, 0.01))
        return True


class ImpatientFeed:
    """Always says that there is something to look at."""

    @contextlib.asynccontextmanager
    async def subscribe(self, tenant: TenantId | None) -> AsyncIterator[_Ear]:
        yield _Ear()


@dataclass
class Bench:
    service: Service
    inference: GatedInference
    port: int
    problems: dict[str, str]
    channels: list[aio.Channel] = field(default_factory=list)

    @property
    def platform(self) -> Platform:
        return self.service.installation.platform(local_principal("test"))

    async def key(
        self,
        *permissions: Permission,
        galleries: Sequence[str] | None = None,
        rate: Rate | None = None,
    ) -> str:
        """A new API key with these permissions; with all of them, if none is named."""
        wanted = KeyRequest(
            name=f"test {uuid4()}",
            permissions=frozenset(permissions or Permission),
            galleries=None if galleries is None else frozenset(galleries),
            rate=rate,
        )
        made = await self.service.entrance.doors.keys.create(local_principal("test"), wanted)
        return made.secret

    async def metadata(self, *permissions: Permission, **limits: Any) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {await self.key(*permissions, **limits)}"),)

    @property
    def channel(self) -> aio.Channel:
        if not self.channels:
            self.channels.append(aio.insecure_channel(f"127.0.0.1:{self.port}"))
        return self.channels[0]

    @property
    def recognition(self) -> Any:
        return stubs.RecognitionStub(self.channel)

    @property
    def galleries(self) -> Any:
        return stubs.GalleriesStub(self.channel)

    @property
    def log(self) -> Any:
        return stubs.LogStub(self.channel)

    @property
    def cameras(self) -> Any:
        return stubs.CamerasStub(self.channel)

    @property
    def models(self) -> Any:
        return stubs.InferenceStub(self.channel)

    async def gallery(self, name: str = GALLERY) -> None:
        await self.platform.create(name, pack=self.platform.models.pack())


@contextlib.asynccontextmanager
async def serving(
    settings: Settings | None = None,
    make: Callable[[Pack], Inference] | None = None,
    **server: Any,
) -> AsyncIterator[Bench]:
    """Everything real except models, store and feed."""
    settings = settings or load_settings(server=ServerSettings(**{"drain_s": 2, **server}))
    store, problems = MemoryStore(), {}

    async def ready() -> dict[str, str]:
        return problems

    made: list[GatedInference] = []

    def inference(pack: Pack) -> Inference:
        if make is not None:
            return make(pack)
        made.append(GatedInference(pack))
        return made[-1]

    installation = install(settings, store, new_inference=inference)
    async with entrance(settings, store, passwords=UnsafePlainPasswords()) as door:
        service = Service(
            installation=installation,
            entrance=door,
            feed=ImpatientFeed(),
            ready=ready,
            metrics=list,
            version="test",
        )
        loaded = await installation.loaded(installation.models.pack())
        async with start(service, settings, port=0) as listening:
            bench = Bench(
                service=service,
                inference=made[0] if made else loaded,  # type: ignore[arg-type]
                port=listening.port,
                problems=problems,
            )
            try:
                yield bench
            finally:
                for channel in bench.channels:
                    await channel.close()


async def soon(holds: Callable[[], bool]) -> None:
    """Waits until it holds; a test that waits for ever is ended by its own limit."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 (what is waited for knows nothing of tests)
            await asyncio.sleep(0.005)


async def within(waited: Awaitable[Any]) -> Any:
    async with asyncio.timeout(20):
        return await waited
