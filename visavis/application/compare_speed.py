"""How long two packs take for a photo, in one run: absolute times mean little, the ratio stays."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.application.extract import Extract
from visavis.domain.errors import VisavisError
from visavis.domain.sample import Sample

Timed: TypeAlias = tuple[float, ...]  #: ms, one for each photo

_PHOTOS = 40


async def take_turns(
    a: Extract, b: Extract, photos: Sequence[str], clock: Callable[[], float]
) -> tuple[Timed, Timed]:
    """From the bytes of a photo to the templates of all its faces, for 40 photos spread over all; who begins
    changes from photo to photo, and the first photo is done once before."""
    step = max(len(photos) // _PHOTOS, 1)
    chosen = list(photos[::step][:_PHOTOS])
    packs = (a, b)
    times: tuple[list[float], list[float]] = [], []
    for extract in packs:
        await _templates(extract, extract.read(chosen[0]))
    for number, photo in enumerate(chosen):
        for place in (number % 2, 1 - number % 2):
            data = packs[place].read(photo)
            begun = clock()
            await _templates(packs[place], data)
            times[place].append(1000.0 * (clock() - begun))
    return tuple(times[0]), tuple(times[1])


def median_of(times: NDArray[np.float64], drawn: NDArray[np.float64]) -> tuple[float, float, float]:
    """The median with the middle 95 % of its replicates."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(np.median(times)), float(low), float(high)


async def _templates(extract: Extract, data: bytes) -> None:
    """A photo on which a pack fails takes its time, too."""
    try:
        found = await extract.inference.samples(data, gate=extract.gate)
        await extract.inference.templates([face for face in found if isinstance(face, Sample)])
    except VisavisError:
        return
