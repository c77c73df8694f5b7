"""What was measured of a face when it was captured: numbers, which show nobody."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from visavis.domain.errors import ValueInvalid
from visavis.domain.sample import Component, Rejection, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Kept with an event, so that a change of the camera or of the light can be noticed.

    `detection` is the detector's score 0..1; `sharpness` and `dynamic_range` are quality components 0..100;
    `brightness` is the mean grey value 0..255 of the face; `red_green` and `blue_green` are natural logarithms of
    the ratios of mean channels, 0 for grey; `inter_eye_px` is the distance between the eyes. `None`: not measured.
    """

    detection: float | None = None
    sharpness: float | None = None
    dynamic_range: float | None = None
    brightness: float | None = None
    red_green: float | None = None
    blue_green: float | None = None
    inter_eye_px: float | None = None

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """In the order of the fields, for storing."""
        return tuple(astuple(self))

    @classmethod
    def of_numbers(cls, numbers: Sequence[float | None]) -> "Observation":
        """The inverse of `numbers`; fields that came later than the numbers are `None`. Raises `ValueInvalid`."""
        names = cls.__slots__
        if len(numbers) > len(names):
            raise ValueInvalid("An observation has fewer numbers.")
        return cls(**dict(zip(names, numbers, strict=False)))

    @classmethod
    def of(cls, found: Sample | Rejection) -> "Observation":
        """What was measured of a face that was found."""
        quality = found.quality
        light = quality.light
        return cls(
            detection=found.face.score,
            sharpness=quality.component(Component.SHARPNESS),
            dynamic_range=quality.component(Component.DYNAMIC_RANGE),
            brightness=light.brightness if light else None,
            red_green=light.red_green if light else None,
            blue_green=light.blue_green if light else None,
            inter_eye_px=found.face.inter_eye_px,
        )
