"""Several people walk past two cameras on two days, made of real photographs: does the log know who came, how often,
and for how long? VISAVIS_TEST_SCENES=1,2,3,4 measures whole scenes of twelve people instead of a small one."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from ops.scenes.chain import followed, follower, opened, recorded, with_cameras
from ops.scenes.facing import Facing
from ops.scenes.judge import Sighting, sightings
from ops.scenes.measure import Visited, as_staff, as_visitors
from ops.scenes.render import Wanted, render
from ops.scenes.score import Decisions
from ops.scenes.truth import Take, Truth
from visavis.bootstrap.models import Models
from visavis.domain.gallery import Purpose

pytestmark = [pytest.mark.models, pytest.mark.data]

WHOLE = os.environ.get("VISAVIS_TEST_SCENES", "")
SMALL = Wanted(photos=Path(), people=4, seed=2, rate=5)
RATE = 5.0
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Played:
    """Scenes, as they were followed, and what became of them."""

    truths: Sequence[Truth]
    seen: Sequence[Sequence[Sighting]]
    visitors: Sequence[Visited]
    staff: Sequence[Decisions]


@pytest.fixture(scope="module")
def played(models: Models, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Played:
    photos = shared_data / "lfw-dev" / "images"
    wanted = [Wanted(photos=photos, seed=int(seed)) for seed in WHOLE.split(",") if seed]
    wanted = wanted or [Wanted(photos=photos, people=SMALL.people, seed=SMALL.seed, rate=SMALL.rate)]

    async def play() -> Played:
        truths, seen, visitors, staff = [], [], [], []
        for one in wanted:
            folder = tmp_path_factory.mktemp("scene")
            truths.append(render(one, folder, Facing.of(models)))
            seen.append(await followed(truths[-1], folder, follower(models, rate=RATE)))
            visitors.append(await as_visitors(models, truths[-1], seen[-1]))
            staff.append(await as_staff(models, truths[-1], seen[-1]))
        return Played(truths, seen, visitors, staff)

    return anyio.run(play)


def test_every_appearance_is_followed_and_no_track_shows_two(played: Played) -> None:
    for truth, seen in zip(played.truths, played.seen, strict=True):
        appearances = [id(one) for take in truth.takes for one in take.appearances]
        assert {id(one.appearance) for one in seen if one.appearance} == set(appearances)
        assert not [one.person for one in seen if one.mixed or one.appearance is None]
        assert len(seen) <= 1.15 * len(appearances) + 1


def test_decisions_about_tracks_are_right(played: Played) -> None:
    for found in (played.staff, [one.decisions for one in played.visitors]):
        right = sum(one.right for one in found)
        decided = sum(one.tracks - one.poor for one in found)
        assert right / decided >= 0.95, [(one.wrong, one.inconclusive) for one in found]
        assert sum(one.poor for one in found) <= 0.1 * sum(one.tracks for one in found)


def test_an_identifier_is_one_human_and_a_human_one_identifier(played: Played) -> None:
    for one in played.visitors:
        for found in (one.before, one.after):
            assert found.shared == frozenset()
            assert found.purity == 1.0
            assert found.fragmentation <= 1.2, found.scattered
        assert one.after.identifiers <= one.before.identifiers


def test_visits_last_as_long_as_people_stayed(played: Played) -> None:
    errors = [stay.error_s for one in played.visitors for stay in one.stays]
    assert len(errors) >= 4
    assert max(errors) <= 1.0
    for one in played.visitors:
        again = [visit for visit in one.visits if visit.returning]
        days = {visit.first_at.date() for visit in one.visits}
        assert len(days) == 2
        assert {visit.first_at.date() for visit in again} == {max(days)}
        assert {stay.zone for visit in one.visits for stay in visit.stays} == {"entrance", "hall"}


def test_people_seen_from_behind_are_no_subjects(models: Models, shared_data: Path) -> None:
    """A frame every two seconds here, five a second with VISAVIS_TEST_SCENES."""
    clip = shared_data / "clips" / "one-by-one-person-detection.mp4"
    take = Take(
        file=clip.name,
        camera="camera-1",
        site="shop",
        zone="hall",
        started_at=START,
        rate=10.0,
        appearances=(),
    )

    async def play() -> tuple[int, int]:
        platform = opened(models)
        await with_cameras(platform, [take])
        gallery = await platform.create("shop", pack=models.pack(None), purpose=Purpose.VISITORS)
        tracks = await follower(models, rate=RATE if WHOLE else 0.5)(clip)
        done = await recorded(platform, gallery, sightings(take, tracks))
        return len(done), (await platform.galleries.count(gallery)).subjects

    _, subjects = anyio.run(play)
    assert subjects == 0
