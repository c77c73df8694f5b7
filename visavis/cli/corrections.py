"""visavis corrections"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.corrections_view import named, render, render_one
from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run

if TYPE_CHECKING:
    from visavis.bootstrap.platform import Platform
    from visavis.client.synchronous import Client
    from visavis.domain.correction import Correction
    from visavis.wire.corrections import CorrectionsDocument

EventArgument = Annotated[UUID, typer.Argument(metavar="EVENT", help="Identifier of the event.")]
NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; no names, please.")]


def corrections(invocation: Invocation) -> None:
    """Put right what was decided; later decisions remember it, and everything can be undone.

    Subjects are given by name or identifier. Corrections can be undone for as long as the gallery keeps events.

    \b
    Examples:
      visavis corrections deny 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
      visavis corrections assign 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 anna --enrol
      visavis corrections merge anonymous-1a2b3c4d --into anna
      visavis corrections undo 0b9d2c1e-8a47-4f5e-b1a3-5c6d7e8f9a0b
    """


def listing(
    invocation: Invocation,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUBJECT", help="About this one only.")
    ] = None,
    event: Annotated[UUID | None, typer.Option("--event", metavar="ID", help="Of this event only.")] = None,
    standing: Annotated[bool, typer.Option("--standing", help="Without those that were undone.")] = False,
    before: Annotated[
        int | None, typer.Option("--before", metavar="N", min=1, help="Only those with a lower number.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Listed at most.")
    ] = 100,
    server: ServerOption = None,
) -> None:
    """List what was put right, the latest first.

    \b
    Examples:
      visavis corrections list
      visavis corrections list --subject anna --standing --json
    """

    async def work() -> "CorrectionsDocument":
        async with open_platform(invocation) as platform:
            return await _listed(platform, subject, event, standing=standing, before=before, limit=limit)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import corrections as remote

            document = remote.listing(client, subject, event, standing=standing, before=before, limit=limit)
    invocation.answer(document, lambda console: render(console, document))


def deny(
    invocation: Invocation,
    event: EventArgument,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="SUBJECT", help="Who it is not, if the event names nobody."),
    ] = None,
    note: NoteOption = "",
    server: ServerOption = None,
) -> None:
    """Not this person: the event names nobody any more, and later decisions know the look.

    \b
    Examples:
      visavis corrections deny 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
      visavis corrections deny 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 --subject anna --note "the twin"
    """

    async def work(platform: "Platform") -> "Correction":
        from visavis.domain.event import EventId

        return await platform.deny(EventId(event), subject=named(subject) if subject else None, note=note)

    def ask(client: "Client") -> "CorrectionsDocument":
        from visavis.cli.remote import corrections as remote

        return remote.deny(client, event, subject, note=note)

    _correct(invocation, server, work, ask)


def assign(
    invocation: Invocation,
    event: EventArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Who it is.")],
    create: Annotated[bool, typer.Option("--create", help="Make a new subject of this name.")] = False,
    enrol: Annotated[
        bool, typer.Option("--enrol", help="What was seen becomes a further reference.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Enrol although it looks like none of the references.")
    ] = False,
    note: NoteOption = "",
    server: ServerOption = None,
) -> None:
    """This person instead: the event names this subject, who can learn the look.

    \b
    Examples:
      visavis corrections assign 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 anna
      visavis corrections assign 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11 berta --create --enrol
    """

    async def work(platform: "Platform") -> "Correction":
        from visavis.application.corrections.assign import Assignment
        from visavis.domain.event import EventId

        wanted = Assignment(subject=named(subject), create=create, enrol=enrol, force=force, note=note)
        return await platform.assign(EventId(event), wanted)

    def ask(client: "Client") -> "CorrectionsDocument":
        from visavis.cli.remote import corrections as remote

        return remote.assign(client, event, subject, create=create, enrol=enrol, force=force, note=note)

    _correct(invocation, server, work, ask)


def merge(
    invocation: Invocation,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Who will be no more.")],
    into: Annotated[str, typer.Option("--into", metavar="SUBJECT", help="Who takes everything over.")],
    note: NoteOption = "",
    server: ServerOption = None,
) -> None:
    """Two subjects are one human: one takes over references, events, consents and what was denied.

    The identifier of the one that is no more leads to the other for ever. Two subjects that somebody named have to be
    given by their names, not by identifiers, and so have two of whom somebody said that they are two.

    \b
    Examples:
      visavis corrections merge anonymous-1a2b3c4d --into anna
      visavis corrections merge "anna b" --into anna
    """

    async def work(platform: "Platform") -> "Correction":
        return await platform.merge(named(subject), named(into), confirmed=(subject, into), note=note)

    def ask(client: "Client") -> "CorrectionsDocument":
        from visavis.cli.remote import corrections as remote

        return remote.merge(client, subject, into, note=note)

    _correct(invocation, server, work, ask)


def split(
    invocation: Invocation,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Who was two humans.")],
    reference: Annotated[
        list[UUID] | None, typer.Option("--reference", metavar="ID", help="Shows the other one; repeatable.")
    ] = None,
    event: Annotated[
        list[UUID] | None, typer.Option("--event", metavar="ID", help="Shows the other one; repeatable.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Of the new subject; else it has none.")
    ] = None,
    note: NoteOption = "",
    server: ServerOption = None,
) -> None:
    """One subject was two humans: chosen references and events go out to a new one, for good.

    \b
    Examples:
      visavis references list --gallery staff --subject anna
      visavis corrections split anna --reference 0b9d2c1e-8a47-4f5e-b1a3-5c6d7e8f9a0b --name berta
    """

    async def work(platform: "Platform") -> "Correction":
        from visavis.domain.event import EventId
        from visavis.domain.subject import ReferenceId

        return await platform.split(
            named(subject),
            references=[ReferenceId(one) for one in reference or []],
            events=[EventId(one) for one in event or []],
            name=name,
            note=note,
        )

    def ask(client: "Client") -> "CorrectionsDocument":
        from visavis.cli.remote import corrections as remote

        return remote.split(client, subject, reference or [], event or [], name=name, note=note)

    _correct(invocation, server, work, ask)


def undo(
    invocation: Invocation,
    correction: Annotated[
        UUID, typer.Argument(metavar="ID", help="Of the correction, as the list shows it.")
    ],
    server: ServerOption = None,
) -> None:
    """Take a correction back: everything is as it was, or nothing changes and you are told why.

    \b
    Examples:
      visavis corrections undo 0b9d2c1e-8a47-4f5e-b1a3-5c6d7e8f9a0b
    """

    async def work(platform: "Platform") -> "Correction":
        from visavis.domain.correction import CorrectionId

        return await platform.undo(CorrectionId(correction))

    def ask(client: "Client") -> "CorrectionsDocument":
        from visavis.cli.remote import corrections as remote

        return remote.undo(client, correction)

    _correct(invocation, server, work, ask)


def _correct(
    invocation: Invocation,
    server: str | None,
    work: "Callable[[Platform], Awaitable[Correction]]",
    ask: "Callable[[Client], CorrectionsDocument]",
) -> None:
    """Here or on a server, and shows what was done."""

    async def here() -> "CorrectionsDocument":
        from visavis.wire.corrections import CorrectionsDocument

        async with open_platform(invocation) as platform:
            return CorrectionsDocument.of([await platform.noted(await work(platform))])

    with connected(invocation, server) as client:
        document = run(here) if client is None else ask(client)
    invocation.answer(document, lambda console: render_one(console, document.corrections[0]))


async def _listed(
    platform: "Platform",
    subject: str | None,
    event: UUID | None,
    *,
    standing: bool,
    before: int | None,
    limit: int,
) -> "CorrectionsDocument":
    from visavis.application.ports.corrections import CorrectionFilter
    from visavis.bootstrap.corrections import correction_note
    from visavis.domain.event import EventId
    from visavis.wire.corrections import CorrectionsDocument

    about = await platform.subjects.get(named(subject)) if subject else None
    wanted = CorrectionFilter(
        subject_id=about.subject.id if about else None,
        event_id=EventId(event) if event else None,
        undone=False if standing else None,
    )
    page = await platform.corrections.page(wanted, before=before, limit=limit + 1)
    return CorrectionsDocument.of([correction_note(one) for one in page], limit=limit)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(corrections), no_args_is_help=True)
    group.command("list")(common(listing))
    for command in (deny, assign, merge, split, undo):
        group.command(command.__name__)(common(command))
    app.add_typer(group, name="corrections", rich_help_panel=panel)
