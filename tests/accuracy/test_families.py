"""The model families on their real weights and on real faces."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from visavis.adapters.onnx.factory import build_detector, build_embedder, rewriter_for
from visavis.adapters.onnx.session import open_session
from visavis.domain.arrays import Chips, ImageBGR
from visavis.domain.face import Face
from visavis.domain.pack import (
    Artefact,
    ColourOrder,
    DetectionPlan,
    DetectorFamily,
    DetectorSpec,
    EmbedderFamily,
    EmbedderSpec,
    Licence,
    Source,
    SourceKind,
)
from visavis.engine.ports.detector import Detector
from visavis.engine.ports.embedder import Embedder
from visavis.vision.align import aligned_chip, similarity

pytestmark = pytest.mark.models

YUNET = "face_detection_yunet_2023mar.onnx"
FR_FEATURE = "fr_feature.onnx"
ARTEFACT = Artefact(
    name="under test",
    source=Source(kind=SourceKind.FILE, name="under test"),
    sha256="0" * 64,
    size_bytes=1,
    licence=Licence(name="MIT", commercial=True, words="As published."),
    provenance="As published.",
)
STANDARD = EmbedderSpec(
    family=EmbedderFamily.ARCFACE,
    artefact=ARTEFACT,
    contract="test",
    dimension=512,
    side=112,
    colour=ColourOrder.BGR,
    mean=(127.0, 127.0, 127.0),
    scale=128.0,
    quality=None,
)


@pytest.fixture(scope="module")
def graphs(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The rewritten graphs, which the rewriter has proven equal to the published ones."""
    folder = tmp_path_factory.mktemp("graphs")
    families = {YUNET: DetectorFamily.YUNET, FR_FEATURE: EmbedderFamily.ARCFACE}
    for name, family in families.items():
        onnx.save(rewriter_for(family)(weights / name), folder / name)
    return {name: folder / name for name in families}


@pytest.fixture(scope="module")
def detector(graphs: dict[str, Path]) -> Detector:
    spec = DetectorSpec(family=DetectorFamily.YUNET, artefact=ARTEFACT, plan=DetectionPlan())
    return build_detector(spec, graphs[YUNET])


@pytest.fixture(scope="module")
def embedder(graphs: dict[str, Path]) -> Embedder:
    return build_embedder(STANDARD, graphs[FR_FEATURE])


def photo(path: Path) -> ImageBGR:
    return np.asarray(cv2.imread(str(path)), dtype=np.uint8)


def opencv_faces(weights: Path, image: ImageBGR, min_score: float) -> list[list[float]]:
    """OpenCV's own decoding of the same file, best first: box, landmarks, score."""
    height, width = image.shape[:2]
    peer = cv2.FaceDetectorYN.create(str(weights / YUNET), "", (width, height), min_score, 0.3, 5000)
    found = peer.detect(image)[1]
    return [] if found is None else sorted(found.astype(float).tolist(), key=lambda row: -row[14])


def assert_same_faces(expected: list[list[float]], faces: tuple[Face, ...]) -> None:
    assert len(faces) == len(expected)
    for row, face in zip(expected, faces, strict=True):
        box = (face.box.left, face.box.top, face.box.width, face.box.height)
        np.testing.assert_allclose(box, row[:4], atol=1e-2)
        np.testing.assert_allclose(face.landmarks.ravel(), row[4:14], atol=1e-2)
        assert face.score == pytest.approx(row[14], abs=1e-4)


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 1.37, 2.0])
def test_yunet_agrees_with_opencv(
    detector: Detector, weights: Path, photographs: dict[str, ImageBGR], scale: float
) -> None:
    for photograph in photographs.values():
        resized = cv2.resize(photograph, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        image = np.asarray(resized, dtype=np.uint8)
        expected = opencv_faces(weights, image, 0.6)
        assert expected
        assert_same_faces(expected, detector.detect([image], min_score=0.6)[0])


@pytest.mark.data
def test_yunet_agrees_with_opencv_on_every_photograph(detector: Detector, weights: Path, lfw: Path) -> None:
    images = [photo(path) for path in sorted(lfw.rglob("*.jpg"))[::50]]
    assert len(images) > 50
    for image, faces in zip(images, detector.detect(images, min_score=0.5), strict=True):
        assert_same_faces(opencv_faces(weights, image, 0.5), faces)


def chips_of(detector: Detector, embedder: Embedder, images: list[ImageBGR]) -> Chips:
    """The chip of the face nearest to the centre of each image."""
    chips = []
    for image, faces in zip(images, detector.detect(images, min_score=0.3), strict=True):
        middle = np.array([image.shape[1], image.shape[0]]) / 2
        face = min(faces, key=lambda found: float(np.linalg.norm(found.box.centre - middle)))
        transform = similarity(face.landmarks, np.array(embedder.chip.positions))
        chips.append(aligned_chip(image, transform, embedder.chip.side))
    return np.stack(chips)


def test_the_rewritten_embedder_equals_the_published_one_on_faces(
    detector: Detector, embedder: Embedder, weights: Path, photographs: dict[str, ImageBGR]
) -> None:
    chips = chips_of(detector, embedder, list(photographs.values()))
    published = open_session(weights / FR_FEATURE)
    for chip, got in zip(chips, embedder.embed(chips), strict=True):
        tensor = ((chip.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None]
        expected = published.run(tensor)[0][0]
        cosine = expected @ got / np.linalg.norm(expected) / np.linalg.norm(got)
        assert cosine >= 1 - 1e-6
        assert np.linalg.norm(got) == pytest.approx(float(np.linalg.norm(expected)), rel=1e-4)


def test_features_do_not_depend_on_the_batch(
    detector: Detector, embedder: Embedder, photographs: dict[str, ImageBGR]
) -> None:
    chips = chips_of(detector, embedder, list(photographs.values())).repeat(4, axis=0)
    together = embedder.embed(chips)
    alone = np.concatenate([embedder.embed(chip[None]) for chip in chips])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_array_equal(together, embedder.embed(chips))


@pytest.mark.data
def test_blue_first_separates_faces_and_red_first_does_worse(
    detector: Detector, embedder: Embedder, graphs: dict[str, Path], lfw: Path
) -> None:
    """Equal error rate of the 600 pairs of the first fold: at most 1 %, and below that of the wrong order."""
    rows = [line.split(",") for line in (lfw / "pairs.csv").read_text().splitlines()[1:]]
    fold = [(reference, probe, mated) for number, reference, probe, mated in rows if number == "1"]
    paths = sorted({path for pair in fold for path in pair[:2]})
    chips = chips_of(detector, embedder, [photo(lfw / "images" / path) for path in paths])
    wrong = build_embedder(replace(STANDARD, colour=ColourOrder.RGB), graphs[FR_FEATURE])
    rates = [equal_error_rate(fold, paths, model.embed(chips)) for model in (embedder, wrong)]
    assert rates[0] <= 0.01
    assert rates[0] < rates[1]


def equal_error_rate(
    pairs: list[tuple[str, str, str]],
    paths: list[str],
    features: np.ndarray[tuple[int, int], np.dtype[np.float32]],
) -> float:
    """Half the smallest sum of false match and false non-match rate."""
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    at = {path: index for index, path in enumerate(paths)}
    scores = np.array([units[at[reference]] @ units[at[probe]] for reference, probe, _ in pairs])
    mated = np.array([mate == "1" for _, _, mate in pairs])
    return min(
        float((scores[mated] < limit).mean() + (scores[~mated] >= limit).mean()) / 2 for limit in scores
    )
