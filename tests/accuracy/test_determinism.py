"""The same picture gives the same numbers, alone and in a crowd of threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from visavis.bootstrap.library import Engine
from visavis.bootstrap.models import Models

pytestmark = pytest.mark.models


def test_threads_sharing_one_engine_get_what_one_thread_gets(models: Models, portraits: Path) -> None:
    engine = Engine("standard", settings=models.settings)
    photos = [portraits / name for name in ("obama.jpg", "obama2.jpg", "biden.jpg")]
    alone = {photo: engine.template(photo).vector.tobytes() for photo in photos}
    with ThreadPoolExecutor(6) as pool:
        crowd = list(pool.map(lambda photo: (photo, engine.template(photo).vector.tobytes()), photos * 8))
    assert all(vector == alone[photo] for photo, vector in crowd)
    again = Engine("standard", settings=models.settings)
    assert {photo: again.template(photo).vector.tobytes() for photo in photos} == alone


def test_the_humans_are_told_apart(models: Models, portraits: Path) -> None:
    engine = Engine("standard", settings=models.settings)
    same = engine.verify(portraits / "obama.jpg", portraits / "obama2.jpg")
    other = engine.verify(portraits / "obama.jpg", portraits / "biden.jpg")
    assert (same.outcome, other.outcome) == ("match", "non_match")
