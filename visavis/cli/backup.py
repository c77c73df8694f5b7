"""visavis backup, visavis restore"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.bootstrap.extras import require_store
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import YesOption, common
from visavis.cli.questions import require_yes
from visavis.cli.stores import patience, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.backup import Backup
    from visavis.wire.backup import BackupDocument, RestoreDocument

PASSPHRASE = "VISAVIS_BACKUP_PASSPHRASE"  # noqa: S105 (the name of a variable)

BackupFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file of the backup.", show_default=False)
]
WithKeys = Annotated[
    bool,
    typer.Option(
        "--with-keys",
        help=f"Take the key file along, encrypted; asks for a passphrase or takes it from {PASSPHRASE}.",
    ),
]
Replace = Annotated[bool, typer.Option("--replace", help="Remove what is here before. Asks first.")]


class BackupGroup(typer.core.TyperGroup):
    """`visavis backup FILE` is short for `visavis backup make FILE`."""

    def resolve_command(  # type: ignore[override]  # the stubs name click's own types
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, object, list[str]]:
        known = args and args[0] in self.list_commands(ctx)
        return super().resolve_command(ctx, args if known else ["make", *args])


def backup(invocation: Invocation) -> None:
    """Backups of everything: galleries, templates, consents, events, the audit log.

    \b
    Examples:
      visavis backup /srv/backups/visavis-2026-11-22.tar
      visavis backup verify /srv/backups/visavis-2026-11-22.tar
    """


def make(invocation: Invocation, file: BackupFile, with_keys: WithKeys = False) -> None:
    """Write a backup, while everything is in use. Short: visavis backup FILE

    The templates in it are encrypted, and the master key is NOT in it, unless --with-keys: keep the key file
    elsewhere, because without it nobody can read the templates again.

    \b
    Examples:
      visavis backup make /srv/backups/visavis-2026-11-22.tar
      visavis backup make everything.tar --with-keys
    """
    require_store()
    from visavis.bootstrap.backup import make_backup

    settings = invocation.settings()
    passphrase = _passphrase(confirm=True) if with_keys else None
    done = run(lambda: make_backup(settings, file, passphrase=passphrase, on_wait=patience(invocation)))
    document = _document(done)
    invocation.answer(document, lambda console: render(console, document))
    if not with_keys:
        place = "the secret keys.master" if settings.keys.master else shown(settings.key_file)
        invocation.say(f"The master key is not in this backup. Keep a copy of it elsewhere: {place}")


def verify(invocation: Invocation, file: BackupFile) -> None:
    """Compare every part of a backup with its digest, without restoring it.

    \b
    Examples:
      visavis backup verify /srv/backups/visavis-2026-11-22.tar
    """
    require_store()
    from visavis.bootstrap.backup import verified_backup

    document = _document(verified_backup(file))
    invocation.answer(document, lambda console: render(console, document))


def restore(
    invocation: Invocation,
    file: BackupFile,
    replace: Replace = False,
    with_keys: WithKeys = False,
    yes: YesOption = False,
) -> None:
    """Restore a backup into an empty installation, and check it: rows, audit log, templates, keys.

    Put the backup of the key file in its place first, or give --with-keys if the backup has it. If anything does
    not fit, everything stays as it was. Stop the server before: visavis down

    \b
    Examples:
      visavis restore visavis-2026-11-22.tar --data-dir /srv/visavis
      visavis restore everything.tar --with-keys
    """
    require_store()
    from visavis.bootstrap.restoring import restore_backup
    from visavis.wire.backup import RestoreDocument

    if replace:
        require_yes("Remove everything that is here, and restore the backup instead?", yes=yes)
    settings = invocation.settings()
    passphrase = _passphrase(confirm=False) if with_keys else None
    done = run(
        lambda: restore_backup(
            settings, file, replace=replace, passphrase=passphrase, on_wait=patience(invocation)
        )
    )
    document = RestoreDocument(
        file=shown(file),
        made_at=done.manifest.made_at,
        rows=done.rows,
        audit_entries=done.audit_entries,
        keys_added=done.keys_added,
        replaced=done.replaced,
    )
    invocation.answer(document, lambda console: render_restored(console, document))


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise ValueInvalid(
            "The keys need a passphrase, and nobody is there to be asked.", hint=f"Set {PASSPHRASE}."
        )
    asked: str = typer.prompt(
        "Passphrase for the keys", hide_input=True, confirmation_prompt=confirm, err=True
    )
    return asked


def _document(done: "Backup") -> "BackupDocument":
    from visavis.wire.backup import BackupDocument

    return BackupDocument(file=shown(done.file), bytes=done.bytes, sound=True, manifest=done.manifest)


def render(console: "Console", document: "BackupDocument") -> None:
    from visavis.cli.tables import print_facts, print_line

    manifest = document.manifest
    print_line(console, ("sound", "bold green"), f" — {document.file}")
    facts = [
        ("made", manifest.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("by", f"{manifest.software}, {manifest.server}, schema {manifest.schema_version}"),
        ("content", f"{sum(manifest.tables.values()):,} rows in {len(manifest.tables)} tables"),
        ("size", f"{document.bytes / 2**20:,.1f} MiB"),
        ("keys", "included, encrypted" if manifest.keys_sha256 else "not included"),
        ("needs", f"master key {', '.join(manifest.masters)}"),
    ]
    print_facts(console, facts)


def render_restored(console: "Console", document: "RestoreDocument") -> None:
    from visavis.cli.tables import print_facts, print_line

    print_line(console, ("restored", "bold green"), f" — {document.file}")
    facts = [
        ("made", document.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("rows", f"{document.rows:,}"),
        ("audit log", f"{document.audit_entries:,} entries, intact"),
        ("templates", "can be decrypted"),
    ]
    if document.keys_added:
        facts.append(("keys added", ", ".join(document.keys_added)))
    print_facts(console, facts)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the commands to the command line."""
    group = typer.Typer(cls=BackupGroup, callback=common(backup), no_args_is_help=True)
    group.command("make")(common(make))
    group.command("verify")(common(verify))
    app.add_typer(group, name="backup", rich_help_panel=panel)
    app.command("restore", rich_help_panel=panel)(common(restore))
