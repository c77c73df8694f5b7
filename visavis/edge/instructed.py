"""What an agent was told to do: verified, and kept on its disk with how far it came.

A configuration counts if the server's pinned key signed it for this very agent. What is applied is noted before and
after, so that a configuration that brings the process down is not tried again at once.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from visavis.bootstrap.boxes import decrypted, encrypted, is_signed
from visavis.domain.errors import FileUnreadable, KeyUnavailable, ValueInvalid
from visavis.edge.identity import Identity
from visavis.edge.private_files import read_private, write_private
from visavis.wire.edge import Workload
from visavis.wire.v1.agents import Instructions, SignedNote

_STORED: Final = "configuration"
_SCHEMA: Final = str(Instructions.model_fields["kind"].default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`applied` is the version that runs, with its `workload`; `seen` the highest that was looked at; `trying` the one
    that was being applied when this was written; `failed` the one that could not be, and why. 0 is none."""

    applied: int = 0
    workload: Workload | None = field(default=None, repr=False)
    seen: int = 0
    trying: int = 0
    failed: int = 0
    failure: str = ""


def progress_in(folder: Path, identity: Identity) -> Progress:
    """What the disk knows. An attempt that the process did not survive has failed.

    Raises `FileUnreadable`, `KeyUnavailable` for what was altered.
    """
    content = read_private(folder / _STORED)
    if content is None:
        return Progress()
    try:
        known = json.loads(decrypted(content, identity.disk_key, _binding(identity)))
        found = Progress(
            applied=int(known["applied"]),
            workload=None if known["workload"] is None else Workload.model_validate(known["workload"]),
            seen=int(known["seen"]),
            trying=int(known["trying"]),
            failed=int(known["failed"]),
            failure=str(known["failure"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise FileUnreadable("The stored configuration is of another version of Visavis.") from error
    if not found.trying:
        return found
    why = "The agent ended while it applied this configuration."
    return replace(found, trying=0, failed=found.trying, failure=why)


def keep_progress(folder: Path, identity: Identity, progress: Progress) -> None:
    """Encrypted: addresses of cameras hold passwords. Raises `FileUnreadable`."""
    workload = progress.workload
    known = {
        "applied": progress.applied,
        "workload": None if workload is None else workload.model_dump(mode="json", by_alias=True),
        "seen": progress.seen,
        "trying": progress.trying,
        "failed": progress.failed,
        "failure": progress.failure,
    }
    content = encrypted(json.dumps(known).encode(), identity.disk_key, _binding(identity))
    write_private(folder / _STORED, content)


def instructions_of(note: SignedNote, identity: Identity) -> Instructions:
    """Raises `KeyUnavailable` unless the server's pinned key signed it for this agent, `ValueInvalid` for what this
    version does not understand."""
    try:
        signature = base64.b64decode(note.signature, validate=True)
    except binascii.Error as error:
        raise KeyUnavailable("A configuration has no signature.") from error
    if not is_signed(note.text.encode(), signature, identity.signing_key):
        raise KeyUnavailable("A configuration is not signed by the server that this device knows.")
    try:
        document = json.loads(note.text)
        if document.get("agent") != identity.agent_id or document.get("schema") != _SCHEMA:
            raise KeyUnavailable("A configuration is for another agent.")
        return Instructions.model_validate(document)
    except (ValueError, AttributeError, ValidationError) as error:
        raise ValueInvalid("A configuration is of a newer version of Visavis than this device.") from error


def _binding(identity: Identity) -> bytes:
    return f"visavis:configuration\0{identity.agent_id}".encode()
