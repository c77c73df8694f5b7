"""visavis galleries"""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.calibrate import calibrate_gallery, show
from visavis.cli.galleries_table import render
from visavis.cli.governed import (
    ConsentOption,
    CopiesOption,
    EventDaysOption,
    EventPictureDaysOption,
    EventPicturesOption,
    KeepOption,
    ProbeDaysOption,
    ReferenceDaysOption,
    ReviewersOption,
    UnknownsOption,
    VisitorNamesOption,
    rules_of,
)
from visavis.cli.invocation import Invocation
from visavis.cli.options import (
    FmrOption,
    FpirOption,
    PackOption,
    PurposeName,
    Rule,
    RuleOption,
    YesOption,
    common,
)
from visavis.cli.questions import require_yes
from visavis.cli.reembed import re_embed
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.domain.gallery import Gallery
    from visavis.domain.policy import Policy
    from visavis.wire.galleries import GalleriesDocument

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The gallery.", show_default=False)]
PurposeOption = Annotated[
    PurposeName, typer.Option("--purpose", metavar="|".join(PurposeName), help="What it is for.")
]
BandOption = Annotated[
    float | None,
    typer.Option("--band", metavar="FACTOR", help="Up to this many times the rates: inconclusive; 1: never."),
]
QualityOption = Annotated[
    float | None, typer.Option("--enrol-quality", metavar="0..100", help="Lowest quality that is enrolled.")
]
ReferencesOption = Annotated[
    int | None, typer.Option("--max-references", metavar="N", help="References kept of one subject.")
]
CapacityOption = Annotated[
    int | None, typer.Option("--capacity", metavar="N", help="References in the whole gallery.")
]


def galleries(invocation: Invocation, server: ServerOption = None) -> None:
    """Galleries: the sets that are searched, each with its purpose, model pack and error rates.

    Without a command: list them.

    \b
    Examples:
      visavis galleries
      visavis galleries create staff --purpose access --fpir 1e-4
      visavis galleries policy staff --fmr 1e-5
      visavis galleries calibrate staff photos/ --data "entrance camera, 2026"
      visavis galleries re-embed staff classic --wait
      visavis galleries remove staff
    """
    invocation.server = server
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the galleries, with their error rates and how many subjects they have.

    \b
    Examples:
      visavis galleries list --json
    """

    async def work() -> "GalleriesDocument":
        from visavis.wire.galleries import GalleriesDocument, GalleryEntry

        async with open_platform(invocation) as platform:
            found = await platform.galleries.all()
        return GalleriesDocument(
            galleries=tuple(
                GalleryEntry.of(one.gallery, subjects=one.subjects, references=one.references)
                for one in found
            )
        )

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import people as remote

            document = remote.galleries(client)
    invocation.answer(document, lambda console: render(console, document))


def create(
    invocation: Invocation,
    name: NameArgument,
    purpose: PurposeOption = PurposeName.GENERAL,
    pack: PackOption = None,
    fmr: FmrOption = None,
    fpir: FpirOption = None,
    rule: RuleOption = None,
    band: BandOption = None,
    enrol_quality: QualityOption = None,
    max_references: ReferencesOption = None,
    capacity: CapacityOption = None,
    consent: ConsentOption = None,
    keep: KeepOption = None,
    unknowns: UnknownsOption = None,
    reference_days: ReferenceDaysOption = None,
    event_days: EventDaysOption = None,
    probe_days: ProbeDaysOption = None,
    copies: CopiesOption = None,
    visitor_names: VisitorNamesOption = None,
    event_pictures: EventPicturesOption = None,
    event_picture_days: EventPictureDaysOption = None,
    reviewers: ReviewersOption = None,
) -> None:
    """Create a gallery. Its error rates can be changed later, its model pack only by re-embedding it.

    One for visitors remembers unknowns without a name, keeps no picture, and everything else for 30 days only.

    \b
    Examples:
      visavis galleries create shop --purpose visitors
      visavis galleries create staff --purpose access --fpir 1e-4
      visavis galleries create old --pack classic --rule euclidean
    """

    rules = replace(
        rules_of(consent, keep, unknowns, reference_days, event_days, probe_days, copies, visitor_names),
        event_pictures=event_pictures,
        event_picture_days=event_picture_days,
        reviewers=reviewers,
    )

    async def work() -> "Gallery":
        from visavis.domain.gallery import Purpose, usual_policy

        policy = changed(
            usual_policy(Purpose(purpose)), fmr, fpir, rule, band, enrol_quality, max_references, capacity
        )
        policy = rules.on(policy)
        async with open_platform(invocation) as platform:
            chosen = platform.models.pack(pack)
            return await platform.create(name, pack=chosen, purpose=Purpose(purpose), policy=policy)

    _answer(invocation, run(work), 0, 0)


def policy(
    invocation: Invocation,
    name: NameArgument,
    fmr: FmrOption = None,
    fpir: FpirOption = None,
    rule: RuleOption = None,
    band: BandOption = None,
    enrol_quality: QualityOption = None,
    max_references: ReferencesOption = None,
    capacity: CapacityOption = None,
    consent: ConsentOption = None,
    keep: KeepOption = None,
    unknowns: UnknownsOption = None,
    reference_days: ReferenceDaysOption = None,
    event_days: EventDaysOption = None,
    probe_days: ProbeDaysOption = None,
    copies: CopiesOption = None,
    visitor_names: VisitorNamesOption = None,
    event_pictures: EventPicturesOption = None,
    event_picture_days: EventPictureDaysOption = None,
    reviewers: ReviewersOption = None,
) -> None:
    """Change the error rates and limits of a gallery; what is not named stays. Counts from the next decision on.

    \b
    Examples:
      visavis galleries policy staff --fpir 1e-4
      visavis galleries policy staff --enrol-quality 40 --max-references 5
      visavis galleries policy staff --consent access --reference-days 365 --event-days 30
    """

    rules = replace(
        rules_of(consent, keep, unknowns, reference_days, event_days, probe_days, copies, visitor_names),
        event_pictures=event_pictures,
        event_picture_days=event_picture_days,
        reviewers=reviewers,
    )

    async def work() -> "tuple[Gallery, int, int]":
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, name)
            wanted = changed(found.policy, fmr, fpir, rule, band, enrol_quality, max_references, capacity)
            wanted = rules.on(wanted)
            platform.models.pack(found.pack).calibration(wanted.measure)
            gallery = await platform.galleries.set_policy(name, wanted)
            summary = next(one for one in await platform.galleries.all() if one.gallery.id == gallery.id)
        return gallery, summary.subjects, summary.references

    _answer(invocation, *run(work))


def remove(invocation: Invocation, name: NameArgument, yes: YesOption = False) -> None:
    """Remove a gallery, its references, and the subjects that are in no other gallery. Asks first, unless --yes.

    \b
    Examples:
      visavis galleries remove staff
    """
    from visavis.wire.galleries import GalleryRemovedDocument

    require_yes(f"Remove the gallery {name} with all its references? This cannot be undone.", yes=yes)

    async def work() -> int:
        async with open_platform(invocation) as platform:
            return await platform.galleries.remove((await existing_gallery(platform, name)).name)

    document = GalleryRemovedDocument(gallery=name, references=run(work))

    def removed(console: "Console") -> None:
        from visavis.cli.sentences import counted
        from visavis.cli.tables import print_line

        print_line(console, (name, "bold"), f" removed: {counted(document.references, 'reference')}")

    invocation.answer(document, removed)


def changed(
    policy: "Policy",
    fmr: float | None,
    fpir: float | None,
    rule: Rule | None,
    band: float | None,
    enrol_quality: float | None,
    max_references: int | None,
    capacity: int | None,
) -> "Policy":
    """The policy with what is not `None` replaced; one that differs is called custom."""
    from visavis.domain.decision import Measure

    wanted = replace(
        policy,
        fmr=policy.fmr if fmr is None else fmr,
        fpir=policy.fpir if fpir is None else fpir,
        measure=policy.measure if rule is None else Measure(rule),
        band=policy.band if band is None else band,
        enrol_quality=policy.enrol_quality if enrol_quality is None else enrol_quality,
        max_references=policy.max_references if max_references is None else max_references,
        capacity=policy.capacity if capacity is None else capacity,
    )
    return policy if wanted == policy else replace(wanted, name="custom")


def _answer(invocation: Invocation, gallery: "Gallery", subjects: int, references: int) -> None:
    from visavis.wire.galleries import GalleriesDocument, GalleryEntry

    entry = GalleryEntry.of(gallery, subjects=subjects, references=references)
    document = GalleriesDocument(galleries=(entry,))
    invocation.answer(document, lambda console: render(console, document))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(galleries))
    group.command("list")(common(listing))
    group.command("create")(common(create))
    group.command("policy")(common(policy))
    group.command("show")(common(show))
    group.command("calibrate")(common(calibrate_gallery))
    group.command("re-embed")(common(re_embed))
    group.command("remove")(common(remove))
    app.add_typer(group, name="galleries", rich_help_panel=panel)
