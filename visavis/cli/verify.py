"""visavis verify"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import FmrOption, LargestOption, PackOption, Rule, RuleOption
from visavis.cli.packs import ready_pack
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import DEFAULT_GALLERY, existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.probe import Probe
    from visavis.domain.policy import Policy
    from visavis.wire.photos import VerifyDocument, VerifySide

Files = Annotated[
    list[Path],
    typer.Argument(metavar="A B", help="Two photos; with --subject only one.", show_default=False),
]
SubjectOption = Annotated[
    str | None,
    typer.Option("--subject", metavar="NAME", help="Compare the photo with this enrolled subject."),
]
GalleryOfSubject = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="The gallery of --subject.")
]


def verify(
    invocation: Invocation,
    photos: Files,
    subject: SubjectOption = None,
    gallery: GalleryOfSubject = None,
    fmr: FmrOption = None,
    rule: RuleOption = None,
    pack: PackOption = None,
    largest: LargestOption = False,
    server: ServerOption = None,
) -> None:
    """Are these the same human?

    Compares two photos, or a photo with an enrolled subject, at a false-match rate: 1 in 10,000 unless
    --fmr says otherwise; for an enrolled subject the gallery's policy decides.

    Ends with 0 for a match and with 1 for no match or an inconclusive result.

    \b
    Examples:
      visavis verify passport.jpg selfie.jpg
      visavis verify passport.jpg selfie.jpg --fmr 1e-6
      visavis verify --subject ada door.jpg --gallery staff
      visavis verify --subject ada door.jpg --server https://faces.example.org
    """
    if subject is None:
        if gallery is not None:
            raise ValueInvalid("--gallery is only used with --subject.")
    elif fmr is not None or rule is not None or pack is not None:
        raise ValueInvalid("With --subject, the gallery decides about --fmr, --rule and --pack.")
    with connected(invocation, server) as client:
        if client is not None:
            from visavis.cli.remote import photos as remote

            if rule is not None:
                raise ValueInvalid("A server compares two photos by cosine; leave out --rule.")
            document = remote.verify(
                client, photos, subject, gallery or DEFAULT_GALLERY, fmr=fmr, pack=pack, largest=largest
            )
        elif subject is None:
            document = _two_photos(invocation, photos, _policy(fmr, rule), pack, largest=largest)
        else:
            document = _enrolled(invocation, photos, subject, gallery or DEFAULT_GALLERY, largest=largest)
    invocation.answer(document, lambda console: render(console, document))
    raise typer.Exit(0 if document.decision.outcome == "match" else 1)


def _policy(fmr: float | None, rule: Rule | None) -> "Policy":
    from visavis.domain.decision import Measure
    from visavis.domain.policy import Policy

    default = Policy()
    return Policy(
        name="balanced" if fmr is None else "command line",
        measure=Measure(rule) if rule else default.measure,
        fmr=default.fmr if fmr is None else fmr,
    )


def _two_photos(
    invocation: Invocation, photos: list[Path], policy: "Policy", pack: str | None, *, largest: bool
) -> "VerifyDocument":
    from visavis.bootstrap.library import read_files
    from visavis.bootstrap.pictures import photo_verification
    from visavis.wire.decisions import DecisionNote
    from visavis.wire.packs import PackUse
    from visavis.wire.photos import VerifyDocument

    if len(photos) != 2:
        raise ValueInvalid(f"verify compares two photos, not {len(photos)}.")
    settings = invocation.settings()
    (_, reference), (_, probe) = read_files(photos, settings.limits.max_image_bytes)
    chosen = ready_pack(invocation, settings, pack)
    work = photo_verification(settings, chosen, policy)
    result = run(lambda: work(reference, probe, largest=largest))
    return VerifyDocument(
        decision=DecisionNote.of(result.decision),
        reference=_side(photos[0], result.reference),
        probe=_side(photos[1], result.probe),
        pack=PackUse.of(chosen),
    )


def _enrolled(
    invocation: Invocation, photos: list[Path], name: str, gallery: str, *, largest: bool
) -> "VerifyDocument":
    from visavis.bootstrap.library import read_file
    from visavis.domain.event import Origin
    from visavis.wire.decisions import DecisionNote
    from visavis.wire.packs import PackUse
    from visavis.wire.photos import VerifyDocument, VerifySide

    if len(photos) != 1:
        raise ValueInvalid(f"verify --subject takes one photo, not {len(photos)}.")
    content = read_file(photos[0], invocation.settings().limits.max_image_bytes)

    async def work() -> VerifyDocument:
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            pack = ready_pack(invocation, platform.settings, found.pack)
            result = await platform.work(found).verify(found, name, content, largest=largest)
            await platform.record.verified(found, result, Origin(source="command line"))
        identity = str(result.reference_id) if result.reference_id else None
        return VerifyDocument(
            decision=DecisionNote.of(result.decision),
            reference=VerifySide(subject=name, reference_id=identity),
            probe=_side(photos[0], result.probe),
            pack=PackUse.of(pack),
            gallery=found.name,
        )

    return run(work)


def _side(photo: Path, probe: "Probe | None") -> "VerifySide":
    from visavis.wire.faces import FaceNote
    from visavis.wire.photos import VerifySide

    if probe is None:
        return VerifySide(photo=shown(photo))
    face = FaceNote.of(probe.sample.face, probe.sample.quality, unified=probe.template.quality)
    return VerifySide(photo=shown(photo), face=face)


def render(console: "Console", document: "VerifyDocument") -> None:
    """The verdict as a sentence, and what it rests on."""
    from visavis.cli.sentences import OUTCOMES, STYLES, odds, rate, strangers
    from visavis.cli.tables import print_facts, print_line

    decision = document.decision
    words = strangers(decision.fmr, supported=decision.supported_fmr)
    print_line(console, (OUTCOMES[decision.outcome], STYLES[decision.outcome]), f" — {words}")
    score = "–" if decision.score is None else f"{decision.score:.3f} {decision.measure}"
    limit = f"{decision.threshold.value:.3f} for a match at {odds(decision.threshold.fmr)}"
    facts = [("score", score), ("threshold", limit)]
    if decision.fmr is not None:
        mark = f" (extrapolated: the data ends at {rate(decision.supported_fmr)})"
        end = mark if decision.fmr_extrapolated else ""
        facts.append(("false-match rate", f"{rate(decision.fmr)} at this score{end}"))
    sides = [_quality(side) for side in (document.reference, document.probe)]
    facts.append(("quality", " · ".join(side for side in sides if side)))
    facts.append(("model", f"{document.pack.name}, calibrated on {decision.calibration}"))
    print_facts(console, facts)


def _quality(side: "VerifySide") -> str:
    if side.face is None:
        return ""
    unified = side.face.quality.unified
    return f"{Path(side.photo or '').name} {'–' if unified is None else f'{unified:.0f}'}"
