"""The models of this server, for other servers of the same installation."""

from visavis.application.ports.inference import Inference
from visavis.domain.errors import ValueInvalid
from visavis.domain.frame import Frame
from visavis.domain.template import ModelIdentity, require_same_model
from visavis.engine.assess import QualityGate
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.wire.inference import found_message, frame_of, samples_of, template_message
from visavis.wire.proto import visavis_pb2 as pb


async def samples(call: Call, request: pb.SamplesRequest) -> pb.SamplesResponse:
    """Raises `ModelMismatch` if the caller means other weights by the name of the pack."""
    inference = await _inference(call, request.pack, request.model)
    found = await inference.samples(_picture(call, request), gate=_gate(request.gate))
    return pb.SamplesResponse(faces=[found_message(one) for one in found])


async def templates(call: Call, request: pb.TemplatesRequest) -> pb.TemplatesResponse:
    """Raises `ModelMismatch` if the caller means other weights by the name of the pack."""
    inference = await _inference(call, request.pack, request.model)
    made = await inference.templates(samples_of(request.samples), flip=request.flip)
    return pb.TemplatesResponse(
        model=inference.model.key, templates=[template_message(template) for template in made]
    )


async def _inference(call: Call, name: str, model: str) -> Inference:
    pack = call.platform.models.pack(messages.text(name, what="name of a model pack", most=100, least=1))
    require_same_model(ModelIdentity.parse(model), pack.embedder.model)
    return await call.platform.loaded(pack)


def _picture(call: Call, request: pb.SamplesRequest) -> bytes | Frame:
    match request.WhichOneof("picture"):
        case "file":
            return request.file
        case "pixels":
            return frame_of(request.pixels, most_pixels=call.platform.settings.limits.max_image_pixels)
        case _:
            raise ValueInvalid("There is no picture in the request.")


def _gate(sent: pb.QualityGate) -> QualityGate:
    return QualityGate(
        min_face_px=sent.min_face_px,
        min_sharpness=sent.min_sharpness,
        min_under_exposure_prevention=sent.min_under_exposure_prevention,
        min_over_exposure_prevention=sent.min_over_exposure_prevention,
        max_yaw_deg=sent.max_yaw_deg,
        max_pitch_deg=sent.max_pitch_deg,
        min_crop=sent.min_crop,
        min_score=sent.min_score,
    )
