"""A search as evidence: what was searched, by whom, what was found, and that nothing was changed in between."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from visavis.application.ledger import Ledger
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.recordings.search import Found, Hit
from visavis.application.sign_bias_audit import SignedText
from visavis.domain.audit import Action, AuditEntry, canonical_time
from visavis.domain.errors import DependencyMissing
from visavis.domain.recording import Recording, RecordingId
from visavis.domain.subject import TenantId

SCHEMA = "visavis.recording-search/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was there when the report was made: digests of the files, by recording, `None` for one that is not there
    any more; and of the stills that lie beside the report, by file name, in the order of the hits."""

    files: Mapping[RecordingId, str | None]
    stills: Sequence[tuple[str, str]]  #: name and SHA-256, empty where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSearch:
    """Writes the report of a search as canonical JSON and signs it with the tenant's key."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    signer: Signer | None
    software: str

    async def __call__(self, found: Found, evidence: Evidence) -> SignedText:
        """Raises `KeyUnavailable`, `DependencyMissing`."""
        if self.signer is None:
            raise DependencyMissing("Signing needs the extra visavis[store].")
        async with self.store.transaction(self.tenant) as work:
            text = json.dumps(
                await self._document(work, found, evidence),
                sort_keys=True,
                separators=(",", ":"),
                ensure_ascii=True,
            )
            digest = hashlib.sha256(text.encode()).hexdigest()
            signature = await self.signer.sign(work.signing, text.encode())
            await self.ledger.note(
                work,
                Action.RECORDING_REPORTED,
                f"search:{found.id}",
                report_sha256=digest,
                case=found.wanted.case or None,
            )
        return SignedText(text=text, sha256=digest, signature=signature)

    async def _document(self, work: UnitOfWork, found: Found, evidence: Evidence) -> dict[str, Any]:
        head = await work.audit.head()
        concerned = {f"recording:{one.id}" for one in found.recordings} | {f"search:{found.id}"}
        custody = [
            _custody(entry)
            async for batch in work.audit.everything()
            for entry in batch
            if entry.record.target in concerned
        ]
        threshold = found.threshold
        return {
            "schema": SCHEMA,
            "search": str(found.id),
            "tenant": str(self.tenant),
            "at": canonical_time(found.at),
            "by": found.by,
            "case": found.wanted.case,
            "wanted": {"photos_sha256": list(found.wanted.photos), "subject": found.wanted.subject},
            "scope": _scope(found.scope),
            "gallery": str(found.gallery.id),
            "model": found.gallery.model.key,
            "policy": found.gallery.policy.name,
            "threshold": {
                "score": threshold.value,
                "measure": threshold.measure.value,
                "fmr": threshold.fmr.value,
                "fmr_extrapolated": threshold.fmr.extrapolated,
                "fpir": found.gallery.policy.fpir,
                "data": threshold.data,
            },
            "searched_tracks": found.searched,
            "recordings": [_recording(one, evidence) for one in found.recordings],
            "skipped": [str(one.id) for one in found.skipped],
            "hits": [
                _hit(hit, name, digest)
                for hit, (name, digest) in zip(found.hits, evidence.stills, strict=True)
            ],
            "custody": custody,
            "audit_before": {"sequence": head.sequence, "digest": head.digest},
            "software": self.software,
        }


def _recording(one: Recording, evidence: Evidence) -> dict[str, Any]:
    now = evidence.files.get(one.id)
    return {
        "recording": str(one.id),
        "file": one.name,
        "sha256": one.sha256,
        "sha256_now": now,
        "unchanged": now == one.sha256 if now is not None else None,
        "bytes": one.size,
        "started_at": canonical_time(one.started_at),
        "duration_s": one.duration_s,
        "source": one.source,
        "site": one.site,
        "zone": one.zone,
        "frames_per_second": one.rate,
        "tracks": one.tracks,
        "indexed_at": canonical_time(one.added_at),
        "indexed_by": one.added_by,
        "indexed_with": one.software,
    }


def _hit(hit: Hit, still: str, digest: str) -> dict[str, Any]:
    track, recording = hit.track, hit.recording
    return {
        "recording": str(recording.id),
        "track": track.number,
        "outcome": hit.outcome.value,
        "score": hit.score.value,
        "fmr": hit.fmr.value,
        "fmr_extrapolated": hit.fmr.extrapolated,
        "fpir": hit.fpir,
        "first_s": track.first_s,
        "last_s": track.last_s,
        "best_s": track.best_s,
        "first_at": canonical_time(recording.at(track.first_s)),
        "last_at": canonical_time(recording.at(track.last_s)),
        "frames": track.frames,
        "box": list(track.box),
        "still": still,
        "still_sha256": digest,
    }


def _custody(entry: AuditEntry) -> dict[str, Any]:
    record = entry.record
    return {
        "sequence": entry.sequence,
        "at": canonical_time(record.at),
        "actor": str(record.actor),
        "action": record.action.value,
        "target": record.target,
        "digest": entry.digest,
    }


def _scope(scope: RecordingFilter) -> dict[str, Any]:
    ids: Sequence[UUID] | None = scope.ids
    return {
        "recordings": None if ids is None else [str(one) for one in ids],
        "source": scope.source,
        "site": scope.site,
        "zone": scope.zone,
        "since": canonical_time(scope.since) if scope.since else None,
        "until": canonical_time(scope.until) if scope.until else None,
    }
