"""visavis up, visavis down, visavis keys"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.bootstrap.extras import require_store
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import common
from visavis.cli.stores import patience, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.installation import KeysRotateDocument, UpDocument

MasterOption = Annotated[bool, typer.Option("--master", help="Make a new master key, too.")]


def up(invocation: Invocation) -> None:
    """Start the embedded database and leave it running until `visavis down`.

    Not needed: every command starts the database if it is not running, and the last one stops it. But with
    it running, commands answer a second faster. With a database of your own (setting: database.url), this
    looks whether it can be used, and brings its tables up to date.

    \b
    Examples:
      visavis up
      visavis up --data-dir /srv/visavis
    """
    require_store()
    from visavis.bootstrap.service import bring_up
    from visavis.wire.installation import UpDocument

    settings = invocation.settings()
    health = run(lambda: bring_up(settings, on_wait=patience(invocation)))
    document = UpDocument(
        database="external" if settings.database.url else "embedded",
        server=health.server,
        schema_version=health.schema,
        data_dir=shown(settings.data_dir),
        galleries=health.galleries,
        subjects=health.subjects,
        references=health.references,
    )
    invocation.answer(document, lambda console: render_up(console, document))
    if health.key_problem is not None:
        raise health.key_problem


def down(invocation: Invocation) -> None:
    """Stop the embedded database, also if other processes use it. Nothing that was stored is lost.

    \b
    Examples:
      visavis down
    """
    require_store()
    from visavis.bootstrap.service import take_down
    from visavis.wire.installation import DownDocument

    settings = invocation.settings()
    external = settings.database.url is not None
    stopped = take_down(settings, on_wait=patience(invocation))
    document = DownDocument(database="external" if external else "embedded", stopped=stopped)

    def render(console: "Console") -> None:
        from visavis.cli.tables import print_line

        text = "The database is stopped." if stopped else "The embedded database was not running."
        print_line(console, text)
        if external:
            print_line(console, ("The configured database is not ours to stop.", "dim"))

    invocation.answer(document, render)


def keys() -> None:
    """The keys that templates are encrypted with."""


def rotate(invocation: Invocation, master: MasterOption = False) -> None:
    """Encrypt all templates under a new key, while the store is in use.

    Can be interrupted and repeated. With --master a new master key is made in the key file first, and every
    data key is wrapped with it; older master keys stay in the file, because backups still need them.

    \b
    Examples:
      visavis keys rotate
      visavis keys rotate --master
    """
    require_store()
    from visavis.bootstrap.service import rotate_keys
    from visavis.cli.progress import counting_bar
    from visavis.wire.installation import KeysRotateDocument

    settings = invocation.settings()
    with counting_bar("Encrypting", None) as advance:
        before = 0

        def progress(done: int, total: int) -> None:
            nonlocal before
            advance(done - before, "Encrypting", total)
            before = done

        done = run(
            lambda: rotate_keys(settings, master=master, progress=progress, on_wait=patience(invocation))
        )
    document = KeysRotateDocument(
        references=done.data.references,
        deleted=done.data.deleted,
        rewrapped=done.data.rewrapped,
        resumed=done.data.resumed,
        new_master=done.master,
    )
    invocation.answer(document, lambda console: render_rotation(console, document))
    if done.master:
        invocation.say(f"Make a backup of the key file now: {shown(settings.key_file)}")


def render_up(console: "Console", document: "UpDocument") -> None:
    """What is ready, where it is, how to stop it."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_facts, print_line

    kind = "embedded" if document.database == "embedded" else "your own"
    print_line(
        console, ("ready", "bold green"), f" — {document.server} ({kind}), schema {document.schema_version}"
    )
    numbers = (
        counted(document.galleries, "gallery", "galleries"),
        counted(document.subjects, "subject"),
        counted(document.references, "reference"),
    )
    content = ", ".join(numbers)
    facts = [("content", content), ("data", document.data_dir)]
    if document.database == "embedded":
        facts.append(("stop it with", "visavis down"))
    print_facts(console, facts)


def render_rotation(console: "Console", document: "KeysRotateDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    resumed = " (an interrupted rotation was finished)" if document.resumed else ""
    print_line(
        console,
        f"{counted(document.references, 'template')} encrypted under a new key, "
        f"{counted(document.deleted, 'old key')} deleted{resumed}",
    )
    if document.new_master:
        print_line(console, f"The master key is now {document.new_master}")


def add_keys_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=keys, no_args_is_help=True)
    group.command("rotate")(common(rotate))
    app.add_typer(group, name="keys", rich_help_panel=panel)
