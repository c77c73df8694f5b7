"""MTCNN beside YuNet, on real photographs."""

from pathlib import Path

import numpy as np
import pytest

from visavis.bootstrap.library import read_file
from visavis.bootstrap.models import Models
from visavis.domain.errors import SourceUnreachable
from visavis.domain.face import Face
from visavis.engine.analyse import Analyser
from visavis.engine.photo import photo_of

pytestmark = [pytest.mark.models, pytest.mark.data]
PHOTOS = 24


@pytest.fixture(scope="module")
def both(models: Models) -> tuple[Analyser, Analyser]:
    """The pack standard with its own detector and with MTCNN."""
    pack = models.pack("standard")
    other = models.with_detector(pack, "mtcnn")
    try:
        models.pull(other)
    except SourceUnreachable as error:
        pytest.skip(f"MTCNN cannot be fetched: {error}")
    return models.analyser(pack), models.analyser(other)


def test_both_see_the_same_faces_and_landmarks(
    models: Models, both: tuple[Analyser, Analyser], shared_data: Path
) -> None:
    folders = sorted((shared_data / "lfw-dev" / "images").iterdir())[:: 1241 // PHOTOS][:PHOTOS]
    offsets, likeness = [], []
    for folder in folders:
        photo = photo_of(read_file(sorted(folder.iterdir())[0]), models.decoder())
        yunet, mtcnn = ([one.sample(photo.at(0), face) for face in one.faces(photo)[:1]] for one in both)
        assert yunet
        assert mtcnn
        offsets.append(_apart(yunet[0].face, mtcnn[0].face))
        pair = [yunet[0], mtcnn[0]]
        if all(hasattr(one, "chip") for one in pair):
            one, other = both[0].templates(pair)  # type: ignore[arg-type]
            likeness.append(float(one.vector @ other.vector))
    assert np.median(offsets) < 0.05  # of the width of the face
    assert len(likeness) > 0.9 * PHOTOS
    assert np.median(likeness) > 0.85


def _apart(one: Face, other: Face) -> float:
    return float(np.linalg.norm(one.landmarks - other.landmarks, axis=1).mean() / one.width_px)
