"""What a first gallery may be for, and the policies that suit it, in everyday words."""

from dataclasses import dataclass
from typing import Final

from visavis.domain.gallery import Purpose
from visavis.domain.policy import Keep, Unknowns


@dataclass(frozen=True, slots=True, kw_only=True)
class Strictness:
    """`fpir` is the share of strangers that a search may take for somebody, `fmr` the same for a single comparison."""

    name: str
    fpir: float
    fmr: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A purpose with what is suggested for it; `consent` names what people agree to, empty: nothing is asked."""

    purpose: Purpose
    title: str
    text: str
    gallery: str
    strictness: str
    consent: str
    event_days: int
    reference_days: int = 0
    unknowns: Unknowns = Unknowns.LOG
    advice: str = ""


STRICTNESS: Final = (
    Strictness(
        name="relaxed",
        fpir=1e-2,
        fmr=1e-3,
        text="Known people are hardly ever missed. For sorting photos, and where somebody looks at every result.",
    ),
    Strictness(name="balanced", fpir=1e-3, fmr=1e-4, text="A good start for most purposes."),
    Strictness(
        name="strict",
        fpir=1e-4,
        fmr=1e-5,
        text="For doors and alarms. Known people must now and then look again.",
    ),
    Strictness(
        name="very strict",
        fpir=1e-5,
        fmr=1e-6,
        text="For what must not go wrong. Needs good light and people who look at the camera.",
    ),
)
BEGINNINGS: Final = (
    Beginning(
        purpose=Purpose.GENERAL,
        title="Recognise people",
        text="In photos, in applications, at a desk.",
        gallery="people",
        strictness="balanced",
        consent="recognition by face",
        event_days=90,
    ),
    Beginning(
        purpose=Purpose.ACCESS,
        title="Open doors",
        text="For people who are enrolled; everybody else stays outside.",
        gallery="staff",
        strictness="strict",
        consent="access to the building",
        event_days=30,
        advice="Doors and opening times are set up under Access.",
    ),
    Beginning(
        purpose=Purpose.ATTENDANCE,
        title="Record who is there",
        text="Who came and went when: at work, at school, at an event.",
        gallery="staff",
        strictness="balanced",
        consent="recording of attendance",
        event_days=90,
    ),
    Beginning(
        purpose=Purpose.WATCHLIST,
        title="Be told when somebody comes",
        text="A guest of honour, or somebody who is banned.",
        gallery="watchlist",
        strictness="strict",
        consent="",
        event_days=30,
        advice="Who is banned does not consent: you need another legal basis. Ask whoever is responsible for data "
        "protection before you begin.",
    ),
    Beginning(
        purpose=Purpose.VISITORS,
        title="Count visitors",
        text="How many, how often, how long, without names.",
        gallery="visitors",
        strictness="balanced",
        consent="",
        event_days=30,
        reference_days=30,
        unknowns=Unknowns.REMEMBER,
        advice="Everybody is remembered without a name and forgotten after 30 days. In many countries visitors must be "
        "told, or asked.",
    ),
)
KEPT: Final = (
    (Keep.NOTHING, "Nothing but a template", "Numbers that show nobody. The least that is possible."),
    (Keep.SAMPLE, "The face, encrypted", "So that a better model can be used later without new photos."),
    (Keep.PHOTO, "The whole photo, encrypted", "The same, and people can be looked up by their picture."),
)
STRANGERS_A_DAY: Final = 200
