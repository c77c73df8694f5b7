"""What a trial of a camera has found, and what to do about it, in words."""

import base64
from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from visavis.bootstrap.trials import Trial
from visavis.domain.arrays import ImageBGR
from visavis.domain.camera import ReaderKind
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.vision.jpeg import jpeg
from visavis.wire.faces import BoxNote
from visavis.wire.v1.camera_pictures import CameraTried, TriedFace, TriedPicture

_WIDEST_PX: Final = 1280
_SMALL_PX: Final = 80.0  #: a narrower face is worth less: its eyes are fewer than some 40 pixels apart
_DARK, _BRIGHT = 50.0, 215.0


def tried_note(
    reader: ReaderKind,
    address: str,
    trial: Trial,
    found: Sequence[Sample | Rejection],
    templates: Sequence[Template],
) -> CameraTried:
    """`address` is masked; `templates` are those of the samples among `found`, in order."""
    qualities = iter(template.quality for template in templates)
    faces = tuple(
        TriedFace(
            box=BoxNote.of(one.face.box),
            width_px=one.face.width_px,
            score=one.face.score,
            quality=next(qualities) if isinstance(one, Sample) else None,
            reasons=() if isinstance(one, Sample) else tuple(str(reason) for reason in one.reasons),
        )
        for one in found
    )
    return CameraTried(
        reader=reader,
        address=address,
        width_px=trial.last.original.width,
        height_px=trial.last.original.height,
        frames=trial.frames,
        rate=trial.rate,
        first_frame_s=trial.first_frame_s,
        delay_s=trial.delay_s,
        interruptions=trial.interruptions,
        faces=faces,
        advice=tuple(_advice(trial, faces)),
        picture=_picture(trial.last.pixels),
    )


def _advice(trial: Trial, faces: Sequence[TriedFace]) -> Iterator[str]:
    if not faces:
        yield "No face is in the picture. Stand where people will pass and try again."
    elif max(face.width_px for face in faces) < _SMALL_PX:
        yield (
            f"The largest face is {max(face.width_px for face in faces):.0f} pixels wide; 80 and more are good. Bring "
            "the camera nearer, zoom in, or take its larger stream."
        )
    elif all(face.quality is None for face in faces):
        yield "The faces are not good enough for recognition. More light from the front and a view at eye level help."
    if trial.last.original.width < 640:
        yield "The picture is small. Most cameras have a larger stream under another address."
    if 0 < trial.rate < 3:
        yield "Fewer than three pictures come in a second. People who walk may be missed."
    if trial.delay_s > 2:
        yield f"Pictures come {trial.delay_s:.0f} seconds late. The camera's smaller stream is mostly quicker."
    if trial.interruptions:
        yield "The stream was interrupted. Check the cable or the wireless network."
    brightness = float(np.mean(trial.last.pixels))
    if brightness < _DARK:
        yield "The picture is dark. Switch on more light, or longer exposure in the camera."
    elif brightness > _BRIGHT:
        yield "The picture is very bright. Turn the camera away from windows and lamps."


def _picture(pixels: ImageBGR) -> TriedPicture:
    height, width = pixels.shape[:2]
    if width > _WIDEST_PX:
        height, width = max(round(height * _WIDEST_PX / width), 1), _WIDEST_PX
        smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, np.uint8)
    return TriedPicture(content=base64.b64encode(jpeg(pixels, 80)).decode(), width_px=width, height_px=height)
