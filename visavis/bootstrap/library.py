"""The library: one model pack in this process, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.bootstrap.models import Models
from visavis.domain.decision import ComparisonScore, Decision, Measure, compare
from visavis.domain.errors import FileUnreadable, ManyFaces, NoFace, QualityTooLow, ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.sample import Quality, Reason, Rejection, Sample
from visavis.domain.template import Template, fuse
from visavis.engine.analyse import Analyser
from visavis.engine.photo import FilePhoto, FramePhoto, Photo
from visavis.settings import Settings, load_settings

Picture: TypeAlias = str | Path | bytes | NDArray[np.uint8]
"""A path, the content of an image file, or pixels (height, width, 3) of type uint8."""
ColourOrder: TypeAlias = Literal["rgb", "bgr"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnalysedFace:
    """A face with its quality, and its template unless it was refused (then `reasons` say why)."""

    face: Face
    quality: Quality
    template: Template | None
    reasons: tuple[Reason, ...] = ()


class Engine:
    """Finds faces, computes templates and compares them, with the models of one pack.

    Models are fetched at the first use if they are not there. Thread-safe; one instance serves a process.

    Args:
        pack: name of the model pack; the configured one by default.
        arrays: colour order of numpy arrays that are passed in: "rgb" (Pillow, scikit-image) or "bgr" (OpenCV).
        settings: read from the environment and `visavis.toml` by default.
    """

    def __init__(
        self, pack: str | None = None, *, arrays: ColourOrder = "rgb", settings: Settings | None = None
    ) -> None:
        self._models = Models(settings or load_settings())
        self._pack = self._models.pack(pack)
        self._arrays = arrays
        self._decoder = self._models.decoder()

    @property
    def pack(self) -> Pack:
        """Licences, provenance and calibrations of the models."""
        return self._pack

    @cached_property
    def _analyser(self) -> Analyser:
        return self._models.analyser(self._pack)

    def analyse(self, picture: Picture) -> list[AnalysedFace]:
        """Every face, largest first. Raises `ImageUnreadable`, `ImageTooLarge`, `FileUnreadable`."""
        found = self._analyser.samples(self._photo(picture))
        templates = iter(self._analyser.templates([s for s in found if isinstance(s, Sample)]))
        faces = []
        for one in found:
            if isinstance(one, Rejection):
                faces.append(
                    AnalysedFace(face=one.face, quality=one.quality, template=None, reasons=one.reasons)
                )
                continue
            template = next(templates)
            quality = one.quality if template.quality is None else one.quality.with_unified(template.quality)
            faces.append(AnalysedFace(face=one.face, quality=quality, template=template))
        return faces

    def template(self, *pictures: Picture, largest: bool = False) -> Template:
        """The template of the one human in the picture, or in several pictures, fused.

        Raises `NoFace`, `ManyFaces` (unless `largest`), `QualityTooLow`.
        """
        if not pictures:
            raise ValueInvalid("There is no picture.")
        return fuse([self._single(picture, largest=largest) for picture in pictures])

    def compare(
        self, one: Template, other: Template, *, measure: Measure = Measure.COSINE
    ) -> ComparisonScore:
        """How alike two templates are. Raises `ModelMismatch` for templates of different models."""
        return compare(one, other, measure)

    def verify(
        self,
        reference: Picture | Template,
        probe: Picture | Template,
        *,
        policy: Policy | None = None,
        largest: bool = False,
    ) -> Decision:
        """Are these the same human, at the false-match rate of the policy (1 in 10,000 by default)?

        Raises `NoFace`, `ManyFaces`, `QualityTooLow`, `CalibrationMissing`.
        """
        policy = policy or Policy()
        calibration = self._pack.calibration(policy.measure)
        sides = [
            side if isinstance(side, Template) else self._single(side, largest=largest)
            for side in (reference, probe)
        ]
        policy.require_calibrated_for(calibration, sides[0].model)
        return policy.decide_verification(compare(sides[0], sides[1], policy.measure), calibration)

    def _single(self, picture: Picture, *, largest: bool) -> Template:
        faces = self.analyse(picture)
        if not faces:
            raise NoFace
        if len(faces) > 1 and not largest:
            raise ManyFaces(f"{len(faces)} faces were found where exactly one is expected.")
        if faces[0].template is None:
            advice = " ".join(reason.advice for reason in faces[0].reasons)
            raise QualityTooLow(hint=advice, reasons=tuple(faces[0].reasons))
        return faces[0].template

    def _photo(self, picture: Picture) -> Photo:
        content = picture_content(picture, self._arrays)
        if isinstance(content, Frame):
            return FramePhoto(frame=content)
        return FilePhoto.read(content, self._decoder)


def picture_content(picture: Picture, arrays: ColourOrder) -> bytes | Frame:
    """What a caller gave, as the bytes of a file or as a frame. Raises `FileUnreadable`, `ValueInvalid`."""
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | Path):
        return read_file(Path(picture))
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise ValueInvalid("Pixels are an array of shape (height, width, 3) and type uint8.")
    ordered = pixels[:, :, ::-1] if arrays == "rgb" else pixels
    size = Size(width=pixels.shape[1], height=pixels.shape[0])
    return Frame(pixels=np.ascontiguousarray(ordered), original=size)


def read_file(path: Path) -> bytes:
    """The content of a file. Raises `FileUnreadable`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror or 'cannot be read'}.") from error


def read_files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """(path, content) of each; raises `FileUnreadable` for the first that cannot be read."""
    return [(str(path), read_file(path)) for path in paths]
