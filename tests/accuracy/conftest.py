"""Where the tests of real weights and real photographs find both."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis.bootstrap.models import Models
from visavis.domain.arrays import ImageBGR


@pytest.fixture(scope="session")
def weights(models: Models, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published files `face_detection_yunet_2023mar.onnx` and `fr_feature.onnx`."""
    folder = tmp_path_factory.mktemp("weights")
    pack = models.pack("standard")
    for spec, name in (
        (pack.detector, "face_detection_yunet_2023mar.onnx"),
        (pack.embedder, "fr_feature.onnx"),
    ):
        (folder / name).symlink_to(models.store.artefact_path(spec.artefact))
    return folder


@pytest.fixture(scope="session")
def lfw() -> Path:
    """The development photographs, beside the repository."""
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "lfw-dev"
    if not folder.is_dir():
        pytest.skip("the development photographs are not there")
    return folder


@pytest.fixture(scope="session")
def photographs() -> dict[str, ImageBGR]:
    """Photographs in the public domain, carried by Python packages; each shows one large face."""
    skimage_data = pytest.importorskip("skimage.data")
    matplotlib = pytest.importorskip("matplotlib")
    hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    collins: ImageBGR = np.ascontiguousarray(skimage_data.astronaut()[..., ::-1])
    return {"collins": collins, "hopper": np.asarray(cv2.imread(str(hopper)), dtype=np.uint8)}


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """OpenCV with one thread, as the product runs it."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)
