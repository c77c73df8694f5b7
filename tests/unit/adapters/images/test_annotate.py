"""Annotated pictures."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from visavis.adapters.images.annotate import annotated, encoded
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box
from visavis.vision.draw import Mark, Tone


def mark(left: float = 100, label: str = "Ada Lovelace", remark: str = "0.81") -> Mark:
    return Mark(
        box=Box(left=left, top=200, right=left + 150, bottom=380), tone=Tone.MATCH, label=label, remark=remark
    )


def grey(height: int = 800, width: int = 1000) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def test_the_picture_itself_is_not_changed() -> None:
    pixels = grey()
    result = annotated(pixels, [mark()])
    assert (pixels == 128).all()
    assert result.shape == pixels.shape
    assert (result != 128).any()


def test_letters_are_white_on_a_dark_ground() -> None:
    result = annotated(grey(), [mark()])
    chip = result[150:195, 105:300].reshape(-1, 3)
    assert (chip.min(axis=1) > 240).any()
    assert (chip.max(axis=1) < 60).sum() > 500


def test_no_marks_leave_a_large_picture_as_it_is() -> None:
    assert (annotated(grey(), []) == 128).all()


def test_a_small_picture_comes_back_enlarged() -> None:
    assert annotated(grey(100, 200), [mark(10)]).shape == (400, 800, 3)


@pytest.mark.parametrize("label", ["", "x" * 500, "Ørsted", "漢字", "a\tb"])
def test_any_name_can_be_drawn(label: str) -> None:
    annotated(grey(), [mark(label=label), mark(900, label=label, remark="")])


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".jpg", "JPEG"), (".JPEG", "JPEG"), (".png", "PNG"), (".webp", "WEBP")]
)
def test_formats(suffix: str, kind: str) -> None:
    with Image.open(BytesIO(encoded(grey(40, 60), suffix))) as picture:
        assert picture.format == kind
        assert picture.size == (60, 40)


def test_colours_survive_encoding() -> None:
    blue = np.zeros((8, 8, 3), np.uint8)
    blue[:, :, 0] = 255
    with Image.open(BytesIO(encoded(blue, ".png"))) as picture:
        assert picture.getpixel((0, 0)) == (0, 0, 255)


def test_other_formats_are_refused() -> None:
    with pytest.raises(ValueInvalid, match=r"\.gif"):
        encoded(grey(8, 8), ".gif")
