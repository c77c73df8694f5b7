"""How rare a resemblance is, on a scale of odds: where it lies, and from where on the machine decides by itself.

The scale is one of rates, not of scores: a score says nothing without its model, a rate is what a policy promises.
"""

import math
from dataclasses import dataclass
from typing import Final

from visavis.console.render import rate
from visavis.wire.galleries import PolicyNote
from visavis.wire.v1.events import EventNote

_WIDTH: Final = 640.0
_LEFT: Final = 12.0
_SPAN: Final = _WIDTH - 2 * _LEFT
_DECADES: Final = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the scale, px, and what stands there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`band` and `sure` are px where people, and where the machine begins to decide; `here` is the event."""

    width: float
    left: float
    right: float
    band: float
    sure: float
    here: float
    marks: tuple[Mark, ...]
    target: float
    open_from: float
    value: float
    search: bool

    @property
    def sentence(self) -> str:
        """What the picture shows, for those who cannot see it, and everybody else."""
        whom = "somebody in this gallery" if self.search else "this person"
        said = rate(self.value)
        odds = said if said.startswith("fewer") else f"about {said}"
        here = f"{odds.capitalize()} strangers would resemble {whom} as much."
        rule = f"{rate(self.target)} or rarer is recognised"
        if self.open_from > self.target:
            return f"{here} {rule}; from {rate(self.open_from)} on it is left to people."
        return f"{here} {rule}; nothing is left to people."


def scale(event: EventNote, policy: PolicyNote | None) -> Scale | None:
    """`None` for an event without a rate, or of a gallery that is gone."""
    search = event.fpir is not None
    value = event.fpir if search else event.fmr
    if value is None or policy is None:
        return None
    target = policy.fpir if search else policy.fmr
    open_from = min(target * policy.band, 0.5)
    return Scale(
        width=_WIDTH,
        left=_LEFT,
        right=_WIDTH - _LEFT,
        band=_place(open_from),
        sure=_place(target),
        here=_place(value),
        marks=tuple(Mark(_place(10.0**-power), _odds(power)) for power in range(0, _DECADES + 1, 3)),
        target=target,
        open_from=open_from,
        value=value,
        search=search,
    )


def _place(value: float) -> float:
    """From everybody on the left to one in a million million on the right."""
    decades = min(max(-math.log10(max(value, 1e-300)), 0.0), float(_DECADES))
    return round(_LEFT + _SPAN * decades / _DECADES, 1)


def _odds(power: int) -> str:
    words = {0: "everybody", 3: "1 in 1,000", 6: "1 in a million", 9: "1 in a billion", 12: "rarer"}
    return words[power]
