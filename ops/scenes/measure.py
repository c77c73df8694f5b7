"""python -m ops.scenes.measure: renders a scene, sends it through the whole of Visavis, and says how right it was."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

from ops.scenes.chain import Decided, followed, follower, opened, recorded, with_cameras
from ops.scenes.facing import Facing
from ops.scenes.judge import Sighting
from ops.scenes.render import Wanted, render
from ops.scenes.score import Decisions, Stayed, of_enrolled, of_visitors, stays
from ops.scenes.truth import Truth
from visavis.application.merge_visitors import Positions
from visavis.application.ports.events import EventFilter
from visavis.application.visitors import Range
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import Platform
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.subject import SubjectId
from visavis.domain.visit import Visit
from visavis.evaluation.reidentification import Reidentification, reidentification
from visavis.settings import load_settings


@dataclass(frozen=True, kw_only=True, eq=False)
class Visited:
    """A gallery of visitors: its decisions and identifiers, before and after duplicates were merged, and its visits."""

    decisions: Decisions
    before: Reidentification[str, SubjectId]
    after: Reidentification[str, SubjectId]
    visits: tuple[Visit, ...]
    stays: tuple[Stayed, ...]


async def as_visitors(models: Models, truth: Truth, seen: Sequence[Sighting]) -> Visited:
    """Everybody is unknown at first."""
    platform = opened(models)
    await with_cameras(platform, truth.takes)
    gallery = await platform.create("shop", pack=models.pack(None), purpose=Purpose.VISITORS)
    done = await recorded(platform, gallery, seen)
    before = await _identified(platform, gallery, done)
    await platform.merge_visitors(Positions())()
    visits = [one.visit for one in await platform.visitors.page(gallery, Range(), limit=10_000)]
    return Visited(
        decisions=of_visitors(done, gallery.policy.enrol_quality),
        before=before,
        after=await _identified(platform, gallery, done),
        visits=tuple(visits),
        stays=tuple(stays(truth, done, visits)),
    )


async def as_staff(models: Models, truth: Truth, seen: Sequence[Sighting]) -> Decisions:
    """Every other human is enrolled with two photos that the scene does not show; the others are strangers."""
    platform = opened(models)
    await with_cameras(platform, truth.takes)
    gallery = await platform.create("staff", pack=models.pack(None))
    enrol, enrolled = platform.work(gallery).enrol, set[str]()
    for name in sorted(truth.portraits)[::2]:
        photos = [(photo, await anyio.Path(photo).read_bytes()) for photo in truth.portraits[name]]
        if (await enrol(gallery, name, photos)).enrolled:
            enrolled.add(name)
    return of_enrolled(await recorded(platform, gallery, seen), enrolled, gallery.policy.enrol_quality)


async def _identified(
    platform: Platform, gallery: Gallery, done: Sequence[Decided]
) -> Reidentification[str, SubjectId]:
    """By what the log says now."""
    lines = await platform.detection_log.page(EventFilter(gallery_id=gallery.id), limit=100_000)
    subjects = {one.event.track: one.event.subject_id for one in lines}
    pairs = ((one.sighting.person, subjects.get(one.recorded.track)) for one in done)
    return reidentification((person, found) for person, found in pairs if person and found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ops.scenes.measure", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, required=True, help="a folder with a folder of photos for each human"
    )
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument(
        "--analysed", type=float, default=5.0, help="frames that are looked at in each second"
    )
    given = parser.parse_args()
    anyio.run(_measure, given.photos, given.people, given.seeds, given.analysed)


async def _measure(photos: Path, people: int, seeds: Sequence[int], rate: float) -> None:
    models = Models(load_settings())
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            truth = render(Wanted(photos=photos, people=people, seed=seed), Path(folder), Facing.of(models))
            seen = await followed(truth, Path(folder), follower(models, rate=rate))
        appearances = sum(len(take.appearances) for take in truth.takes)
        print(f"scene {seed}: {people} people, {appearances} appearances, {len(seen)} tracks", flush=True)
        _tell(await as_visitors(models, truth, seen), await as_staff(models, truth, seen))


def _tell(visitors: Visited, staff: Decisions) -> None:
    for name, found in (("visitors", visitors.decisions), ("enrolled and strangers", staff)):
        print(
            f"  {name}: {found.share:.1%} right ({found.right} of {found.tracks - found.poor}),"
            f" {len(found.wrong)} wrong, {len(found.inconclusive)} left open, {found.poor} too poor"
        )
        for note in (*found.wrong, *found.inconclusive):
            print(f"    {note}")
    for when, ids in (("at once", visitors.before), ("after merging", visitors.after)):
        print(
            f"  identifiers {when}: {ids.identifiers} for {ids.people} people, {ids.fragmentation:.2f} each,"
            f" purity {ids.purity:.3f}, {len(ids.shared)} shared"
        )
    errors = sorted(one.error_s for one in visitors.stays)
    near = sum(one <= 1.0 for one in errors)
    print(
        f"  dwell: {near} of {len(errors)} within 1 s, {max(errors, default=0.0):.1f} s at most", flush=True
    )


if __name__ == "__main__":
    main()
