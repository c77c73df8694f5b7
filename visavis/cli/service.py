"""visavis up, visavis down, visavis serve, visavis keys"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.bootstrap.extras import require_store
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import common
from visavis.cli.stores import STARTING, patience, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.ports.upkeep import StoreHealth
    from visavis.settings import Settings
    from visavis.wire.installation import KeysRotateDocument, SignInNote, UpDocument

ForegroundOption = Annotated[
    bool, typer.Option("--foreground", help="Stay in the foreground and log to standard error.")
]
MasterOption = Annotated[bool, typer.Option("--master", help="Make a new master key, too.")]


def up(invocation: Invocation, foreground: ForegroundOption = False) -> None:
    """Start everything and leave it running until `visavis down`: database, API, worker and console.

    Says where the console and the API are and, at the first start, how the owner signs in. Without the extra
    "server" only the database is started, without the extra "console" no console. With a database of your own
    (setting: database.url), that one is used, and its tables are brought up to date.

    \b
    Examples:
      visavis up
      visavis up --data-dir /srv/visavis
      visavis up --foreground        for systemd and containers
    """
    require_store()
    from visavis.bootstrap.extras import has_server
    from visavis.bootstrap.service import bring_up, first_sign_in

    settings = invocation.settings()
    url = console_url = None
    if has_server():
        from visavis.bootstrap import up as server

        if foreground:
            from visavis.bootstrap.logs import log_to_stderr

            log_to_stderr("keeper")
            run(lambda: server.keep_up(settings, on_wait=patience(invocation)))
            return
        facts = server.start_detached(settings, on_wait=patience(invocation, STARTING)).facts
        url, console_url = facts["url"], facts.get("console")
    health = run(lambda: bring_up(settings, keep=url is None, on_wait=patience(invocation)))
    sign_in = run(lambda: first_sign_in(settings)) if url else None
    document = up_document(settings, health, url=url, console_url=console_url, sign_in=sign_in)
    invocation.answer(document, lambda console: render_up(console, document))
    if health.key_problem is not None:
        raise health.key_problem


def down(invocation: Invocation) -> None:
    """Stop console, API, worker and the embedded database, also if other processes use it. Nothing stored is lost.

    Requests that were accepted are finished first.

    \b
    Examples:
      visavis down
    """
    require_store()
    from visavis.bootstrap.extras import has_server
    from visavis.bootstrap.service import take_down
    from visavis.wire.installation import DownDocument

    settings = invocation.settings()
    server = False
    if has_server():
        from visavis.bootstrap.up import stop_all

        server = stop_all(settings)
    external = settings.database.url is not None
    stopped = take_down(settings, on_wait=patience(invocation))
    document = DownDocument(
        database="external" if external else "embedded", server=server, stopped=stopped or server
    )

    def render(console: "Console") -> None:
        from visavis.cli.tables import print_line

        if server:
            print_line(console, "The console, the API and the worker are stopped.")
        if external:
            print_line(console, ("The configured database is not ours to stop.", "dim"))
        else:
            text = (
                "The database is stopped." if document.stopped else "The embedded database was not running."
            )
            print_line(console, text)

    invocation.answer(document, render)


def serve(invocation: Invocation) -> None:
    """Run one API process in the foreground (REST and gRPC); `visavis up` does this and more.

    For split installations: API and worker processes on several machines over one database.

    \b
    Examples:
      VISAVIS_SERVER__PORT=8430 visavis serve
    """
    replace_process(invocation, "visavis.api")


def replace_process(invocation: Invocation, module: str) -> None:
    """Becomes the program of this module, with the same settings. Raises `DependencyMissing`."""
    import os
    import sys

    require_store()
    from visavis.bootstrap.extras import require_server

    require_server()
    settings = invocation.settings()
    environment = os.environ | {"VISAVIS_DATA_DIR": str(settings.data_dir.absolute())}
    os.execve(sys.executable, [sys.executable, "-m", module], environment)  # noqa: S606 (our own program)


def keys() -> None:
    """The keys that templates are encrypted with."""


def rotate(invocation: Invocation, master: MasterOption = False) -> None:
    """Encrypt all templates, and what else is sealed, under new keys, while the store is in use.

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


def up_document(
    settings: "Settings",
    health: "StoreHealth",
    *,
    url: str | None,
    console_url: str | None = None,
    sign_in: "SignInNote | None",
) -> "UpDocument":
    from visavis.wire.installation import UpDocument

    return UpDocument(
        database="external" if settings.database.url else "embedded",
        server=health.server,
        schema_version=health.schema,
        data_dir=shown(settings.data_dir),
        galleries=health.galleries,
        subjects=health.subjects,
        references=health.references,
        url=url,
        console_url=console_url,
        sign_in=sign_in,
    )


def render_up(console: "Console", document: "UpDocument") -> None:
    """What is ready, where it is, how to sign in, how to stop it."""
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
    facts = [("content", ", ".join(numbers)), ("data", document.data_dir)]
    if document.url:
        facts = [("API", f"{document.url}/v1"), ("its reference", f"{document.url}/v1/docs"), *facts]
        if document.sign_in:
            link = f"{document.console_url or document.url}/sign-in#{document.sign_in.token}"
            facts = [
                ("first sign-in", f"as {document.sign_in.login}, with this link, once:"),
                ("", link),
                *facts,
            ]
        if document.console_url:
            facts.insert(0, ("console", document.console_url))
        facts.append(("a key for an application", "visavis api-keys create NAME"))
    if document.url or document.database == "embedded":
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
