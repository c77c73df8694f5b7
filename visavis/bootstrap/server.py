"""Composes one API process: what REST, gRPC and the dialects are made over."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import version

import anyio
import cv2

from visavis.adapters.feed.listening import ListeningFeed
from visavis.adapters.inference.batching import BatchingInference
from visavis.adapters.inference.items import ServingLimits
from visavis.application.access.authenticate import Admission
from visavis.application.ports.feed import Feed
from visavis.application.ports.inference import Inference
from visavis.bootstrap.accounts import Credentials, Entrance, entrance
from visavis.bootstrap.camera_desk import TrialRoom
from visavis.bootstrap.local import master_keys, open_store, queue_for
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import Installation, install
from visavis.bootstrap.remote import Remotes
from visavis.bootstrap.room import Room
from visavis.domain.errors import ModelDown, VisavisError
from visavis.domain.pack import Pack
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings
from visavis.wire.errors import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One API process.

    `authenticate` lets a request in; `ready` says what keeps the process from serving, by component, empty if
    nothing does; `metrics` are lines in the Prometheus text format; `stopping` is set when no new work is taken.
    """

    installation: Installation
    entrance: Entrance
    feed: Feed
    ready: Callable[[], Awaitable[dict[str, str]]]
    metrics: Callable[[], list[str]]
    version: str
    room: Room = field(default_factory=lambda: Room(most=64))
    trials: TrialRoom = field(default_factory=TrialRoom)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def authenticate(self, credentials: Credentials) -> Admission:
        """Raises `NotAuthenticated`, `NotPermitted`, `QuotaExceeded`."""
        return await self.entrance(credentials)


@dataclass(slots=True, kw_only=True)
class ServingModels:
    """The packs of this process behind bounded queues, and what is in these queues."""

    models: Models
    settings: Settings
    serving: dict[str, BatchingInference] = field(default_factory=dict)
    remotes: Remotes = field(init=False)

    def __post_init__(self) -> None:
        self.remotes = Remotes(settings=self.settings)

    def inference(self, pack: Pack) -> Inference:
        """The pack, here or on other servers. Raises as `Remotes.inference` and `Models.analyser` do."""
        return self.remotes.inference(pack, self.local)

    def local(self, pack: Pack) -> BatchingInference:
        """The pack in this process. Only the configured one is fetched: no request makes a server download another.

        Raises `ModelDown` for one that is not installed.
        """
        if pack.name != self.models.default and not self.models.store.is_installed(pack):
            raise ModelDown(
                f"The model pack {pack.name} is not installed on this server.",
                hint=f"Install it there: visavis models pull {pack.name}",
            )
        limits = self.settings.serving
        made = BatchingInference(
            self.models.analyser(pack),
            self.models.decoder(),
            workers=self.settings.workers,
            limits=ServingLimits(
                max_queue=limits.max_queue,
                max_wait_s=limits.max_wait_ms / 1000,
                batch_faces=limits.batch_faces,
                batch_wait_s=limits.batch_wait_ms / 1000,
            ),
        )
        self.serving[pack.name] = made
        return made

    async def aclose(self) -> None:
        async with anyio.create_task_group() as group:
            for one in self.serving.values():
                group.start_soon(one.aclose)
        await self.remotes.aclose()

    def metrics(self) -> list[str]:
        """In the Prometheus text format."""
        gauges = ("waiting_pictures", "waiting_faces", "running", "picture_s", "face_s", "wait_s")
        counters = ("shed", "pictures", "batches", "batched_faces")
        lines = []
        for kind, names in (("gauge", gauges), ("counter", counters)):
            for name in names:
                full = f"visavis_inference_{name}" + ("_total" if kind == "counter" else "")
                lines.append(f"# TYPE {full} {kind}")
                lines += [
                    f'{full}{{pack="{pack}"}} {getattr(one.load, name):g}'
                    for pack, one in sorted(self.serving.items())
                ]
        return lines


_HOUSEKEEPING_S = 600.0
_READY_LASTS_S = 1.0


@dataclass(slots=True, kw_only=True)
class Readiness:
    """The store answers, the configured pack is loaded, and nobody told the server to stop.

    Anybody may ask, so it is looked at once a second at most, however many ask.
    """

    installation: Installation
    stopping: asyncio.Event
    now: Callable[[], float] = time.monotonic
    _known: dict[str, str] = field(default_factory=dict)
    _until: float = 0.0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self) -> dict[str, str]:
        if self.stopping.is_set():
            return {"server": "It is stopping."}
        async with self._looking:
            if self.now() >= self._until:
                self._known = await self._problems()
                self._until = self.now() + _READY_LASTS_S
            return self._known

    async def _problems(self) -> dict[str, str]:
        problems: dict[str, str] = {}
        try:
            with anyio.fail_after(2):
                async with self.installation.store.transaction(DEFAULT_TENANT) as work:
                    await work.audit.head()
        except TimeoutError:
            problems["store"] = "It does not answer."
        except VisavisError as error:
            problems["store"] = told(error).message
        try:
            await self.installation.loaded(self.installation.models.pack())
        except VisavisError as error:
            problems["models"] = told(error).message
        return problems


_SWITCH_S = 5e-4
"""How long the event loop may hold the interpreter's lock while a model or a scan waits for it. At Python's own 5 ms a
scan of 100,000 rows took ten times as long in a busy server."""


@contextlib.asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """One API process over the configured store; when it ends, accepted work is finished first.

    Raises as `open_store` does, and `DependencyMissing`.
    """
    cv2.setNumThreads(1)  # threads are ours: one for each picture, not several for one
    sys.setswitchinterval(_SWITCH_S)
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        models = Models(settings)
        serving = ServingModels(models=models, settings=settings)
        stack.push_async_callback(_drained, serving, settings.server.drain_s)
        installation = install(
            settings,
            store,
            keys=master_keys(settings),
            models=models,
            new_inference=serving.inference,
            serving=True,
            queue=await stack.enter_async_context(queue_for(store)),
        )
        stack.push_async_callback(installation.trials.aclose)
        stopping = asyncio.Event()
        room = Room(most=settings.workers * (1 + settings.serving.max_queue))
        service = Service(
            installation=installation,
            entrance=await stack.enter_async_context(entrance(settings, store)),
            feed=await stack.enter_async_context(ListeningFeed(store.listen)),
            ready=Readiness(installation=installation, stopping=stopping),
            metrics=lambda: [*serving.metrics(), *_room_lines(room)],
            room=room,
            version=version("visavis"),
            stopping=stopping,
        )
        await warm(service)
        await stack.enter_async_context(_kept_in_order(installation))
        yield service


def _room_lines(room: Room) -> list[str]:
    return [
        "# TYPE visavis_requests_inside gauge",
        f"visavis_requests_inside {room.inside}",
        "# TYPE visavis_requests_refused_total counter",
        f"visavis_requests_refused_total {room.refused}",
    ]


async def warm(service: Service) -> None:
    """Loads the configured pack before the first request; one that cannot be loaded is told by `ready`."""
    installation = service.installation
    with contextlib.suppress(VisavisError):
        await installation.loaded(installation.models.pack())


async def _housekeeping(installation: Installation) -> None:
    """What galleries left behind that another process removed is freed after a while."""
    while True:
        await anyio.sleep(_HOUSEKEEPING_S)
        with contextlib.suppress(VisavisError):  # the next round does it
            await installation.prune()


@contextlib.asynccontextmanager
async def _kept_in_order(installation: Installation) -> AsyncIterator[None]:
    task = asyncio.create_task(_housekeeping(installation))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _drained(serving: ServingModels, seconds: float) -> None:
    with anyio.move_on_after(seconds, shield=True):
        await serving.aclose()
