"""Could an agent work with this configuration? Everything is tried once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from visavis.client.synchronous import Client
from visavis.domain.access import Permission
from visavis.domain.errors import VisavisError
from visavis.domain.frame import Frame
from visavis.edge.agent import Parts, source_of
from visavis.edge.looking import Eyes
from visavis.edge.platform import require_grpc
from visavis.engine.analyse import Analyser
from visavis.wire.edge import AgentConfig, CameraConfig, Transport, Workload
from visavis.wire.edge_check import CameraCheck, EdgeCheckDocument, ServerCheck

_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Check:
    """Tries the model pack, the server and, all at once, the cameras."""

    parts: Parts
    connect: Callable[[], Client]
    patience_s: float = _PATIENCE_S

    def __call__(self, config: AgentConfig) -> EdgeCheckDocument:
        analyser, model_problem = self._model(config)
        cameras = self._cameras(config.cameras, analyser)
        server = self._server(config)
        return EdgeCheckDocument(
            good=not model_problem and server.good and all(one.good for one in cameras),
            split=config.split,
            pack=config.pack,
            model_problem=model_problem,
            server=server,
            cameras=cameras,
        )

    def _model(self, config: AgentConfig) -> tuple[Analyser | None, str]:
        try:
            return self.parts.analyser(config), ""
        except VisavisError as error:
            return None, error.message

    def _server(self, config: AgentConfig) -> ServerCheck:
        try:
            if config.server.transport is Transport.GRPC:
                require_grpc()
            with self.connect() as client:
                _require_permission(client)
                for gallery in galleries_of(config):
                    pack = client.galleries.get(gallery).pack
                    if pack != config.pack:
                        problem = f"The gallery {gallery} has the model pack {pack}, not {config.pack}."
                        return ServerCheck(good=False, problem=problem)
        except VisavisError as error:
            return ServerCheck(good=False, problem=error.message)
        return ServerCheck(good=True)

    def _cameras(self, cameras: Sequence[CameraConfig], analyser: Analyser | None) -> list[CameraCheck]:
        tries = [_Try(self, camera) for camera in cameras]
        for one in tries:
            one.start()
        return [one.result(analyser) for one in tries]


class _Try(threading.Thread):
    """One camera's first picture."""

    def __init__(self, check: Check, camera: CameraConfig) -> None:
        super().__init__(daemon=True, name=f"check-{camera.id}")
        self._check, self._camera = check, camera
        self._frame: Frame | None = None
        self._problem = ""

    def run(self) -> None:
        try:
            source = replace(source_of(self._camera), paced=False)
            self._reader = self._check.parts.readers().open(source)
            for captured in self._reader.frames():
                self._frame = captured.frame
                break
            else:
                self._problem = self._reader.state.problem or "There is no picture."
        except VisavisError as error:
            self._problem = error.message

    def result(self, analyser: Analyser | None) -> CameraCheck:
        self.join(self._check.patience_s)
        reader = getattr(self, "_reader", None)
        if reader is not None:
            reader.close()
        if self._frame is None:
            problem = self._problem or (reader.state.problem if reader else "") or "No picture came in time."
            return CameraCheck(id=self._camera.id, reader=self._camera.reader, good=False, problem=problem)
        faces = Eyes.of(analyser, self._camera, embeds=False).faces(self._frame) if analyser else []
        return CameraCheck(
            id=self._camera.id,
            reader=self._camera.reader,
            good=True,
            width_px=self._frame.original.width,
            height_px=self._frame.original.height,
            faces=len(faces),
        )


def galleries_of(workload: Workload) -> list[str]:
    """Each that is searched, once."""
    named = [camera.gallery or workload.gallery for camera in workload.cameras] or [workload.gallery]
    return list(dict.fromkeys(named))


def _require_permission(client: Client) -> None:
    from visavis.domain.errors import NotPermitted

    if Permission.TRACKS_REPORT not in client.me().permissions:
        raise NotPermitted("The key may not report tracks (permission tracks:report).")
