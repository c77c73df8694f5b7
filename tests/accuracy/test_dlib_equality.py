"""The converted network gives dlib's descriptors, so that descriptors stored by its users stay valid."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.adapters.onnx.dlib_embedder import DlibEmbedder
from visavis.adapters.onnx.dlib_graph import convert
from visavis.adapters.onnx.session import open_session
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity

dlib = pytest.importorskip("dlib", reason="dlib-bin is the reference and is not installed")

pytestmark = pytest.mark.models

Image = NDArray[np.uint8]
LFW = Path(__file__).parents[3] / "shared" / "data" / "lfw-dev" / "images"
PHOTOS = {"skimage": "data/astronaut.png", "matplotlib": "mpl-data/sample_data/grace_hopper.jpg"}
TOLERANCE = 1e-5


def packaged(package: str, path: str) -> Path:
    """A file of an installed package, without importing the package."""
    spec = find_spec(package)
    if spec is None or spec.origin is None or not (Path(spec.origin).parent / path).exists():
        pytest.skip(f"the package {package} with {path} is not installed")
    return Path(spec.origin).parent / path


@pytest.fixture(scope="module")
def models() -> Path:
    return packaged("face_recognition_models", "models")


@pytest.fixture(scope="module")
def embedder(models: Path) -> DlibEmbedder:
    graph = convert(models / "dlib_face_recognition_resnet_model_v1.dat").SerializeToString()
    identity = ModelIdentity(family="dlib", digest="0" * 64, contract="test", dimension=128)
    return DlibEmbedder(session=open_session(graph), model=identity)


@pytest.fixture(scope="module")
def describe(models: Path) -> Callable[[Image], NDArray[np.float64]]:
    """dlib's own descriptor of an RGB chip."""
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
    return lambda chip: np.array(network.compute_face_descriptor(chip))


@pytest.fixture(scope="module")
def cut(models: Path) -> Callable[[Image, float], Image | None]:
    """dlib's own chip of the first face of an RGB photo, turned about its centre by so many degrees."""
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))

    def chip(photo: Image, degrees: float) -> Image | None:
        found = detector(photo, 0)
        if not found:
            return None
        centre = found[0].center()
        turn = cv2.getRotationMatrix2D((centre.x, centre.y), degrees, 1.0)
        turned = cv2.warpAffine(photo, turn, (photo.shape[1], photo.shape[0]))
        landmarks = points(turned, found[0])
        return np.asarray(dlib.get_face_chip(turned, landmarks, size=150, padding=0.25), np.uint8)

    return chip


def read_rgb(path: Path) -> Image:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None
    return np.ascontiguousarray(bgr[:, :, ::-1], dtype=np.uint8)


def variants(photo: Image, cut: Callable[[Image, float], Image | None]) -> Iterator[Image]:
    """Chips of one photo: mirrored, turned, darker and brighter, and cropped out of the middle."""
    for mirrored, degrees in product((False, True), (-20.0, -7.0, 0.0, 13.0)):
        chip = cut(np.ascontiguousarray(photo[:, ::-1]) if mirrored else photo, degrees)
        assert chip is not None
        for gain in (0.3, 1.0, 1.7):
            yield np.clip(chip * gain, 0, 255).astype(np.uint8)
        yield cv2.resize(chip[20:130, 15:125], (150, 150)).astype(np.uint8)


@pytest.fixture(scope="module")
def chips(cut: Callable[[Image, float], Image | None]) -> NDArray[np.uint8]:
    """RGB chips of two photographs in the public domain, (64, 150, 150, 3)."""
    photos = [read_rgb(packaged(package, path)) for package, path in PHOTOS.items()]
    return np.stack([chip for photo in photos for chip in variants(photo, cut)])


def difference(
    chips: NDArray[np.uint8], embedder: DlibEmbedder, describe: Callable[[Image], NDArray[np.float64]]
) -> float:
    ours = embedder.embed(np.ascontiguousarray(chips[..., ::-1]))
    theirs = np.stack([describe(chip) for chip in chips])
    assert ours.shape == theirs.shape == (len(chips), 128)
    assert float(np.ptp(theirs, axis=0).max()) > 0.05, "the chips are too alike to prove anything"
    return float(np.abs(ours - theirs).max())


def test_descriptors_equal_those_of_dlib(
    chips: NDArray[np.uint8], embedder: DlibEmbedder, describe: Callable[[Image], NDArray[np.float64]]
) -> None:
    assert len(chips) >= 50
    assert difference(chips, embedder, describe) <= TOLERANCE


@pytest.mark.data
def test_descriptors_equal_those_of_dlib_on_many_people(
    embedder: DlibEmbedder,
    describe: Callable[[Image], NDArray[np.float64]],
    cut: Callable[[Image, float], Image | None],
) -> None:
    if not LFW.exists():
        pytest.skip("lfw-dev is not in ../shared/data")
    photos = sorted(LFW.glob("*/*_0001.jpg"))[::15]
    found = [chip for photo in photos if (chip := cut(read_rgb(photo), 0.0)) is not None]
    assert len(found) >= 50
    assert difference(np.stack(found), embedder, describe) <= TOLERANCE


def test_the_reference_notices_a_wrong_colour_order(
    chips: NDArray[np.uint8], embedder: DlibEmbedder, describe: Callable[[Image], NDArray[np.float64]]
) -> None:
    assert difference(chips[:8, ..., ::-1], embedder, lambda chip: describe(chip[..., ::-1].copy())) > 0.01


def test_a_face_does_not_depend_on_its_company(chips: NDArray[np.uint8], embedder: DlibEmbedder) -> None:
    together = embedder.embed(chips[:20])
    alone = np.concatenate([embedder.embed(chips[index : index + 1]) for index in range(20)])
    np.testing.assert_allclose(together, alone, atol=2e-6, rtol=0)


def test_no_chips_give_no_features(embedder: DlibEmbedder) -> None:
    assert embedder.embed(np.empty((0, 150, 150, 3), np.uint8)).shape == (0, 128)


def test_chips_of_another_size_are_refused(embedder: DlibEmbedder) -> None:
    with pytest.raises(ValueInvalid, match="150"):
        embedder.embed(np.zeros((1, 112, 112, 3), np.uint8))


def test_conversion_gives_the_same_bytes_again(models: Path) -> None:
    dat = models / "dlib_face_recognition_resnet_model_v1.dat"
    assert convert(dat).SerializeToString(deterministic=True) == convert(dat).SerializeToString(
        deterministic=True
    )


def test_every_node_has_its_own_name(models: Path) -> None:
    names = [node.name for node in convert(models / "dlib_face_recognition_resnet_model_v1.dat").graph.node]
    assert len(names) == len(set(names)) > 80
    assert all(names)
