"""From a picture to samples and templates."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.unit.engine.fakes import ColourEmbedder, SquareDetector, blank, drawn_face
from visavis.adapters.images.decoder import BoundedDecoder
from visavis.domain.arrays import ImageBGR
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.domain.pack import DetectionPlan, QualityMap, ScoreBalance
from visavis.domain.sample import Component, Reason, Rejection, Sample
from visavis.engine.analyse import Analyser
from visavis.engine.assess import ENROL_GATE, PROBE_GATE, QualityGate
from visavis.engine.photo import FilePhoto, FramePhoto
from visavis.engine.ports.decoder import Header

ANALYSER = Analyser(
    detector=SquareDetector(),
    embedder=ColourEmbedder(),
    plan=DetectionPlan(min_face_px=48, refine=False),
    quality=QualityMap(centre=100.0, width=50.0),
)
OPEN_GATE = QualityGate(
    min_face_px=1,
    min_sharpness=0,
    min_under_exposure_prevention=0,
    min_over_exposure_prevention=0,
    min_crop=0,
)


def photo_of(pixels: ImageBGR) -> FramePhoto:
    return FramePhoto(
        frame=Frame(pixels=pixels, original=Size(width=pixels.shape[1], height=pixels.shape[0]))
    )


def portrait(side: int = 120, colour: tuple[int, int, int] = (60, 90, 200)) -> ImageBGR:
    pixels = blank(400, 300)
    drawn_face(pixels, 100, 80, side, colour)
    return pixels


def test_a_face_becomes_a_sample_and_a_template() -> None:
    (sample,) = ANALYSER.samples(photo_of(portrait()), gate=OPEN_GATE)
    assert isinstance(sample, Sample)
    assert sample.chip.shape == (112, 112, 3)
    (template,) = ANALYSER.templates([sample])
    assert template.model == ColourEmbedder.model
    assert template.quality is not None
    assert 0 < template.quality < 100


def test_too_small_a_face_travels_on_as_a_rejection() -> None:
    (rejection,) = ANALYSER.samples(photo_of(portrait(40)), gate=ENROL_GATE)
    assert isinstance(rejection, Rejection)
    assert Reason.TOO_SMALL in rejection.reasons
    assert "closer" in rejection.advice


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda chip: np.full_like(chip, 90), Reason.TOO_BLURRED),
        (lambda chip: (chip * 0.04).astype(np.uint8), Reason.TOO_DARK),
        (lambda chip: np.maximum(chip, 252), Reason.TOO_BRIGHT),
    ],
)
def test_extremes_of_light_and_focus_are_refused(change: object, reason: Reason) -> None:
    pixels = portrait(200)
    found = ANALYSER.faces(photo_of(pixels))[0]
    pixels[80:280, 100:300] = change(pixels[80:280, 100:300])  # type: ignore[operator]
    size = Size(width=400, height=300)
    result = ANALYSER.sample(Frame(pixels=pixels, original=size), found, gate=PROBE_GATE)
    assert isinstance(result, Rejection)
    assert reason in result.reasons


def test_a_face_beyond_the_border_is_measured() -> None:
    pixels = portrait(200)
    face = ANALYSER.faces(photo_of(pixels))[0]
    frame = Frame(pixels=pixels[:, 200:], original=Size(width=200, height=300))
    from visavis.domain.face import Face
    from visavis.domain.geometry import Box

    cut = Face(
        box=Box(left=-100, top=80, right=100, bottom=280),
        landmarks=face.landmarks - np.array([200, 0], np.float32),
        score=0.9,
    )
    result = ANALYSER.sample(frame, cut, gate=PROBE_GATE)
    assert result.quality.component(Component.CROP_OF_THE_FACE_IMAGE) == pytest.approx(50.0)
    assert isinstance(result, Rejection)
    assert Reason.CUT_OFF in result.reasons


def test_mirror_averaging_uses_both_sides() -> None:
    pixels = portrait()
    pixels[80:200, 100:160] //= 2  # left half of the face darker
    (sample,) = ANALYSER.samples(photo_of(pixels), gate=OPEN_GATE)
    assert isinstance(sample, Sample)
    (plain,) = ANALYSER.templates([sample])
    (both,) = ANALYSER.templates([sample], flip=True)
    quarters = both.vector.reshape(4, 3)
    assert quarters[0] == pytest.approx(quarters[1], abs=0.02)
    assert plain.vector.reshape(4, 3)[0] != pytest.approx(plain.vector.reshape(4, 3)[1], abs=0.02)


def test_the_balance_weights_by_the_length_of_the_features() -> None:
    balance = ScoreBalance(reference=200.0, exponent=0.5, low=50.0, high=800.0)
    weighted = Analyser(
        detector=SquareDetector(), embedder=ColourEmbedder(), plan=ANALYSER.plan, balance=balance
    )
    (sample,) = weighted.samples(photo_of(portrait()), gate=OPEN_GATE)
    assert isinstance(sample, Sample)
    (template,) = weighted.templates([sample])
    assert float(np.linalg.norm(template.vector)) == pytest.approx(balance.weight(template.norm), rel=1e-5)
    assert template.quality is None


def test_no_samples_no_templates() -> None:
    assert ANALYSER.templates([]) == []


def encoded(pixels: ImageBGR) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., ::-1])).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


class CountingDecoder(BoundedDecoder):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def decode(
        self, data: bytes, *, header: Header | None = None, min_long_side_px: int = 0, source: str = ""
    ) -> Frame:
        self.asked.append(min_long_side_px)
        return super().decode(data, header=header, min_long_side_px=min_long_side_px, source=source)


def test_a_large_face_is_cut_from_the_reduced_decoding_a_small_one_from_the_full() -> None:
    for side, decodings in ((600, 1), (60, 2)):
        pixels = blank(2400, 1800)
        drawn_face(pixels, 300, 300, side, (60, 90, 200))
        decoder = CountingDecoder()
        photo = FilePhoto.read(encoded(pixels), decoder)
        (sample,) = ANALYSER.samples(photo, gate=OPEN_GATE)
        assert sample.face.width_px == pytest.approx(side, rel=0.08)
        assert len(decoder.asked) == decodings
        assert decoder.asked[0] == 1200


def test_the_same_picture_gives_the_same_template_every_time() -> None:
    photo = photo_of(portrait())
    runs = [
        ANALYSER.templates([s for s in ANALYSER.samples(photo, gate=OPEN_GATE) if isinstance(s, Sample)])
        for _ in (1, 2)
    ]
    assert (runs[0][0].vector == runs[1][0].vector).all()
