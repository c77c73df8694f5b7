"""Samples and templates as they pass between the servers of one installation; exact, bit by bit."""

from collections.abc import Iterable

import numpy as np

from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.sample import Component, Light, Pose, Quality, Reason, Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.wire.proto import visavis_pb2 as pb


def found_message(found: Sample | Rejection) -> pb.FoundFace:
    """A face that was found; only an accepted one has a chip."""
    face, quality = found.face, found.quality
    return pb.FoundFace(
        box=pb.Box(left=face.box.left, top=face.box.top, right=face.box.right, bottom=face.box.bottom),
        landmarks=face.landmarks.ravel().tolist(),
        score=face.score,
        components=[pb.QualityComponent(name=name, value=value) for name, value in quality.components],
        pose=pb.Pose(
            yaw_deg=quality.pose.yaw_deg, pitch_deg=quality.pose.pitch_deg, roll_deg=quality.pose.roll_deg
        ),
        unified=quality.unified,
        light=_light_message(quality.light),
        chip=found.chip.tobytes() if isinstance(found, Sample) else b"",
        reasons=[str(reason) for reason in found.reasons] if isinstance(found, Rejection) else [],
    )


def found_of(message: pb.FoundFace) -> Sample | Rejection:
    """The inverse. Raises `ValueInvalid`."""
    try:
        landmarks = np.array(message.landmarks, np.float32).reshape(5, 2)
        components = tuple((Component(one.name), one.value) for one in message.components)
        reasons = tuple(Reason(one) for one in message.reasons)
    except ValueError as error:
        raise ValueInvalid("This is not a face: another version may have sent it.") from error
    box, pose = message.box, message.pose
    face = Face(
        box=Box(left=box.left, top=box.top, right=box.right, bottom=box.bottom),
        landmarks=landmarks,
        score=message.score,
    )
    quality = Quality(
        components=components,
        pose=Pose(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg),
        unified=message.unified if message.HasField("unified") else None,
        light=_light_of(message.light) if message.HasField("light") else None,
    )
    if not message.chip:
        return Rejection(face=face, reasons=reasons, quality=quality)
    side = int(np.sqrt(len(message.chip) // 3))
    if side * side * 3 != len(message.chip):
        raise ValueInvalid("A chip is square and has three bytes for each pixel.")
    return Sample(
        face=face, chip=np.frombuffer(message.chip, np.uint8).reshape(side, side, 3), quality=quality
    )


def _light_message(light: Light | None) -> pb.Light | None:
    if light is None:
        return None
    return pb.Light(brightness=light.brightness, red_green=light.red_green, blue_green=light.blue_green)


def _light_of(message: pb.Light) -> Light:
    return Light(brightness=message.brightness, red_green=message.red_green, blue_green=message.blue_green)


def samples_of(messages: Iterable[pb.FoundFace]) -> list[Sample]:
    """Accepted faces. Raises `ValueInvalid`, also if there is a refused one among them."""
    found = [found_of(message) for message in messages]
    accepted = [one for one in found if isinstance(one, Sample)]
    if len(accepted) != len(found):
        raise ValueInvalid("A face that was refused has no template.")
    return accepted


def template_message(template: Template) -> pb.TemplateVector:
    return pb.TemplateVector(vector=template.vector.tolist(), norm=template.norm, quality=template.quality)


def template_of(message: pb.TemplateVector, model: ModelIdentity) -> Template:
    """Raises `ValueInvalid`."""
    return Template(
        vector=np.array(message.vector, np.float32),
        norm=message.norm,
        model=model,
        quality=message.quality if message.HasField("quality") else None,
    )


def pixels_message(frame: Frame) -> pb.Pixels:
    return pb.Pixels(
        bgr=np.ascontiguousarray(frame.pixels).tobytes(),
        height=frame.size.height,
        width=frame.size.width,
        original_height=frame.original.height,
        original_width=frame.original.width,
    )


def frame_of(message: pb.Pixels, *, most_pixels: int) -> Frame:
    """Raises `ValueInvalid` for a size that the bytes do not have, or beyond the limit."""
    size = Size(width=message.width, height=message.height)
    if len(message.bgr) != size.pixels * 3 or size.pixels > most_pixels:
        raise ValueInvalid("Pixels are height × width × 3 bytes, within the limits of a picture.")
    return Frame(
        pixels=np.frombuffer(message.bgr, np.uint8).reshape(size.height, size.width, 3),
        original=Size(width=message.original_width, height=message.original_height),
    )
