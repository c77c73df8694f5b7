"""What a gallery's policy says about consent, and about what is kept for how long."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from visavis.domain.policy import Policy


class KeepName(StrEnum):
    """`visavis.domain.policy.Keep`, repeated here because --help must not wait for numpy."""

    NOTHING = "nothing"
    SAMPLE = "sample"
    PHOTO = "photo"


class UnknownsName(StrEnum):
    """`visavis.domain.policy.Unknowns`, repeated for the same reason."""

    LOG = "log"
    REMEMBER = "remember"


ConsentOption = Annotated[
    str | None,
    typer.Option("--consent", metavar="PURPOSE", help='Enrol only with a consent for this; "": none needed.'),
]
KeepOption = Annotated[
    KeepName | None,
    typer.Option("--keep", metavar="|".join(KeepName), help="What is kept, encrypted, beside a template."),
]
UnknownsOption = Annotated[
    UnknownsName | None,
    typer.Option("--unknowns", metavar="|".join(UnknownsName), help="What becomes of a face nobody has."),
]
ReferenceDaysOption = Annotated[
    int | None, typer.Option("--reference-days", metavar="N", help="References are kept so long; 0: always.")
]
EventDaysOption = Annotated[
    int | None,
    typer.Option("--event-days", metavar="N", help="The detection log is kept so long; 0: no log."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What was said on the command line; `None`: nothing."""

    consent: str | None = None
    keep: KeepName | None = None
    unknowns: UnknownsName | None = None
    reference_days: int | None = None
    event_days: int | None = None

    def on(self, policy: "Policy") -> "Policy":
        """The policy with what was said."""
        from visavis.domain.policy import Keep, Unknowns

        return replace(
            policy,
            consent=policy.consent if self.consent is None else self.consent.strip(),
            keep=policy.keep if self.keep is None else Keep(self.keep),
            unknowns=policy.unknowns if self.unknowns is None else Unknowns(self.unknowns),
            reference_days=policy.reference_days if self.reference_days is None else self.reference_days,
            event_days=policy.event_days if self.event_days is None else self.event_days,
        )
