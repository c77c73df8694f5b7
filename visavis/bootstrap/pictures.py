"""Pictures outside a gallery: their size, marks drawn on them, two of them compared."""

from collections.abc import Sequence
from pathlib import Path

from visavis.adapters.images.annotate import annotated, encoded
from visavis.application.verify import Verify
from visavis.bootstrap.models import Models
from visavis.domain.errors import FileUnreadable
from visavis.domain.geometry import Size
from visavis.domain.pack import Pack
from visavis.domain.policy import Policy
from visavis.settings import Settings
from visavis.vision.draw import Mark


def picture_size(settings: Settings, content: bytes) -> Size:
    """Of the upright picture, from the header alone. Raises `ImageUnreadable`, `ImageTooLarge`."""
    return Models(settings).decoder().size(content)


def write_annotated(settings: Settings, content: bytes, marks: Sequence[Mark], target: Path) -> None:
    """Writes the picture with marks on it. Raises `FileUnreadable` if that is impossible, `ValueInvalid`."""
    frame = Models(settings).decoder().decode(content)
    picture = encoded(annotated(frame.pixels, marks), target.suffix)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
    except OSError as error:
        raise FileUnreadable(f"{target} cannot be written: {error.strerror or error}.") from error


def photo_verification(settings: Settings, pack: Pack, policy: Policy) -> Verify:
    """1:1 of two photos, without a store. Raises `CalibrationMissing` and as `Models.analyser` does."""
    models = Models(settings)
    calibration = pack.calibration(policy.measure)
    return Verify(inference=models.inference(pack), calibration=calibration, policy=policy)
