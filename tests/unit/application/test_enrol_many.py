"""Many subjects: several at a time, each committed before it is reported, resumable."""

import anyio
import anyio.lowlevel
import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from visavis.application.enrol import Enrolment, EnrolOptions
from visavis.application.enrol_many import (
    PHOTOS_AT_ONCE,
    EnrolMany,
    Pictures,
    SubjectEnrolment,
    SubjectPhotos,
)
from visavis.domain.errors import AlreadyEnrolled, FileUnreadable, StoreDown, ValueInvalid
from visavis.domain.gallery import Gallery

PEOPLE = ("ada", "grace", "hedy", "joan")


class Folder:
    """Photos by source; those called `broken` cannot be read."""

    def __init__(self, *people: str, photos: int = 2) -> None:
        self.subjects = [
            SubjectPhotos(name=name, sources=tuple(f"{name}/{n}" for n in range(photos))) for name in people
        ]
        self.read_sources: list[str] = []

    def read(self, source: str) -> bytes:
        if "broken" in source:
            raise FileUnreadable(f"{source} cannot be read.")
        self.read_sources.append(source)
        name, _, number = source.partition("/")
        return picture(name, noise=0.2, seed=int(number))


def run(bench: Bench, folder: Folder, workers: int = 2, stop_after: int = 99) -> list[SubjectEnrolment]:
    done: list[SubjectEnrolment] = []
    many = EnrolMany(enrol=bench.enrol, read=folder.read, workers=workers)
    bench.run(many(bench.gallery, folder.subjects, done.append, stopping=lambda: len(done) >= stop_after))
    return done


def test_everybody_is_enrolled_and_reported_once(bench: Bench) -> None:
    done = run(bench, Folder(*PEOPLE))
    assert sorted(one.enrolment.name for one in done) == sorted(PEOPLE)
    assert sum(one.enrolment.enrolled for one in done) == 8


def test_what_is_reported_is_in_the_store(bench: Bench) -> None:
    folder = Folder(*PEOPLE)
    counts: list[int] = []

    async def look() -> int:
        return sum(one.references for one in await bench.galleries.all())

    many = EnrolMany(enrol=bench.enrol, read=folder.read, workers=1)

    async def work() -> None:
        reported: list[int] = []
        await many(bench.gallery, folder.subjects, lambda one: reported.append(one.enrolment.enrolled))
        counts.extend((sum(reported), await look()))

    bench.run(work())
    assert counts == [8, 8]


def test_a_second_run_finds_everything_there(bench: Bench) -> None:
    run(bench, Folder(*PEOPLE))
    again = run(bench, Folder(*PEOPLE))
    errors = [result.error for one in again for result in one.enrolment.results]
    assert len(errors) == 8
    assert all(isinstance(error, AlreadyEnrolled) for error in errors)


def test_stopping_lets_the_rest_for_the_next_run(bench: Bench) -> None:
    first = run(bench, Folder(*PEOPLE), workers=1, stop_after=2)
    assert [one.enrolment.name for one in first] == ["ada", "grace"]
    second = run(bench, Folder(*PEOPLE), workers=1)
    assert [one.enrolment.enrolled for one in second] == [0, 0, 2, 2]


def test_a_file_that_cannot_be_read_is_one_result_among_others(bench: Bench) -> None:
    folder = Folder("ada")
    folder.subjects = [SubjectPhotos(name="ada", sources=("ada/0", "ada/broken", "ada/1"))]
    (done,) = run(bench, folder)
    assert [result.source for result in done.enrolment.results] == ["ada/0", "ada/broken", "ada/1"]
    assert [type(result.error) for result in done.enrolment.results] == [
        type(None),
        FileUnreadable,
        type(None),
    ]


def test_a_subject_whose_files_all_fail_is_reported(bench: Bench) -> None:
    folder = Folder()
    folder.subjects = [SubjectPhotos(name="ada", sources=("ada/broken",))]
    (done,) = run(bench, folder)
    assert done.enrolment.subject_id is None
    assert done.enrolment.enrolled == 0


def test_an_impossible_name_fails_that_subject_only(bench: Bench) -> None:
    folder = Folder("ada")
    folder.subjects.insert(0, SubjectPhotos(name="a\x07b", sources=("ada/7",)))
    done = run(bench, folder, workers=1)
    assert isinstance(done[0].error, ValueInvalid)
    assert done[1].enrolment.enrolled == 2


def test_many_photos_are_read_in_portions(bench: Bench) -> None:
    batches: list[int] = []

    async def enrol(gallery: Gallery, name: str, pictures: Pictures, options: EnrolOptions) -> Enrolment:
        batches.append(len(pictures))
        return await bench.enrol(gallery, name, pictures, options)

    folder = Folder("ada", photos=PHOTOS_AT_ONCE + 3)
    done: list[SubjectEnrolment] = []
    bench.run(
        EnrolMany(enrol=enrol, read=folder.read, workers=1)(bench.gallery, folder.subjects, done.append)
    )
    assert batches == [PHOTOS_AT_ONCE, 3]
    assert len(done[0].enrolment.results) == PHOTOS_AT_ONCE + 3


@pytest.mark.parametrize("workers", [1, 3])
def test_a_store_that_is_down_ends_the_run_with_its_own_error(bench: Bench, workers: int) -> None:
    async def enrol(gallery: Gallery, name: str, pictures: Pictures, options: EnrolOptions) -> Enrolment:
        await anyio.lowlevel.checkpoint()
        raise StoreDown

    done: list[SubjectEnrolment] = []
    folder = Folder(*PEOPLE)
    with pytest.raises(StoreDown):
        bench.run(
            EnrolMany(enrol=enrol, read=folder.read, workers=workers)(
                bench.gallery, folder.subjects, done.append
            )
        )
    assert done == []
    assert len(folder.read_sources) <= 2 * workers
