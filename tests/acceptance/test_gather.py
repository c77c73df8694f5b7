"""People walk through a picture; who was there, and can they be enrolled from it?"""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.acceptance.conftest import Machine
from visavis.domain.arrays import ImageBGR
from visavis.wire.gathering import GatherDocument

pytestmark = [pytest.mark.models, pytest.mark.postgres]

SIZE = 960, 540
FPS = 10
STAY_S = 2.5


def walk(target: Path, visits: list[tuple[ImageBGR, float]]) -> Path:
    """A video in which each picture crosses the scene from its second on, every other one in the lower half."""
    rng = np.random.default_rng(3)
    ground = cv2.resize(
        rng.integers(80, 160, (9, 16, 3), dtype=np.uint8), SIZE, interpolation=cv2.INTER_CUBIC
    )
    total = max(start for _, start in visits) + STAY_S + 0.5
    with av.open(str(target), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.bit_rate = 8_000_000
        for number in range(int(total * FPS)):
            scene = ground.copy()
            for place, (picture, start) in enumerate(visits):
                passed = number / FPS - start
                if 0.0 <= passed < STAY_S:
                    left = int(20 + passed / STAY_S * (SIZE[0] - 20 - picture.shape[1]))
                    top = 4 + (place % 2) * 268
                    scene[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
            for packet in stream.encode(av.VideoFrame.from_ndarray(scene, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target


def portrait(photo: Path, rows: slice = slice(None), columns: slice = slice(None)) -> ImageBGR:
    """This part of it, 264 pixels high."""
    read = cv2.imread(str(photo))
    assert read is not None
    pixels = read[rows, columns]
    scale = 264 / pixels.shape[0]
    size = int(pixels.shape[1] * scale), 264
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def video(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, both twice, once together."""
    hopper, again = portrait(photos["hopper"]), portrait(photos["hopper_again"])
    collins = portrait(photos["collins"], slice(0, 300), slice(90, 390))
    visits = [(hopper, 0.0), (collins, 1.0), (again, 5.5), (collins, 9.5)]
    return walk(tmp_path_factory.mktemp("video") / "walk.mp4", visits)


def gathered(machine: Machine, *arguments: object) -> GatherDocument:
    return GatherDocument.model_validate_json(machine.visavis("gather", *arguments, "--json").out)


def test_people_are_told_apart_and_enrolled_from_what_was_gathered(machine: Machine, video: Path) -> None:
    out = machine.home / "out"
    people = gathered(machine, video, "--out", out, "--chips").people
    assert [len(one.tracks) for one in people] == [2, 2]
    for one in people:
        assert one.subject is None
        assert one.seen_s == pytest.approx(2 * STAY_S, abs=1.0)
        assert len(one.shots) >= 4
        assert all((out / shot.file).is_file() for shot in one.shots)
        assert len(list((out / "chips" / one.folder).iterdir())) == len(one.shots)
    assert "unknown-002" in (out / "index.html").read_text()

    first, second = sorted(people, key=lambda one: one.tracks[0].first_s)
    (out / "people" / first.folder).rename(out / "people" / "Hopper")
    (out / "people" / second.folder).rename(out / "people" / "Collins")
    machine.visavis("enrol-folder", out / "people", "--gallery", "seen", "--create")

    people = gathered(machine, video, "--out", machine.home / "known", "--gallery", "seen").people
    assert {(one.folder, one.subject, one.outcome) for one in people} == {
        ("Hopper", "Hopper", "match"),
        ("Collins", "Collins", "match"),
    }


def test_what_is_no_video_and_where_nothing_can_be_written(
    machine: Machine, video: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video")
    ended = machine.visavis("gather", text, "--out", machine.home / "out", code=2)
    assert "cannot be read as a video" in ended.err
    ended = machine.visavis("gather", tmp_path / "none.mp4", "--out", machine.home / "out", code=2)
    assert "There is no file none.mp4" in ended.err
    assert "is not empty" in machine.visavis("gather", video, "--out", tmp_path, code=2).err


def test_a_video_without_faces(machine: Machine, tmp_path: Path) -> None:
    empty = np.full((100, 100, 3), 90, np.uint8)
    ended = machine.visavis("gather", walk(tmp_path / "v.mp4", [(empty, 0.0)]), "--out", "out", code=1)
    assert "no face" in ended.out
    assert list((machine.home / "out").iterdir()) == []
