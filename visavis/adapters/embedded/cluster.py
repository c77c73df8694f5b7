"""Makes the cluster and says who may enter it."""

import os
import shutil
from pathlib import Path

from visavis.adapters.embedded.account import Account
from visavis.adapters.embedded.layout import DATABASE, MAJOR, ROLE, Layout, make_owned
from visavis.adapters.embedded.programs import Programs, bulk_sync
from visavis.domain.errors import SchemaMismatch

_MAP = "visavis"
_HBA = f"""# Written by Visavis at every start.
# Only the socket, and only the user of the operating system named in pg_ident.conf. No password, no trust.
local all all peer map={_MAP}
"""


def initialise(layout: Layout, programs: Programs) -> None:
    """Make the cluster beside its place, bring it to the disk and rename it: half a cluster never exists.

    Raises:
        StoreDown: initdb failed.
    """
    shutil.rmtree(layout.unfinished, ignore_errors=True)
    make_owned(layout.unfinished, programs.account)
    programs.run(
        "initdb",
        *("--pgdata", layout.unfinished, "--username", ROLE, "--encoding", "UTF8", "--locale", "C"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        *("--auth-local", "peer", "--auth-host", "reject"),
        *("--data-checksums", "--no-sync", "--no-instructions"),
    )
    programs.run(
        "postgres",
        *("--single", "-D", layout.unfinished, "-c", "exit_on_error=true", "-c", "fsync=off"),
        "postgres",
        text=f"CREATE DATABASE {DATABASE}\n".encode(),
    )
    admit(layout.unfinished, layout, programs.account)
    method = bulk_sync(os.uname().sysname, os.uname().release)
    programs.run("initdb", "--sync-only", "--sync-method", method, "--pgdata", layout.unfinished)
    layout.unfinished.rename(layout.cluster)
    _sync_dir(layout.root)


def check_version(layout: Layout) -> bool:
    """Whether there is a cluster.

    Raises:
        SchemaMismatch: it was made by another major version than that of the binaries.
    """
    marker = layout.cluster / "PG_VERSION"
    if marker.exists():
        found = marker.read_text(encoding="utf-8").strip()
    elif layout.cluster.exists():
        found = "an unknown version"
    else:
        others = sorted(path.parent.name[2:] for path in layout.root.glob("pg[0-9]*/PG_VERSION"))
        found = next((other for other in others if other.isdigit()), "")
    if found in ("", str(MAJOR)):
        return found != ""
    raise SchemaMismatch(
        f"The database in {layout.root} is of PostgreSQL {found}, the installed binaries are of {MAJOR}.",
        hint="Install the version of visavis that made it, dump it with pg_dump, and restore the dump here.",
    )


def admit(cluster: Path, layout: Layout, account: Account) -> None:
    """Write who may connect; done at every start, so that a renamed user or an edited file mends itself."""
    client = account.client.replace('"', '""')
    ident = f'# Written by Visavis at every start.\n{_MAP} "{client}" {ROLE}\n'
    _replace(cluster / "pg_hba.conf", _HBA, layout, account)
    _replace(cluster / "pg_ident.conf", ident, layout, account)


def _replace(path: Path, text: str, layout: Layout, account: Account) -> None:
    """Rename a finished file into place: as root, writing through a name in the server's directory could
    follow a symbolic link."""
    draft = layout.locks / path.name
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
        if account.is_other:
            os.fchown(descriptor, account.uid, account.gid)
    draft.replace(path)


def _sync_dir(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
