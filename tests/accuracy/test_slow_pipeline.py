"""The pipeline was made fast; what it computes is what a slow, plain one computes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.slow_pipeline import Seen, SlowPipeline
from visavis.bootstrap.models import Models
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.analyse import Analyser
from visavis.engine.photo import photo_of

pytestmark = pytest.mark.models

FAR_PX = (
    1e-2  #: landmarks; the slow pipeline computes in float64, which moves a pixel of a crop by one grey value
)
CHIP_SHARE = 0.02  #: of the values of a chip, which may differ by one grey value
LIKE = 1.0 - 2e-5  #: cosine of templates


def compared(models: Models, photos: Sequence[Path]) -> int:
    """How many templates of the photos were compared; no face may be missing on either side."""
    pack = models.pack("standard")
    slow, fast, decoder = SlowPipeline.of(models, pack), models.analyser(pack), models.decoder()
    return sum(
        same(fast, fast.samples(photo_of(photo.read_bytes(), decoder)), slow.faces(photo)) for photo in photos
    )


def same(fast: Analyser, found: Sequence[Sample | Rejection], seen: Sequence[Seen]) -> int:
    for one, plain in zip(found, seen, strict=True):
        np.testing.assert_allclose(one.face.landmarks, plain.found.marks, atol=FAR_PX)
    samples = [(one, plain) for one, plain in zip(found, seen, strict=True) if isinstance(one, Sample)]
    templates = fast.templates([sample for sample, _ in samples])
    for (sample, plain), template in zip(samples, templates, strict=True):
        agree(sample, template, plain)
    return len(templates)


def agree(sample: Sample, template: Template, plain: Seen) -> None:
    difference = np.abs(sample.chip.astype(int) - plain.chip)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= CHIP_SHARE * difference.size
    here, there = np.linalg.norm(template.vector), np.linalg.norm(plain.vector)
    assert template.vector @ plain.vector / (here * there) > LIKE
    assert here == pytest.approx(there, rel=1e-4)


def test_portraits_of_one_to_three_megapixels(models: Models, portraits: Path) -> None:
    photos = [portraits / name for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")]
    assert compared(models, photos) == len(photos)


def test_small_photos_and_a_group(models: Models, shared_data: Path) -> None:
    small = sorted((shared_data / "lfw-dev" / "images").glob("A*/*_0001.jpg"))[:25]
    assert compared(models, [*small, shared_data / "bbt" / "groups" / "bbt1.jpg"]) >= 29
