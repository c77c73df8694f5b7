"""visavis receipts"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import common
from visavis.cli.stores import open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.governance import ReceiptDocument, ReceiptsDocument
    from visavis.wire.signatures import SignatureDocument

PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="Listed at most.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Stands in the receipt; must name nobody.")
]
ReceiptOption = Annotated[
    Path | None,
    typer.Option("--receipt", metavar="FILE", help="Write the signed receipt there.", show_default=False),
]
ReceiptArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Identifier of the receipt.", show_default=False)
]

SignedFileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The signed file.", show_default=False)
]
FingerprintOption = Annotated[
    str | None,
    typer.Option("--fingerprint", metavar="HEX", help="The signer's public key must have this one."),
]


def receipts(invocation: Invocation, limit: PageSize = 100) -> None:
    """Receipts: signed proofs of what was removed. Without a command: list them, the latest first.

    \b
    Examples:
      visavis receipts
      visavis receipts show 6f0a3c1e-0b7a-4a57-9d2f-0d5b6a7c8e90 --json > receipt.json
    """
    if invocation.subcommand is not None:
        return

    async def work() -> "ReceiptsDocument":
        from visavis.bootstrap.documents import receipt_document
        from visavis.wire.governance import ReceiptsDocument

        async with open_platform(invocation) as platform:
            found = await platform.receipts.page(limit=limit)
        return ReceiptsDocument(receipts=tuple(receipt_document(one) for one in found))

    document = run(work)
    invocation.answer(document, lambda console: render_receipts(console, document))


def show(invocation: Invocation, receipt: ReceiptArgument) -> None:
    """Show one receipt. With --json, this is the file that the offline script verifies.

    \b
    Examples:
      visavis receipts show 6f0a3c1e-0b7a-4a57-9d2f-0d5b6a7c8e90 --json > receipt.json
    """

    async def work() -> "ReceiptDocument":
        from uuid import UUID

        from visavis.bootstrap.documents import receipt_document

        try:
            receipt_id = UUID(receipt)
        except ValueError as error:
            raise ValueInvalid("A receipt is named by its identifier.") from error
        async with open_platform(invocation) as platform:
            return receipt_document(await platform.receipts.get(receipt_id))

    document = run(work)
    invocation.answer(document, lambda console: render_receipt(console, document))


def verify(invocation: Invocation, file: SignedFileArgument, fingerprint: FingerprintOption = None) -> None:
    """Verify a signed receipt or a signed audit of bias. Needs neither the database nor the key it was signed with.

    Ends with 0 if the signature is valid, and with 1 if not. Give the fingerprint that the signer published:
    without it, anybody's signature is as good.

    \b
    Examples:
      visavis receipts verify receipt.json
      visavis receipts verify bias.json --fingerprint 0d8f…
    """
    from visavis.bootstrap.signatures import verify_signed

    document = verify_signed(file, fingerprint)
    invocation.answer(document, lambda console: render_signature(console, document))
    raise typer.Exit(0 if document.valid else 1)


def keep_receipt(invocation: Invocation, receipt: "ReceiptDocument", file: Path | None) -> None:
    """Writes it where the caller wants it; says where else it is."""
    if file is None:
        return
    try:
        file.write_text(receipt.pretty() + "\n", encoding="utf-8")
    except OSError as error:
        raise ValueInvalid(
            f"{shown(file)}: {error.strerror}.", hint=f"It is kept: visavis receipts show {receipt.id} --json"
        ) from error
    invocation.say(f"Signed receipt: {shown(file)}")


def render_receipts(console: "Console", document: "ReceiptsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.receipts:
        print_line(console, "There is no receipt.")
        return
    rows = [
        (one.id, one.at.astimezone().strftime("%Y-%m-%d %H:%M"), str(one.content["cause"]), one.subject_id)
        for one in document.receipts
    ]
    print_table(console, ("receipt", "time", "cause", "subject"), rows)
    print_line(console, (f"public key {document.receipts[0].fingerprint}", "dim"))


def render_receipt(console: "Console", document: "ReceiptDocument") -> None:
    from visavis.cli.tables import print_facts

    facts = [(name.replace("_", " "), str(value)) for name, value in document.content.items()]
    print_facts(console, [*facts, ("signature", document.signature), ("public key", document.fingerprint)])


def render_signature(console: "Console", document: "SignatureDocument") -> None:
    from visavis.cli.tables import print_facts, print_line

    if document.valid:
        print_line(console, ("valid", "bold green"), f" — {document.signed}")
    else:
        print_line(console, ("not valid", "bold red"), f": {document.problem}")
    print_facts(console, [("SHA-256", document.sha256), ("public key", document.fingerprint)])


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(receipts))
    group.command("show")(common(show))
    group.command("verify")(common(verify))
    app.add_typer(group, name="receipts", rich_help_panel=panel)
