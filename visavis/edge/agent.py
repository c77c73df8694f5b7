"""The agent: cameras at work, a spool, a way to the server; and all of it changed while it runs."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from visavis.application.ports.readers import Readers, Source
from visavis.edge.decider import Decider
from visavis.edge.following import Follower
from visavis.edge.health import Health
from visavis.edge.hooks import Hook, Hooks
from visavis.edge.looking import Eyes
from visavis.edge.motion import frame_gate
from visavis.edge.picturing import Pictures, PictureServer, picturing
from visavis.edge.reporting import Reporter
from visavis.edge.sending import Platform, Sender
from visavis.edge.spool import Spool
from visavis.edge.standing import Standings, Verdict
from visavis.edge.watching import Watching
from visavis.engine.analyse import Analyser
from visavis.wire.edge import CameraConfig, DetectorFamily, Split, Workload
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.edge_health import AgentHealth, CameraHealth, HookHealth, ServerHealth, SpoolHealth
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

logger = logging.getLogger(__name__)

_STOP_S = 10.0  #: that a camera may take to end
_FRESH_S = 10.0  #: a track that ended longer ago is of no interest to hooks


class Parts(Protocol):
    """What the composition root gives."""

    def readers(self) -> Readers: ...

    def analyser(self, workload: Workload) -> Analyser: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Model:
    """What is loaded, and for what."""

    pack: str
    detector: DetectorFamily
    embeds: bool
    analyser: Analyser

    def fits(self, workload: Workload) -> bool:
        wanted = workload.pack, workload.detector, workload.split is not Split.CROPS
        return (self.pack, self.detector, self.embeds) == wanted


@dataclass(slots=True, kw_only=True, eq=False)
class Agent:
    """One agent in one state directory. `start`, perhaps `apply` now and then, `stop`.

    `decider` decides where the split is `match`; without a copy of the gallery, or without a decider, the server
    does. Implements `visavis.edge.health.Parts`.
    """

    parts: Parts
    folder: Path
    platform: Platform
    workload: Workload
    decider: Decider | None = None
    hooks_told: Sequence[Hook] = ()
    picture_server: PictureServer | None = None
    now: Callable[[], float] = time.time
    _spool: Spool = field(init=False)
    _sender: Sender = field(init=False)
    _hooks: Hooks = field(init=False)
    _pictures: Pictures | None = field(init=False)
    _health: Health = field(init=False)
    _standings: Standings = field(default_factory=Standings)
    _watching: dict[str, Watching] = field(default_factory=dict)
    _loaded: _Model | None = None
    _sending: threading.Thread | None = None
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._spool = Spool(self.folder, self.workload.spool)
        self._sender = Sender(self.platform, self._spool, self._heard)
        self._hooks = Hooks(self.hooks_told)
        self._pictures = Pictures(self.picture_server) if self.picture_server else None
        self._health = Health(self)

    def start(self) -> None:
        """Raises what loading the models raises; then nothing has been started."""
        self._loaded = self._model_for(self.workload)
        self._hooks.start()
        self._sending = threading.Thread(target=self._sender.run, name="sender", daemon=True)
        self._sending.start()
        if self._pictures is not None:
            threading.Thread(target=self._pictures.run, name="pictures", daemon=True).start()
        with self._changing:
            self._begin(self.workload.cameras)

    def apply(self, workload: Workload) -> None:
        """Other cameras, thresholds, models from now on; what is unchanged goes on undisturbed.

        What is followed by a camera that changes is ended and reported. If the models cannot be loaded, that is
        raised and everything stays as it was.
        """
        with self._changing:
            if workload == self.workload:
                return
            model = self._model_for(workload)
            same = model is self._loaded and _shared(workload) == _shared(self.workload)
            staying = set(self.workload.cameras) & set(workload.cameras) if same else set()
            self._end([name for name, one in self._watching.items() if one.camera not in staying])
            self._loaded, self.workload = model, workload
            self._spool.bound(workload.spool)
            self._begin([camera for camera in workload.cameras if camera not in staying])

    def look_after(self) -> None:
        """To be called about twice a second."""
        for watching in list(self._watching.values()):
            watching.look_after()

    def stop(self, flush_s: float = 5.0) -> bool:
        """Ends all tracks, and hands on what the server takes in this time; whether that was everything."""
        with self._changing:
            self._end(list(self._watching))
        self._sender.stop()
        if self._pictures is not None:
            self._pictures.stop()
        if self._sending is not None:
            self._sending.join(30.0)
        empty = self._sender.flush(flush_s)
        self._hooks.close()
        self._spool.close()
        return empty

    def snapshot(self) -> AgentHealth:
        """How everything is. Asked every few seconds, because rates are taken from one time to the next."""
        return self._health.snapshot()

    @property
    def done(self) -> bool:
        """Whether all sources have ended and everything has reached the server."""
        watching = list(self._watching.values())
        return all(one.ended for one in watching) and self._spool.health.waiting == 0

    @property
    def ended(self) -> bool:
        """Whether all sources have ended."""
        return all(one.ended for one in list(self._watching.values()))

    @property
    def model(self) -> str:
        return self._loaded.analyser.model.key if self._loaded else ""

    def cameras(self) -> Sequence[CameraHealth]:
        return [one.health for one in list(self._watching.values())]

    def spool(self) -> SpoolHealth:
        return self._spool.health

    def server(self) -> ServerHealth:
        return self._sender.health

    def hooks(self) -> HookHealth:
        return self._hooks.health

    def try_again(self) -> int:
        """What the server refused is offered once more; how many."""
        return self._spool.try_again()

    def _model_for(self, workload: Workload) -> _Model:
        if self._loaded is not None and self._loaded.fits(workload):
            return self._loaded
        return _Model(
            pack=workload.pack,
            detector=workload.detector,
            embeds=workload.split is not Split.CROPS,
            analyser=self.parts.analyser(workload),
        )

    def _begin(self, cameras: Sequence[CameraConfig]) -> None:
        for camera in cameras:
            self._watching[camera.id] = self._watcher(camera)
            self._watching[camera.id].start()
            logger.info("a camera begins", extra={"camera": camera.id, "reader": camera.reader.value})

    def _end(self, names: Sequence[str]) -> None:
        gone = [self._watching.pop(name) for name in names]
        for one in gone:
            one.stop()
        for one in gone:
            one.join(_STOP_S)
            logger.info("a camera ends", extra={"camera": one.camera.id})

    def _watcher(self, camera: CameraConfig) -> Watching:
        workload, loaded = self.workload, self._loaded
        if loaded is None:
            raise RuntimeError("The agent was not started.")
        return Watching(
            camera=camera,
            open_reader=lambda: self.parts.readers().open(source_of(camera)),
            follower=Follower(
                eyes=Eyes.of(loaded.analyser, camera, embeds=loaded.embeds), tracking=workload.tracking
            ),
            reporter=Reporter(
                camera=camera,
                gallery=camera.gallery or workload.gallery,
                split=workload.split,
                tracking=workload.tracking,
                outbox=self._sender,
                hooks=self._hooks,
                standings=self._standings,
                decider=self.decider if workload.split is Split.MATCH else None,
            ),
            gate=frame_gate(camera),
            picturing=picturing(
                camera, camera.gallery or workload.gallery, loaded.analyser, self._pictures.show
            )
            if self._pictures
            else None,
        )

    def _heard(self, gallery: str, report: TrackReport, answer: TrackRecorded) -> None:
        """The server has decided: hooks are told, unless whoever it was has left since."""
        watching = self._watching.get(report.camera)
        fresh = self.now() - report.last_at.timestamp() <= _FRESH_S
        if answer.outcome is None or watching is None or not fresh:
            return
        subject = answer.subject_id and UUID(answer.subject_id)
        verdict = Verdict(outcome=answer.outcome, subject_id=subject or None, score=answer.score)
        if self._standings.hear(report.track, verdict):
            camera = watching.camera
            self._hooks.tell(
                EdgeDecisionDocument(
                    track=report.track,
                    camera=camera.id,
                    site=camera.site,
                    zone=camera.zone,
                    direction=camera.direction,
                    gallery=gallery,
                    first_at=report.first_at,
                    last_at=report.last_at,
                    by="server",
                    outcome=answer.outcome,
                    subject_id=subject or None,
                    subject=answer.subject,
                    score=answer.score,
                    fmr=answer.fmr,
                    fpir=answer.fpir,
                )
            )


def source_of(camera: CameraConfig) -> Source:
    return Source(
        name=camera.id,
        kind=camera.reader,
        address=camera.address,
        rate=camera.rate,
        max_side_px=camera.max_side_px,
        paced=not camera.as_fast_as_possible,
        repeat=camera.repeat,
        started_at=camera.started_at,
    )


def _shared(workload: Workload) -> Workload:
    """What all cameras depend on."""
    defaults = Workload()
    return workload.model_copy(update={"cameras": (), "spool": defaults.spool, "copy_": defaults.copy_})
