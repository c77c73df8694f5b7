"""MTCNN's arithmetic around its networks, on networks that are played."""

import base64
import zipfile
from pathlib import Path

import numpy as np
import pytest
from onnx_graphs import mean_colour

from visavis.adapters.onnx import mtcnn
from visavis.adapters.onnx.catalogue import builtin_detector
from visavis.adapters.onnx.mtcnn import CARRIED, MtcnnDetector
from visavis.adapters.onnx.mtcnn_graph import convert
from visavis.adapters.onnx.session import open_session
from visavis.domain.errors import FileUnreadable, ModelNotFound, ModelUnsupported
from visavis.domain.pack import DetectorFamily


def test_boxes_become_squares_around_their_centre_in_whole_pixels() -> None:
    boxes = np.array([[10.0, 20.0, 30.6, 60.4, 0.9], [5.0, 5.0, 5.0, 5.0, 0.5]], np.float32)
    (square,) = mtcnn._squares(boxes)
    np.testing.assert_allclose(square, [0.0, 20.0, 40.0, 60.0, 0.9], atol=1e-6)


def test_sides_move_by_shares_of_the_box_with_its_last_pixel() -> None:
    (moved,) = mtcnn._moved(
        np.array([[10.0, 20.0, 29.0, 59.0, 0.9]], np.float32), np.array([[0.1, -0.1, 0.5, 0.25]], np.float32)
    )
    np.testing.assert_allclose(moved, [12.0, 16.0, 39.0, 69.0, 0.9], atol=1e-5)


def test_what_lies_in_a_better_box_is_no_face_of_its_own() -> None:
    boxes = np.array(
        [[0, 0, 99, 99, 0.9], [20, 20, 60, 60, 0.95], [150, 0, 199, 49, 0.8], [50, 0, 149, 99, 0.7]],
        np.float32,
    )
    assert mtcnn._apart(boxes) == [1, 2, 3]


def test_crops_count_from_one_and_are_black_beyond_the_picture() -> None:
    image = np.full((40, 40, 3), 200, np.uint8)
    image[:24, :24] = 100
    boxes = np.array([[1, 1, 24, 24, 1.0], [-23, -23, 24, 24, 1.0], [100, 100, 147, 147, 1.0]], np.float32)
    exact, corner, beyond = mtcnn._crops(image, boxes, 24)
    assert (exact == 100).all()
    assert corner[:11, :].max() == 0
    assert corner[13:, 13:].min() == 100
    assert beyond.max() == 0


def test_pixels_are_red_first_and_by_columns() -> None:
    image = np.zeros((1, 2, 4, 3), np.uint8)
    image[0, 1, 3] = (255, 0, 128)
    tensor = mtcnn._tensor(image)
    assert tensor.shape == (1, 4, 2, 3)
    np.testing.assert_allclose(tensor[0, 3, 1], [0.5 / 128, -127.5 / 128, 127.5 / 128])


def test_other_graphs_and_archives_are_refused(tmp_path: Path) -> None:
    model = mean_colour(12)
    with pytest.raises(ModelUnsupported):
        MtcnnDetector(open_session(model.SerializeToString()))
    entry = model.metadata_props.add()
    entry.key, entry.value = CARRIED[0], base64.b64encode(b"x").decode()
    with pytest.raises(ModelUnsupported):
        MtcnnDetector(open_session(model.SerializeToString()))
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(FileUnreadable):
        convert(tmp_path / "text")
    with zipfile.ZipFile(tmp_path / "zip", "w") as package:
        package.writestr("a/pnet.onnx", b"")
    with pytest.raises(ModelUnsupported):
        convert(tmp_path / "zip")


def test_the_catalogue_has_it() -> None:
    assert builtin_detector("mtcnn").family is DetectorFamily.MTCNN
    assert not builtin_detector("mtcnn").artefact.licence.needs_acceptance
    with pytest.raises(ModelNotFound, match="yunet"):
        builtin_detector("nothing")
