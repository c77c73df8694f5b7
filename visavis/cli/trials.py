"""visavis trials"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.jobs import JobsDocument
    from visavis.wire.trials import TrialDocument, TrialsDocument, TrialStoppedDocument
    from visavis.wire.v1.trials import TrialDetail, TrialFiguresNote, TrialStopped

GalleryArgument = Annotated[str, typer.Argument(metavar="GALLERY", help="The gallery.", show_default=False)]
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="The candidate.", show_default=False)]
CanaryFlag = Annotated[bool, typer.Option("--canary", help="It decides a share of the requests.")]
ShareOption = Annotated[
    float, typer.Option("--share", metavar="SHARE", min=0.0001, max=0.5, help="Of a canary: 0.05 is 5 %.")
]
MissingFlag = Annotated[
    bool, typer.Option("--allow-missing", help="A canary may decide although it cannot know everybody.")
]
DropFlag = Annotated[
    bool, typer.Option("--drop-missing", help="Remove references that the candidate cannot have.")
]
_WORDS = {
    "same": "the same person",
    "other_subject": "another person",
    "only_in_force": "recognised only by the pack in force",
    "only_candidate": "recognised only by the candidate",
    "neither": "unknown to both",
}


def trials(invocation: Invocation) -> None:
    """Try a model pack in a gallery: in shadow beside the pack in force, or deciding a share of the requests.

    The worker makes its templates from kept pictures. A canary goes back to shadow by itself when it disagrees too
    often, fails or is too slow.

    \b
    Examples:
      visavis trials start staff classic
      visavis trials show staff
      visavis trials start staff classic --canary --share 0.05
      visavis trials promote staff
      visavis trials stop staff
    """


def listing(invocation: Invocation, server: ServerOption = None) -> None:
    """List the packs on trial.

    \b
    Examples:
      visavis trials list
      visavis trials list --json
    """
    from visavis.wire.trials import TrialsDocument

    async def work() -> "TrialsDocument":
        from visavis.bootstrap.trial_views import trial_note

        async with open_platform(invocation) as platform:
            return TrialsDocument(trials=tuple(trial_note(one) for one in await platform.trials.all()))

    with connected(invocation, server) as client:
        document = run(work) if client is None else TrialsDocument(trials=client.trials.list().trials)
    invocation.answer(document, lambda console: _render(console, document))


def start(
    invocation: Invocation,
    gallery: GalleryArgument,
    pack: PackArgument,
    canary: CanaryFlag = False,
    share: ShareOption = 0.05,
    allow_missing: MissingFlag = False,
    server: ServerOption = None,
) -> None:
    """Put a pack on trial, or change what the one on trial may do: with --canary it decides a share, without it none.

    \b
    Examples:
      visavis trials start staff classic
      visavis trials start staff classic --canary --share 0.05
    """
    from visavis.domain.trial import TrialState

    state = TrialState.CANARY if canary else TrialState.SHADOW

    async def work() -> "TrialDetail":
        from visavis.application.trials.manage import TrialWish
        from visavis.bootstrap.trial_views import trial_detail

        wish = TrialWish(state=state, share=share, allow_missing=allow_missing)
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return trial_detail(await platform.try_pack(found, pack, wish))

    with connected(invocation, server) as client:
        if client is None:
            found = run(work)
        else:
            found = client.trials.put(gallery, pack, state=state, share=share, allow_missing=allow_missing)
    _answer(invocation, found)


def show(invocation: Invocation, gallery: GalleryArgument, server: ServerOption = None) -> None:
    """Show how often the candidate agrees with the pack in force, and about which events it does not.

    \b
    Examples:
      visavis trials show staff
    """

    async def work() -> "TrialDetail":
        from visavis.bootstrap.trial_views import trial_detail

        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return trial_detail(await platform.trials.get(found))

    with connected(invocation, server) as client:
        found = run(work) if client is None else client.trials.get(gallery)
    _answer(invocation, found)


def promote(
    invocation: Invocation,
    gallery: GalleryArgument,
    drop_missing: DropFlag = False,
    server: ServerOption = None,
) -> None:
    """Move the gallery to the candidate: a job that takes the templates that were made already.

    \b
    Examples:
      visavis trials promote staff
    """
    from visavis.cli.jobs import render_jobs
    from visavis.wire.jobs import JobsDocument

    async def work() -> "JobsDocument":
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return JobsDocument.of([await platform.promote_trial(found, drop_missing=drop_missing)])

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import jobs as remote

            document = remote.promoted(client, gallery, drop_missing=drop_missing)
    invocation.answer(document, lambda console: render_jobs(console, document))


def stop(invocation: Invocation, gallery: GalleryArgument, server: ServerOption = None) -> None:
    """Stop a trial: the pack in force decides everything again. What was made for the trial is removed.

    \b
    Examples:
      visavis trials stop staff
    """
    from visavis.wire.trials import TrialStoppedDocument

    async def work() -> "TrialStopped":
        from visavis.wire.v1.trials import TrialStopped

        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return TrialStopped(gallery=found.name, pack=(await platform.stop_trial(found)).pack)

    with connected(invocation, server) as client:
        stopped = run(work) if client is None else client.trials.stop(gallery)
    document = TrialStoppedDocument(stopped=stopped)
    invocation.answer(document, lambda console: _render_stopped(console, document))


def _answer(invocation: Invocation, found: "TrialDetail") -> None:
    from visavis.wire.trials import TrialDocument

    document = TrialDocument(trial=found)
    invocation.answer(document, lambda console: _render_one(console, document))


def _render(console: "Console", document: "TrialsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.trials:
        print_line(console, "Nothing is on trial. To begin: visavis trials start GALLERY PACK")
        return
    rows = [
        (
            one.gallery,
            one.in_force,
            one.pack,
            one.state.value,
            f"{one.references.ready:,} of {one.references.total:,}",
            _agreeing(one.canary if one.state.value == "canary" else one.shadow),
        )
        for one in document.trials
    ]
    print_table(console, ("gallery", "in force", "candidate", "state", ">references", "agrees"), rows)


def _render_one(console: "Console", document: "TrialDocument") -> None:
    from visavis.cli.tables import print_facts, print_line, print_table

    one = document.trial
    figures = one.canary if one.state.value == "canary" else one.shadow
    state = f"canary, {100 * one.share:g} %" if one.state.value == "canary" else "shadow"
    held = one.references
    print_facts(
        console,
        [
            ("gallery", one.gallery),
            ("in force", one.in_force),
            ("candidate", one.pack),
            ("state", state),
            (
                "references",
                f"{held.ready:,} of {held.total:,}, {held.waiting:,} wait, {held.failed:,} cannot",
            ),
            ("agrees", _agreeing(figures)),
            ("not compared", f"{figures.skipped:,} skipped, {figures.dropped:,} dropped"),
            ("errors", f"{figures.errors:,}"),
        ],
    )
    if one.notice:
        print_line(console, (f"It went back to shadow by itself: {one.notice}.", "yellow"))
    rows = [(_WORDS[count.agreement.value], f"{count.faces:,}") for count in figures.counts]
    print_table(console, ("faces", ">count"), rows)
    if one.disagreements:
        found = [(str(d.event_id), _WORDS[d.agreement.value]) for d in one.disagreements[:10]]
        print_table(console, ("event", "the candidate"), found)
    if one.incomparable:
        print_line(console, "It cannot know: ", ", ".join(d.subject for d in one.incomparable[:20]))


def _render_stopped(console: "Console", document: "TrialStoppedDocument") -> None:
    from visavis.cli.tables import print_line

    stopped = document.stopped
    print_line(console, (stopped.pack, "bold"), f" is not on trial in {stopped.gallery} any more.")


def _agreeing(figures: "TrialFiguresNote") -> str:
    if figures.agreeing is None or figures.agreeing_low is None or figures.agreeing_high is None:
        return "nothing was compared yet"
    low, high = 100 * figures.agreeing_low, 100 * figures.agreeing_high
    return f"{100 * figures.agreeing:.1f} % of {figures.compared:,} faces ({low:.1f} to {high:.1f} %)"


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(trials), no_args_is_help=True)
    group.command("list")(common(listing))
    group.command("start")(common(start))
    group.command("show")(common(show))
    group.command("promote")(common(promote))
    group.command("stop")(common(stop))
    app.add_typer(group, name="trials", rich_help_panel=panel)
