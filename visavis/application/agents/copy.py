"""What a device that matches by itself gets of a gallery: what changed since it last asked, for its eyes only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from visavis.application.copy_pages import CopiedSubject, CopyPage, Terms, encoded_page, page_binding
from visavis.application.ledger import Ledger
from visavis.application.ports.boxes import Sealer
from visavis.application.ports.clock import Clock
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Change, Store, UnitOfWork
from visavis.domain.account import ApiKeyId
from visavis.domain.audit import Action
from visavis.domain.consent import Consent
from visavis.domain.decision import Calibration
from visavis.domain.errors import KeyUnavailable, NotPermitted
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, SubjectId, TenantId
from visavis.domain.template import Template

SUBJECTS_AT_ONCE: Final = 250  #: in a page; with two references each, about a megabyte

_FOREVER: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPage:
    """`box` opens with the agent's own key; `signature` is the tenant's, Ed25519, over the binding and the box."""

    box: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveCopy:
    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    signer: Signer | None
    sealer: Sealer | None

    async def __call__(
        self,
        key_id: ApiKeyId,
        gallery: Gallery,
        calibration: Calibration,
        *,
        after: int,
        epoch: str,
        denied: bool = False,
    ) -> SealedPage:
        """What changed after the change `after` in the copy of `epoch`; everything where the copy has to begin anew.
        `denied` asks for the looks that were denied, too: a device of before they were copied cannot read them.

        Raises `AgentNotFound` for a key that is no agent's, `NotPermitted` where the policy allows no copies.
        """
        if self.signer is None or self.sealer is None:
            raise KeyUnavailable("Copies need a server with a signing key.")
        async with self.store.transaction(self.tenant) as work:
            agent = await work.agents.of_key(key_id)
            terms = Terms(
                gallery=gallery.name,
                gallery_id=gallery.id,
                epoch=epoch_of(gallery, denied=denied),
                policy=gallery.policy,
                calibration=calibration,
            )
            begin = after if epoch == terms.epoch else 0
            page = await self._page(work, gallery, terms, begin, denied=denied)
            if page.after == 0:
                await self.ledger.note(
                    work,
                    Action.COPY_GIVEN,
                    f"gallery:{gallery.id}",
                    agent=str(agent.id),
                    version=page.version,
                )
            binding = page_binding(str(agent.id), gallery.name, after)
            box = self.sealer.seal(encoded_page(page), agent.sealing_key, binding)
            signature = await self.signer.sign(work.signing, binding + box)
        return SealedPage(box=box, signature=signature.value)

    async def _page(
        self, work: UnitOfWork, gallery: Gallery, terms: Terms, after: int, *, denied: bool
    ) -> CopyPage:
        latest = await work.references.sequence(gallery.id)
        begin = after if 0 <= after <= latest else 0  # of a store that was restored, for instance
        changes: Sequence[Change] = await work.references.changes(
            gallery.id, after=begin, limit=SUBJECTS_AT_ONCE + 1
        )
        batch = changes[:SUBJECTS_AT_ONCE]
        ids = [change.subject_id for change in batch]
        kept = await work.references.of_subjects(gallery.id, ids) if ids else {}
        looks = await _looks(work, gallery, ids) if denied else {}
        now = self.clock.now()
        return CopyPage(
            terms=terms,
            after=begin,
            version=batch[-1].sequence if batch else begin,
            more=len(changes) > len(batch),
            as_of=now,
            subjects=[
                await _copied(work, gallery, kept[subject_id], looks.get(subject_id, ()), now)
                for subject_id in ids
                if kept.get(subject_id)
            ],
            gone=frozenset(one for one in ids if not kept.get(one)),
        )


def require_copies(gallery: Gallery) -> None:
    """Raises `NotPermitted`."""
    if not gallery.policy.copies:
        raise NotPermitted(
            "The policy of this gallery allows no copies on devices.",
            hint=f"An administrator allows them: visavis galleries policy {gallery.name} --copies",
            reasons=("copies",),
        )


def epoch_of(gallery: Gallery, *, denied: bool = False) -> str:
    """Changes when what is in a copy already may be wrong although its subject did not change."""
    told = f"{gallery.id}/{gallery.model.key}/{gallery.policy.consent}"
    told += "/denied" if denied else ""
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def _looks(
    work: UnitOfWork, gallery: Gallery, ids: Sequence[SubjectId]
) -> dict[SubjectId, tuple[Template, ...]]:
    found = await work.denials.of(gallery.id, ids) if ids else {}
    return {subject_id: tuple(one.template for one in some) for subject_id, some in found.items()}


async def _copied(
    work: UnitOfWork,
    gallery: Gallery,
    references: Sequence[Reference],
    looks: Sequence[Template],
    now: datetime,
) -> CopiedSubject:
    """Without templates where a consent is needed and missing: it is counted as the server counts it."""
    subject_id, until = references[0].subject_id, None
    if gallery.policy.consent:
        granted = await work.consents.of_subject(subject_id)
        until = _valid_until(granted, gallery.policy.consent, now)
        references_given = references if until is not None else ()
        until = None if until == _FOREVER else until
    else:
        references_given = references
    dimension = gallery.model.dimension
    vectors = [one.template.vector for one in references_given]
    return CopiedSubject(
        subject_id=subject_id,
        references=len(references),
        vectors=np.stack(vectors) if vectors else np.empty((0, dimension), np.float32),
        norms=np.array([one.template.norm for one in references_given], np.float32),
        until=until,
        denied=tuple(looks) if references_given else (),
    )


def _valid_until(granted: Sequence[Consent], purpose: str, now: datetime) -> datetime | None:
    """The end of the consent that lasts longest, `_FOREVER` if it has none; `None` if none is valid."""
    valid = [one.expires_at or _FOREVER for one in granted if one.purpose == purpose and one.valid_at(now)]
    return max(valid, default=None)
