"""visavis models evaluate, visavis models card"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import bar
from visavis.cli.invocation import Invocation
from visavis.cli.options import Rule, RuleOption, common

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.domain.card import KeptCard
    from visavis.domain.pack import Pack
    from visavis.wire.cards import CardNote, CardsDocument

PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="One folder of photos per subject.", show_default=False)
]
DataOption = Annotated[
    str, typer.Option("--data", metavar="NAME", help="What to call the data; it is named on the card.")
]
_KINDS = {
    "eer": "equal error rate",
    "fnmr": "FNMR at FMR",
    "fnir": "FNIR at FPIR",
    "deployed_fmr": "FMR, pack's threshold for",
    "deployed_fnmr": "FNMR, pack's threshold for",
}


def evaluate_pack(
    invocation: Invocation,
    pack: PackArgument,
    photos: FolderArgument,
    data: DataOption,
    rule: RuleOption = None,
) -> None:
    """Evaluate a pack on your own photos and keep the evaluation card with it, for the gate of `promote`.

    \b
    Examples:
      visavis models evaluate mine staff/ --data "staff photos, entrance camera, 2026"
    """
    from visavis.bootstrap.evaluation import Evaluations, checked_data_name, labelled_photos
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.registry import ModelRegistry
    from visavis.cli.packs import ready_pack
    from visavis.cli.stores import run
    from visavis.domain.decision import Measure

    name, rows, settings = checked_data_name(data), labelled_photos(photos), invocation.settings()
    found, models = ready_pack(invocation, settings, pack), Models(settings)
    work = Evaluations(models, found).folder(Measure(rule or Rule.COSINE))
    with bar("photos") as progress:
        result = run(lambda: work(rows, progress))
    registry = ModelRegistry(models)
    kept = registry.keep(result, found, rows, data=name)
    invocation.say(f"The card is kept in {registry.cards.path(kept)}.")
    document = _document(found, (kept,))
    invocation.answer(document, lambda console: render(console, document))


def card(invocation: Invocation, pack: PackArgument) -> None:
    """The evaluation cards of a pack: how often it is wrong, on which data. The newest in full.

    \b
    Examples:
      visavis models card standard
      visavis models card standard --json | jq '.cards[0].rates'
    """
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.registry import ModelRegistry

    models = Models(invocation.settings())
    found = models.pack(pack)
    document = _document(found, ModelRegistry(models).cards.of(found.name))
    invocation.answer(document, lambda console: render(console, document))


def _document(pack: "Pack", cards: "tuple[KeptCard, ...]") -> "CardsDocument":
    from visavis.wire.cards import CardNote, CardsDocument

    notes = tuple(CardNote.of(kept, current=kept.card.is_of(pack)) for kept in cards)
    return CardsDocument(pack=pack.name, cards=notes)


def render(console: "Console", document: "CardsDocument") -> None:
    """The first card as facts and a table, the others in a line each."""
    from visavis.cli.tables import print_facts, print_line, print_table

    if not document.cards:
        print_line(console, f"{document.pack} has no evaluation card.")
        print_line(console, f'Make one with: visavis models evaluate {document.pack} DIR --data "…"')
        return
    first, *others = document.cards
    print_facts(console, _facts(first))
    columns = ("rate", ">value", ">95 % interval", ">threshold", ">errors of", "")
    print_table(console, columns, _rows(first))
    for one in others:
        print_line(console, (one.digest[:12], "bold"), f" {one.at:%Y-%m-%d}, {one.data}{_remarks(one)}")


def _facts(card: "CardNote") -> list[tuple[str, str]]:
    failures = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in card.failures.items())
    licences = ", ".join(dict.fromkeys(one.licence for one in card.weights))
    return [
        ("card", f"{card.digest[:12]}, {card.at:%Y-%m-%d}{_remarks(card)}"),
        ("pack", f"{card.pack}, {licences}" + ("" if card.commercial else " (non-commercial weights)")),
        ("model", card.model),
        ("data", f"{card.data} ({card.data_digest[:12]})"),
        ("photos", f"{card.photos:,} of {card.subjects:,} subjects"),
        ("comparisons", f"{card.mated:,} mated, {card.non_mated:,} non-mated, {card.measure}"),
        ("failure to acquire", f"{card.failure_to_acquire:.2%}" + (f" ({failures})" if failures else "")),
        ("failure to enrol", f"{card.failure_to_enrol:.2%}"),
        ("calibration", card.calibration or "none"),
        ("software", ", ".join(f"{name} {version}" for name, version in card.software.items())),
    ]


def _remarks(card: "CardNote") -> str:
    remarks = [", came with Visavis"] * card.shipped + [", of other weights"] * (not card.current)
    return "".join(remarks)


def _rows(card: "CardNote") -> list[list[str]]:
    rows = []
    for one in card.rates:
        name = _KINDS.get(one.kind, one.kind) + ("" if one.target is None else f" {one.target:g}")
        if one.references is not None:
            name += (
                f", {one.references} reference{'s' * (one.references > 1)}, {one.gallery or 0:.0f} subjects"
            )
        rows.append(
            [
                name,
                f"{one.value:.3%}",
                f"{one.low:.3%} to {one.high:.3%}",
                "" if one.threshold is None else f"{one.threshold:.4f}",
                f"{one.errors:,} of {one.trials:,}",
                "" if one.supported else "too few trials",
            ]
        )
    return rows


def add_to(group: typer.Typer) -> None:
    """`evaluate` and `card` among the commands of `models`."""
    group.command("evaluate")(common(evaluate_pack))
    group.command("card")(common(card))
