"""visavis models promote, rollback and history"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.model_comparison import ModelComparison
    from visavis.bootstrap.registry import ModelRegistry
    from visavis.domain.gate import Gate
    from visavis.domain.pack import Pack
    from visavis.domain.promotion import PromotionEntry
    from visavis.settings import Settings
    from visavis.wire.cards import CriterionNote, PromotionDocument, PromotionNote, PromotionsDocument

PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]
GateOption = Annotated[
    Path | None,
    typer.Option("--gate", metavar="GATE.toml", help="Limits of your own; those that come with Visavis."),
]
PhotosOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Photos, a folder per subject, to compare it with the pack in force."
    ),
]


def promote(
    invocation: Invocation, pack: PackArgument, gate: GateOption = None, data: PhotosOption = None
) -> None:
    """Make a pack the default for new galleries and for commands that name none, if it passes the gate.

    The gate looks at licence, digests, calibration and the evaluation card, and asks that the pack is not worse than
    the one in force: with --data both run over the same photos, else their cards on the same data are compared.

    \b
    Examples:
      visavis models evaluate mine staff/ --data "staff photos, 2026"
      visavis models promote mine --data staff/
    """
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.registry import ModelRegistry
    from visavis.wire.cards import CriterionNote

    settings = invocation.settings()
    registry = ModelRegistry(Models(settings))
    found, limits = registry.models.pack(pack), registry.gate(gate)
    comparison = _comparison(invocation, registry, found, limits, data) if data else None
    done = registry.promote(found, limits, comparison)
    audited = _audit(invocation, settings, done.entry)
    criteria = tuple(CriterionNote.of(one) for one in done.criteria)
    document = _document(registry, done.entry, criteria, audited=audited)
    invocation.answer(document, lambda console: render(console, document))


def rollback(invocation: Invocation) -> None:
    """Go back to the pack that was promoted before, or to the built-in default. Always allowed.

    \b
    Examples:
      visavis models rollback
    """
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.registry import ModelRegistry

    settings = invocation.settings()
    registry = ModelRegistry(Models(settings))
    entry = registry.roll_back()
    document = _document(registry, entry, (), audited=_audit(invocation, settings, entry))
    invocation.answer(document, lambda console: render(console, document))


def history(invocation: Invocation) -> None:
    """Which packs were promoted when, on which card and through which gate. The newest first.

    \b
    Examples:
      visavis models history
    """
    from visavis.bootstrap.models import Models
    from visavis.wire.cards import PromotionNote, PromotionsDocument

    models = Models(invocation.settings())
    entries = tuple(PromotionNote.of(entry) for entry in reversed(models.promotions.read().entries))
    document = PromotionsDocument(promoted=models.promoted, default=models.default, entries=entries)
    invocation.answer(document, lambda console: render_history(console, document))


def _comparison(
    invocation: Invocation, registry: "ModelRegistry", pack: "Pack", gate: "Gate", photos: Path
) -> "ModelComparison | None":
    """Of the pack in force with this one, once the pack passes everything else."""
    from visavis.cli.compare_models import compared
    from visavis.cli.packs import ready_pack

    registry.require_alone(pack, gate)
    rival = registry.rival(pack)
    if rival is None:
        return None
    invocation.say(f"Comparing {pack.name} with {rival.name}, the pack in force.")
    ready_pack(invocation, registry.models.settings, rival.name)
    return compared(registry.models, rival, pack, photos, None)


def _audit(invocation: Invocation, settings: "Settings", entry: "PromotionEntry") -> bool:
    """The history is the record in any case; a store that is away must not keep anybody from going back."""
    from visavis.bootstrap.model_audit import audit, keeps_audit
    from visavis.cli.stores import run
    from visavis.domain.errors import VisavisError

    if not keeps_audit(settings):
        return False
    try:
        run(lambda: audit(settings, entry))
    except VisavisError as error:
        invocation.say(f"The change is in force, but not in the audit log: {error.message}")
        return False
    return True


def _document(
    registry: "ModelRegistry",
    entry: "PromotionEntry",
    criteria: "tuple[CriterionNote, ...]",
    *,
    audited: bool,
) -> "PromotionDocument":
    from visavis.wire.cards import PromotionDocument, PromotionNote

    return PromotionDocument(
        entry=PromotionNote.of(entry), default=registry.models.default, criteria=criteria, audited=audited
    )


def render(console: "Console", document: "PromotionDocument") -> None:
    """What changed, what the gate asked, and what is left to do."""
    from visavis.cli.tables import print_line, print_table

    promoted = document.entry.pack
    if promoted is None:
        print_line(console, "No pack is promoted any more: the built-in default holds.")
    else:
        print_line(console, (promoted, "bold"), " is the promoted pack.")
    if document.criteria:
        rows = [[one.name, one.found, one.wanted] for one in document.criteria]
        print_table(console, ("the gate asked", "found", "wanted"), rows)
    if promoted is not None and document.default != promoted:
        print_line(console, (f"But a setting (models.pack) names {document.default}, which wins.", "yellow"))
    print_line(
        console,
        f"Galleries keep their own pack. To move one: visavis galleries re-embed GALLERY {document.default}",
    )


def render_history(console: "Console", document: "PromotionsDocument") -> None:
    """A row for each change."""
    from visavis.cli.tables import print_line, print_table

    print_line(console, f"promoted: {document.promoted or 'none'}; default: {document.default}")
    columns = ("when", "what", "pack", "card", "gate", "compared")
    print_table(console, columns, [_line(one) for one in document.entries])


def _line(one: "PromotionNote") -> list[str]:
    compared = "" if one.compared_by == "nothing" else f"with {one.compared_with} ({one.compared_by})"
    what = one.change.replace("_", " ")
    pack = one.pack or "built-in default"
    return [f"{one.at:%Y-%m-%d %H:%M}", what, pack, one.card[:12], one.gate[:12], compared]


def add_to(group: typer.Typer) -> None:
    """`promote`, `rollback` and `history` among the commands of `models`."""
    group.command("promote")(common(promote))
    group.command("rollback")(common(rollback))
    group.command("history")(common(history))
