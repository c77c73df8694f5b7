"""A model pack that another server runs."""

from collections.abc import Sequence
from dataclasses import asdict

from visavis.adapters.remote.server import RemoteServer
from visavis.domain.errors import ModelDown
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate
from visavis.wire.inference import found_message, found_of, pixels_message, template_of
from visavis.wire.proto import visavis_pb2 as pb


class RemoteInference:
    """Implements `visavis.application.ports.inference.Inference`; of a server that only detects or only recognises,
    one half is used. Whoever made the server closes it.

    Every call names the model, so that a server with other weights under the same name refuses it with
    `ModelMismatch`.
    """

    __slots__ = ("_model", "_pack", "_server")

    def __init__(self, server: RemoteServer, pack: str, model: ModelIdentity) -> None:
        self._server = server
        self._pack = pack
        self._model = model

    @property
    def model(self) -> ModelIdentity:
        return self._model

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        request = pb.SamplesRequest(
            pack=self._pack, model=self._model.key, gate=pb.QualityGate(**asdict(gate))
        )
        if isinstance(picture, Frame):
            request.pixels.CopyFrom(pixels_message(picture))
        else:
            request.file = picture
        answer = await self._server.call("Samples", request, pb.SamplesResponse.FromString)
        return [found_of(face) for face in answer.faces]

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        if not samples:
            return []
        request = pb.TemplatesRequest(
            pack=self._pack,
            model=self._model.key,
            samples=[found_message(sample) for sample in samples],
            flip=flip,
        )
        answer = await self._server.call("Templates", request, pb.TemplatesResponse.FromString)
        if len(answer.templates) != len(samples) or answer.model != self._model.key:
            raise ModelDown("The inference service answered something else than was asked.")
        return [template_of(message, self._model) for message in answer.templates]
