"""The library: one model pack in this process, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.application.probe import the_one
from visavis.bootstrap.models import Models
from visavis.domain.decision import ComparisonScore, Decision, Measure, compare
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.domain.sample import Quality, Reason, Rejection, Sample
from visavis.domain.template import Template, fuse
from visavis.engine.analyse import Analyser
from visavis.engine.photo import Photo, photo_of
from visavis.settings import Settings, load_settings
from visavis.vision.png import png

Picture: TypeAlias = str | Path | bytes | NDArray[np.uint8]
"""A path, the content of an image file, or pixels (height, width, 3) of type uint8."""
ColourOrder: TypeAlias = Literal["rgb", "bgr"]

_MOST_BYTES = 2**30
"""No setting allows larger photos."""
_ADVICE: dict[type[OSError], str] = {
    FileNotFoundError: "Check the name and the folder.",
    IsADirectoryError: "Name the photos in it, or enrol a folder of folders with: visavis enrol-folder",
    PermissionError: "Become its owner, or ask for the right to read it.",
}


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
        settings = settings or load_settings()
        self._models = Models(settings)
        self._most_bytes = settings.limits.max_image_bytes
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

    def template(self, *pictures: Picture, largest: bool = False, mirror: bool = True) -> Template:
        """The template of the one human in the picture, or in several pictures, fused.

        With `mirror` the mirror image is averaged in, as for references: a little more exact, half as fast.
        Raises `NoFace`, `ManyFaces` (unless `largest`), `QualityTooLow`.
        """
        if not pictures:
            raise ValueInvalid("There is no picture.")
        return fuse([self._single(picture, largest=largest, mirror=mirror) for picture in pictures])

    def crops(self, picture: Picture) -> list[bytes]:
        """The good faces, aligned as the pack's model takes them, largest first; each a PNG file.

        For a gateway that sends faces to a server instead of pictures. Raises as `analyse` does.
        """
        found = self._analyser.samples(self._photo(picture))
        return [png(one.chip) for one in found if isinstance(one, Sample)]

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
            side if isinstance(side, Template) else self._single(side, largest=largest, mirror=True)
            for side in (reference, probe)
        ]
        policy.require_calibrated_for(calibration, sides[0].model)
        return policy.decide_verification(compare(sides[0], sides[1], policy.measure), calibration)

    def _single(self, picture: Picture, *, largest: bool, mirror: bool) -> Template:
        sample = the_one(self._analyser.samples(self._photo(picture)), largest=largest)
        (template,) = self._analyser.templates([sample], flip=mirror)
        return template

    def _photo(self, picture: Picture) -> Photo:
        content = picture_content(picture, self._arrays, most_bytes=self._most_bytes)
        return photo_of(content, self._decoder)


def picture_content(picture: Picture, arrays: ColourOrder, *, most_bytes: int) -> bytes | Frame:
    """What a caller gave, as the bytes of a file or as a frame. Raises `FileUnreadable`, `ValueInvalid`."""
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | Path):
        return read_file(Path(picture), most_bytes)
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or pixels.size == 0:
        raise ValueInvalid("Pixels are an array of shape (height, width, 3) and type uint8.")
    ordered = pixels[:, :, ::-1] if arrays == "rgb" else pixels
    size = Size(width=pixels.shape[1], height=pixels.shape[0])
    return Frame(pixels=np.ascontiguousarray(ordered), original=size)


def read_file(path: Path, most_bytes: int = _MOST_BYTES) -> bytes:
    """The content of a file, cut off after `most_bytes` and one: enough for the decoder to refuse its size.

    Raises `FileUnreadable`.
    """
    try:
        with path.open("rb") as file:
            return file.read(most_bytes + 1)
    except OSError as error:
        hint = _ADVICE.get(type(error), "")
        raise FileUnreadable(f"{path}: {error.strerror or 'cannot be read'}.", hint=hint) from error


def read_files(paths: Sequence[Path], most_bytes: int = _MOST_BYTES) -> list[tuple[str, bytes]]:
    """(path, content) of each; raises `FileUnreadable` for the first that cannot be read."""
    return [(str(path), read_file(path, most_bytes)) for path in paths]
