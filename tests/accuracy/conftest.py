"""Where the tests of real weights and real photographs find both."""

import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis.domain.arrays import ImageBGR

WEIGHTS_VARIABLE = "VISAVIS_TEST_WEIGHTS"


@pytest.fixture(scope="session")
def weights() -> Path:
    """A folder with the published files `face_detection_yunet_2023mar.onnx` and `fr_feature.onnx`."""
    folder = os.environ.get(WEIGHTS_VARIABLE, "")
    if not folder or not Path(folder).is_dir():
        pytest.skip(f"{WEIGHTS_VARIABLE} names no folder with the weights")
    return Path(folder)


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
