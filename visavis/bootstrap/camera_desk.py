"""The use cases about what cameras see: a trial before one is added, and pictures for people who watch."""

import base64
import binascii
import ipaddress
import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import anyio.to_thread

from visavis.adapters.system.clock import SystemClock
from visavis.adapters.webhooks.addresses import Resolve, require_in, resolve
from visavis.application.camera_pictures import CameraPictures
from visavis.application.ports.inference import Inference
from visavis.application.ports.readers import Readers
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.readers import readers
from visavis.bootstrap.trial_notes import tried_note
from visavis.bootstrap.trials import Trial, trial_source, try_source
from visavis.domain.access import ActorKind
from visavis.domain.account import ApiKeyId
from visavis.domain.audit import Action
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import (
    AgentNotFound,
    CameraUnreachable,
    ConfigurationNotFound,
    ImageUnreadable,
    NotPermitted,
    Overloaded,
    ValueInvalid,
)
from visavis.domain.pack import Pack
from visavis.domain.sample import Sample
from visavis.engine.assess import PROBE_GATE
from visavis.settings import Settings
from visavis.wire.edge import CameraConfig, Snapshots, Workload
from visavis.wire.masking import masked_address
from visavis.wire.v1.agents import workload_of
from visavis.wire.v1.camera_pictures import CameraTried, SnapshotReport

_PORTS: Final = {"rtsp": 554, "http": 80, "https": 443}
_KINDS: Final = {"rtsp": ReaderKind.RTSP, "http": ReaderKind.MJPEG, "https": ReaderKind.MJPEG}
_RESOLVING_S: Final = 5.0
_GRACE_S: Final = 2.0  #: from then on, a camera that refuses has refused


@dataclass(slots=True, kw_only=True, eq=False)
class TrialRoom:
    """Of one process: one camera at a time is tried. `open_readers` raises `DependencyMissing` without the extra."""

    open_readers: Callable[[Settings], Readers] = readers
    resolve_host: Resolve = resolve
    _busy: threading.Lock = field(default_factory=threading.Lock)

    async def look(self, address: str, settings: Settings, seconds: float) -> Trial:
        """Raises `ValueInvalid` for an address that may not be opened from here, `CameraUnreachable`, `Overloaded`."""
        kind, host, port = checked_address(address)
        pinned_to = await self._pinned(host, port, settings.cameras.networks)
        found = self.open_readers(settings)
        source = trial_source(kind, address, pinned_to=pinned_to)
        patience_s = settings.cameras.trial_s
        if not self._busy.acquire(blocking=False):
            raise Overloaded(
                "Another camera is being tried at the moment.", hint="Try again in a few seconds."
            )
        try:
            look = partial(
                try_source, found, source, seconds=seconds, patience_s=patience_s, grace_s=_GRACE_S
            )
            return await anyio.to_thread.run_sync(look)
        finally:
            self._busy.release()

    async def _pinned(self, host: str, port: int, networks: frozenset[str]) -> str:
        """The one address that will be connected to, checked."""
        if not networks:
            raise NotPermitted(
                "This server tries no cameras.",
                hint="Name the networks of your cameras in the setting cameras.trial_networks.",
            )
        try:
            with anyio.fail_after(_RESOLVING_S):
                found = await self.resolve_host(host, port)
        except (OSError, TimeoutError):
            raise CameraUnreachable("The name of the host cannot be resolved.") from None
        if not found:
            raise CameraUnreachable("The name of the host cannot be resolved.")
        allowed = [ipaddress.ip_network(one) for one in sorted(networks)]
        try:
            checked = [str(require_in(one, allowed)) for one in found]
        except ValueInvalid as error:
            raise NotPermitted(
                "The server may not open this address.",
                hint="Cameras are tried in private networks only. If it is yours, add its network to the setting "
                "cameras.trial_networks, or try it where the agent stands: visavis cameras try",
            ) from error
        return checked[0]


def checked_address(address: str) -> tuple[ReaderKind, str, int]:
    """How it is read, its host and its port. Raises `ValueInvalid`, without repeating the address."""
    hint = "For example: rtsp://user:password@192.168.1.20/stream1 or http://192.168.1.20/video.mjpg"
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        raise ValueInvalid("This is no address of a camera.", hint=hint) from None
    if scheme == "rtsps":
        raise ValueInvalid(
            "The server does not try rtsps:// addresses; agents read them.",
            hint="Try it where the agent stands: visavis cameras try",
        )
    if scheme not in _KINDS or not host or not address.isprintable() or " " in address:
        raise ValueInvalid("This is no address of a camera that a server can open.", hint=hint)
    return _KINDS[scheme], host, port or _PORTS[scheme]


class CameraDesk(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @abstractmethod
    async def loaded(self, pack: Pack) -> Inference: ...

    @property
    def camera_pictures(self) -> CameraPictures:
        return CameraPictures(
            store=self.store,
            by=self.principal,
            clock=SystemClock(),
            lasts=timedelta(seconds=self.settings.cameras.snapshot_s),
        )

    async def try_camera(self, room: TrialRoom, address: str, seconds: float) -> CameraTried:
        """Audited, because people may be seen. Raises as `TrialRoom.look` and as detection does."""
        async with self.store.transaction(self.tenant) as work:
            await self.ledger.note(work, Action.CAMERA_TRIED, "", address=masked_address(address)[:500])
        trial = await room.look(address, self.settings, seconds)
        pack = self.models.pack(None)
        inference = await self.loaded(pack)
        found = await inference.samples(trial.last, gate=PROBE_GATE)
        templates = await inference.templates([one for one in found if isinstance(one, Sample)])
        return tried_note(checked_address(address)[0], masked_address(address), trial, found, templates)

    async def keep_snapshot(self, camera: str, report: SnapshotReport) -> bool:
        """Whether it is the newest. Raises `NotPermitted` where the configuration of the agent that sends it does not
        say so, and as `CameraPictures.keep` does."""
        try:
            content = base64.b64decode(report.content, validate=True)
        except (binascii.Error, ValueError):
            raise ImageUnreadable("A snapshot is the base64 of a JPEG picture.") from None
        gallery = report.gallery or ""
        workload = await self._own_workload()
        if workload is not None:
            one = _allowed(workload, camera, blurred=report.blurred)
            gallery = one.gallery or workload.gallery
        if gallery:
            self.principal.require_gallery(gallery)
        return await self.camera_pictures.keep(
            camera, content, gallery=gallery, blurred=report.blurred, at=report.at
        )

    async def _own_workload(self) -> Workload | None:
        """Of the agent that calls; `None` for a key that is no agent's, or an agent whose own file says what to do."""
        actor = self.principal.actor
        if actor.kind is not ActorKind.KEY:
            return None
        try:
            async with self.store.transaction(self.tenant) as work:
                agent = await work.agents.of_key(ApiKeyId(UUID(actor.id)))
                return workload_of((await work.agents.configuration(agent.id, agent.desired)).workload)
        except (AgentNotFound, ConfigurationNotFound):
            return None


def _allowed(workload: Workload, camera: str, *, blurred: bool) -> CameraConfig:
    found: Sequence[CameraConfig] = [one for one in workload.cameras if one.id == camera]
    if not found:
        raise NotPermitted("This camera is none of this agent's.")
    if found[0].snapshots is Snapshots.OFF:
        raise NotPermitted("The configuration of this camera allows no snapshots.")
    if found[0].snapshots is Snapshots.BLURRED and not blurred:
        raise NotPermitted("The configuration of this camera allows blurred snapshots only.")
    return found[0]
