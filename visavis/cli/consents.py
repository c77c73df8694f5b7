"""visavis consents"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.enrol import SubjectArgument
from visavis.cli.invocation import Invocation
from visavis.cli.options import YesOption, common
from visavis.cli.questions import require_yes
from visavis.cli.receipts import PageSize, ReasonOption, ReceiptOption, keep_receipt
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ConsentNotFound, SubjectNotFound, ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.platform import Platform
    from visavis.domain.consent import ConsentId
    from visavis.wire.governance import ConsentsDocument, RevocationDocument

PurposeOption = Annotated[
    str | None, typer.Option("--purpose", metavar="TEXT", help="What the consent is for.")
]
ForGallery = Annotated[
    str | None,
    typer.Option("--gallery", "-g", metavar="NAME", help="Take the purpose that this gallery requires."),
]
TextOption = Annotated[
    str, typer.Option("--text", metavar="VERSION", help="Which wording was agreed to.", show_default=False)
]
EvidenceOption = Annotated[
    str, typer.Option("--evidence", metavar="TEXT", help="Where the proof lies, as the number of a form.")
]
DaysOption = Annotated[
    int | None, typer.Option("--days", metavar="N", min=1, max=36_500, help="It ends after so many days.")
]
OfSubject = Annotated[str | None, typer.Option("--subject", metavar="NAME", help="Only of this subject.")]
AfterId = Annotated[str | None, typer.Option("--after", metavar="ID", help="Begin after this one.")]
EraseOption = Annotated[bool, typer.Option("--erase", help="Remove the whole subject, from every gallery.")]


def consents(
    invocation: Invocation, subject: OfSubject = None, after: AfterId = None, limit: PageSize = 1000
) -> None:
    """Consents: what subjects agreed to. Galleries can require one (visavis galleries policy NAME --consent PURPOSE).

    Without a command: list them.

    \b
    Examples:
      visavis consents --subject ada
      visavis consents grant ada --gallery staff --text 2026-1 --evidence "form 4711"
      visavis consents revoke ada --purpose access --receipt receipt.json
    """
    if invocation.subcommand is not None:
        return

    async def work() -> "ConsentsDocument":
        from visavis.bootstrap.documents import consents_document

        async with open_platform(invocation) as platform:
            if subject is not None:
                found = await platform.consents.of_subject(subject)
            else:
                found = await platform.consents.page(after=_consent_id(after), limit=limit + 1)
            page = found[:limit]
            names = await platform.consents.names(page)
        more = str(page[-1].id) if len(found) > limit else None
        return consents_document(page, names, datetime.now(UTC), next_after=more)

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def grant(
    invocation: Invocation,
    subject: SubjectArgument,
    text: TextOption,
    purpose: PurposeOption = None,
    gallery: ForGallery = None,
    evidence: EvidenceOption = "",
    days: DaysOption = None,
) -> None:
    """Note that a subject agreed. With --gallery a subject that is not known yet is created there.

    \b
    Examples:
      visavis consents grant ada --gallery staff --text 2026-1 --evidence "form 4711"
      visavis consents grant ada --purpose access --text 2026-1 --days 365
    """

    async def work() -> "ConsentsDocument":
        from visavis.bootstrap.documents import consents_document

        async with open_platform(invocation) as platform:
            wanted = await _purpose(platform, subject, purpose, gallery)
            now = datetime.now(UTC)
            consent = await platform.consents.grant(
                subject,
                purpose=wanted,
                text_version=text,
                evidence=evidence,
                expires_at=now + timedelta(days=days) if days else None,
            )
        return consents_document([consent], {consent.subject_id: subject}, datetime.now(UTC))

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


async def _purpose(platform: "Platform", subject: str, purpose: str | None, gallery: str | None) -> str:
    if (purpose is None) == (gallery is None):
        raise ValueInvalid("Say either --purpose or --gallery.")
    if gallery is None:
        return purpose or ""
    found = await existing_gallery(platform, gallery)
    if not found.policy.consent:
        raise ValueInvalid(
            f"The gallery {gallery} requires no consent.",
            hint=f"Let it require one: visavis galleries policy {gallery} --consent PURPOSE",
        )
    try:
        await platform.subjects.join(found, subject)
    except SubjectNotFound:
        await platform.subjects.create(subject, [found])
    return found.policy.consent


def revoke(
    invocation: Invocation,
    subject: SubjectArgument,
    purpose: Annotated[str, typer.Option("--purpose", metavar="TEXT", help="What is revoked.")],
    erase: EraseOption = False,
    reason: ReasonOption = "",
    receipt: ReceiptOption = None,
    yes: YesOption = False,
) -> None:
    """End the consents of a subject for a purpose, and remove at once what depended on them.

    Every gallery that requires this purpose loses the subject's references. A subject that is in no other gallery is
    erased. The receipt is signed: anybody can verify it without this installation.

    \b
    Examples:
      visavis consents revoke ada --purpose access
      visavis consents revoke ada --purpose access --erase --yes --receipt receipt.json
    """
    require_yes(f"Revoke the consent of {subject} for {purpose} and remove what depends on it?", yes=yes)

    async def work() -> "RevocationDocument":
        from visavis.bootstrap.documents import revocation_document

        async with open_platform(invocation) as platform:
            granted = await platform.consents.of_subject(subject)
            same = [one for one in granted if one.purpose == purpose]
            if not same:
                raise ConsentNotFound(f"{subject} has no consent for the purpose {purpose!r}.")
            done = await platform.consents.revoke(same[-1].id, reason=reason, erase=erase)
        return revocation_document(subject, purpose, done)

    document = run(work)
    if document.receipt is not None:
        keep_receipt(invocation, document.receipt, receipt)
    invocation.answer(document, lambda console: render_revocation(console, document))


def render(console: "Console", document: "ConsentsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.consents:
        print_line(console, "There is no consent.")
        return
    rows = [
        (
            one.subject,
            one.purpose,
            "valid" if one.valid else "revoked" if one.revoked_at else "ended",
            one.text_version,
            one.granted_at.astimezone().strftime("%Y-%m-%d"),
            one.expires_at.astimezone().strftime("%Y-%m-%d") if one.expires_at else "–",
            one.evidence,
        )
        for one in document.consents
    ]
    print_table(console, ("subject", "purpose", "state", "text", "granted", "until", "evidence"), rows)
    if document.next_after:
        print_line(console, (f"More: visavis consents --after {document.next_after}", "dim"))


def render_revocation(console: "Console", document: "RevocationDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    what = "erased" if document.erased else "revoked"
    removed = f"{counted(document.references, 'reference')} in {counted(document.galleries, 'gallery', 'galleries')}"
    print_line(console, (document.subject, "bold"), f" {what}: {removed} removed")
    if document.receipt:
        print_line(console, (f"receipt {document.receipt.id}", "dim"))


def _consent_id(text: str | None) -> "ConsentId | None":
    from uuid import UUID

    from visavis.domain.consent import ConsentId

    try:
        return None if text is None else ConsentId(UUID(text))
    except ValueError as error:
        raise ValueInvalid("A consent is named by its identifier.") from error


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(consents))
    group.command("grant")(common(grant))
    group.command("revoke")(common(revoke))
    app.add_typer(group, name="consents", rich_help_panel=panel)
