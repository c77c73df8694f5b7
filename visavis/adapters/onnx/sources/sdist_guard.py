"""Lets pip hand over a source distribution without running any code of it.

pip asks every source distribution it downloads for its metadata, by running the build backend that the
distribution names, which for old ones is their `setup.py`. We want one data file out of the archive, so no
foreign code needs to run. This module is copied into a directory that stands first on the path of pip and
of the processes pip starts; its `divert` is called when they start. In the build processes it names this
module as the backend, which answers with the name and version from the archive's own `PKG-INFO`. Any other
Python child, but for the keyring program that knows the passwords of indexes, is stopped: where pip works
in an unforeseen way, nothing is fetched and nothing is run.

It runs in the interpreter of pip, so it imports the standard library only.
"""

import os
import re
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Final

MODULE: Final = "visavis_sdist_guard"
PARENT: Final = "VISAVIS_SDIST_GUARD"
#: how pip names the backend to the processes it starts: today, and before pip 24.1
PREFIXES: Final = ("_PYPROJECT_HOOKS_", "PEP517_")


def install(directory: Path) -> dict[str, str]:
    """Writes the guard into an empty directory; returns the environment that puts pip under it."""
    source = Path(__file__).read_text(encoding="utf-8")
    (directory / f"{MODULE}.py").write_text(source, encoding="utf-8")
    hook = f"import os, sys, {MODULE}\n{MODULE}.divert(os.environ, sys.orig_argv)\n"
    (directory / "sitecustomize.py").write_text(hook, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(directory), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "PIP_USE_PEP517": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def divert(environment: MutableMapping[str, str], command: Sequence[str]) -> None:
    """Marks the first process, pip itself; makes this module the backend in the processes it starts."""
    if PARENT not in environment:
        environment[PARENT] = "1"
        return
    if len(command) > 1 and Path(command[1]).name == "keyring":
        return
    for prefix in PREFIXES:
        if prefix + "BUILD_BACKEND" in environment:
            environment[prefix + "BUILD_BACKEND"] = MODULE
            environment.pop(prefix + "BACKEND_PATH", None)
            return
    sys.exit("visavis: no code of a source distribution is run to fetch a model")


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:  # noqa: ARG001 - PEP 517
    """Nothing is built, so nothing is needed."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:  # noqa: ARG001
    """Writes name and version into a metadata directory (PEP 517); the current one is the unpacked archive."""
    fields: dict[str, str] = {}
    for line in Path("PKG-INFO").read_text(encoding="utf-8", errors="replace").splitlines():
        key, colon, value = line.partition(":")
        if colon and key in {"Name", "Version"}:
            fields.setdefault(key, value.strip())
    name = re.sub(r"[-_.]+", "_", fields["Name"])
    directory = Path(metadata_directory) / f"{name}-{fields['Version']}.dist-info"
    directory.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {fields['Name']}\nVersion: {fields['Version']}\n"
    (directory / "METADATA").write_text(text, encoding="utf-8")
    return directory.name
