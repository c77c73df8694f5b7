"""One camera at work: a thread that reads, looks, follows and reports, for as long as it is told to."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from visavis.application.ports.readers import Captured, Reader
from visavis.domain.errors import VisavisError
from visavis.edge.following import Follower, TrackState
from visavis.edge.health import Rate
from visavis.edge.motion import FrameGate
from visavis.edge.picturing import Picturing
from visavis.edge.reporting import Reporter
from visavis.wire.edge import CameraConfig
from visavis.wire.edge_health import CameraHealth

logger = logging.getLogger(__name__)

_STILL = 0.6  #: share of `gone_s` after which a face that stands still is looked at again
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0


@dataclass(slots=True, kw_only=True, eq=False)
class Watching:
    """One camera. `open_reader` is called again after a failure; `gate` is `None` where every frame is searched,
    `picturing` where nobody may look on."""

    camera: CameraConfig
    open_reader: Callable[[], Reader]
    follower: Follower
    reporter: Reporter
    gate: FrameGate | None = None
    picturing: Picturing | None = None
    clock: Callable[[], float] = time.monotonic
    frames: int = 0
    analysed: int = 0
    failures: int = 0
    ended: bool = False
    problem: str = ""
    _reader: Reader | None = None
    _thread: threading.Thread | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _frame_at: float = 0.0
    _at_s: float = 0.0
    _looked_s: float = -1e9
    _interruptions: int = (
        0  #: before the last frame: the first one after an interruption may have been dropped
    )
    _frame_rate: Rate = field(default_factory=Rate)
    _analysed_rate: Rate = field(default_factory=Rate)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"camera-{self.camera.id}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tells it to end. What it follows is reported by its thread."""
        self._stopping.set()
        reader = self._reader
        if reader is not None:
            reader.close()

    def join(self, within_s: float) -> None:
        """Waits until it has ended; if it hangs, its tracks are ended here."""
        if self._thread is not None:
            self._thread.join(within_s)
        self._end()

    def look_after(self) -> None:
        """Called from time to time: tracks end also if no frame comes any more."""
        with self._lock:
            silent_s = self.clock() - self._frame_at
            if self.follower.following and silent_s > self.follower.tracking.gone_s + 1.0:
                self.reporter.hear(self.follower.end(), self._at_s)

    @property
    def health(self) -> CameraHealth:
        reader = self._reader
        state = reader.state if reader is not None else None
        return CameraHealth(
            id=self.camera.id,
            reader=self.camera.reader,
            connected=state.connected if state else False,
            ended=self.ended,
            problem=self.problem or (state.problem if state else ""),
            width_px=state.width_px if state else 0,
            height_px=state.height_px if state else 0,
            frames=self.frames,
            analysed=self.analysed,
            dropped=state.dropped if state else 0,
            faces=self.follower.faces,
            embedded=self.follower.embedded,
            tracks=self.reporter.tracks,
            tracks_left_out=self.reporter.left_out,
            failures=self.failures,
            following=self.follower.following,
            interruptions=state.interruptions if state else 0,
            frames_per_s=self._frame_rate.of(self.frames),
            analysed_per_s=self._analysed_rate.of(self.analysed),
            last_frame_at=state.last_frame_at if state else None,
        )

    def _run(self) -> None:
        """The outermost loop of this thread: whatever breaks one camera leaves the others alone."""
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            before, ended = self.frames, False
            try:
                self._read()
                ended = True
            except VisavisError as error:
                self.problem = error.message
                logger.warning("a camera fails", extra={"camera": self.camera.id, "code": error.code})
            except Exception as error:  # (the outermost loop of the thread)
                self.problem = type(error).__name__
                logger.exception("a camera broke off", extra={"camera": self.camera.id})
            finally:
                self._end()
            if ended:
                self.ended = not self._stopping.is_set()
                return
            self.failures += 1
            wait_s = _FIRST_WAIT_S if self.frames > before else min(2 * wait_s, _LONGEST_WAIT_S)
            self._stopping.wait(wait_s)

    def _read(self) -> None:
        """Until the source ends or `stop`. Raises `CameraUnreachable`, and what the engine raises."""
        reader = self.open_reader()
        self._reader, self._interruptions = reader, 0
        try:
            for captured in reader.frames():
                if self._stopping.is_set():
                    return
                self.problem = ""
                with self._lock:
                    self._take(captured, reader.state.interruptions)
        finally:
            reader.close()

    def _take(self, captured: Captured, interruptions: int) -> None:
        restarted = captured.restarted or interruptions != self._interruptions
        self._interruptions = interruptions
        if restarted or not self.frames:
            logger.info("pictures come", extra={"camera": self.camera.id})
        self.frames += 1
        self._frame_at, self._at_s = self.clock(), captured.at_s
        before = self.follower.end() if restarted else []
        self.reporter.hear([*before, *self._looked_at(captured)], captured.at_s)
        if self.picturing is not None:
            self.picturing.see(captured, self.follower.faces_at)

    def _looked_at(self, captured: Captured) -> list[TrackState]:
        """Searched where something moves and where faces are; where nothing moves, faces are looked at only as often
        as it takes to know that they are still there."""
        moving = self.gate(captured.frame, captured.at_s) if self.gate else None
        if self.gate and moving is None:
            patience_s = _STILL * self.follower.tracking.gone_s
            if not self.follower.following or captured.at_s - self._looked_s < patience_s:
                return self.follower.rest(captured.at_s)
        self.analysed += 1
        self._looked_s = captured.at_s
        areas = [*(moving or ()), *self.follower.boxes] if self.gate else None
        return self.follower.look(captured, areas)

    def _end(self) -> None:
        with self._lock:
            self.reporter.hear(self.follower.end(), self._at_s)
