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


class EventPicturesName(StrEnum):
    """`visavis.domain.policy.EventPictures`, repeated for the same reason."""

    NONE = "none"
    FACE = "face"


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
ProbeDaysOption = Annotated[
    int | None,
    typer.Option(
        "--probe-days", metavar="N", help="Templates of decisions are kept so long, for corrections."
    ),
]
EventPicturesOption = Annotated[
    EventPicturesName | None,
    typer.Option(
        "--event-pictures",
        metavar="|".join(EventPicturesName),
        help="What is kept, encrypted, with an event, so that people can look at decisions.",
    ),
]
EventPictureDaysOption = Annotated[
    int | None,
    typer.Option("--event-picture-days", metavar="N", help="Pictures of events are kept so long."),
]
ReviewersOption = Annotated[
    int | None,
    typer.Option("--reviewers", metavar="1|2", help="How many must agree about what was left open."),
]
CopiesOption = Annotated[
    bool | None,
    typer.Option(
        "--copies/--no-copies",
        help="Whether devices that match by themselves may hold a copy.",
        show_default=False,
    ),
]

VisitorNamesOption = Annotated[
    bool | None,
    typer.Option(
        "--visitor-names/--no-visitor-names",
        help="Whether reports about visitors show names.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What was said on the command line; `None`: nothing."""

    consent: str | None = None
    keep: KeepName | None = None
    unknowns: UnknownsName | None = None
    reference_days: int | None = None
    event_days: int | None = None
    copies: bool | None = None
    probe_days: int | None = None
    visitor_names: bool | None = None
    event_pictures: EventPicturesName | None = None
    event_picture_days: int | None = None
    reviewers: int | None = None

    def on(self, policy: "Policy") -> "Policy":
        """The policy with what was said."""
        from visavis.domain.policy import EventPictures, Keep, Unknowns

        days = policy.event_picture_days if self.event_picture_days is None else self.event_picture_days
        pictures = EventPictures(self.event_pictures or policy.event_pictures)
        return replace(
            policy,
            consent=policy.consent if self.consent is None else self.consent.strip(),
            keep=policy.keep if self.keep is None else Keep(self.keep),
            unknowns=policy.unknowns if self.unknowns is None else Unknowns(self.unknowns),
            reference_days=policy.reference_days if self.reference_days is None else self.reference_days,
            event_days=policy.event_days if self.event_days is None else self.event_days,
            copies=policy.copies if self.copies is None else self.copies,
            probe_days=policy.probe_days if self.probe_days is None else self.probe_days,
            visitor_names=policy.visitor_names if self.visitor_names is None else self.visitor_names,
            event_pictures=pictures,
            event_picture_days=days,
            reviewers=policy.reviewers if self.reviewers is None else self.reviewers,
        )


def rules_of(
    consent: str | None,
    keep: KeepName | None,
    unknowns: UnknownsName | None,
    reference_days: int | None,
    event_days: int | None,
    probe_days: int | None,
    copies: bool | None = None,
    visitor_names: bool | None = None,
) -> Rules:
    """What was said, in the order of the options."""
    return Rules(
        consent=consent,
        keep=keep,
        unknowns=unknowns,
        reference_days=reference_days,
        event_days=event_days,
        probe_days=probe_days,
        copies=copies,
        visitor_names=visitor_names,
    )
