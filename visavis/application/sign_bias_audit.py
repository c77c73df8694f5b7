"""Signs an audit of bias and notes it in the audit log, so that it can neither be denied nor exchanged later."""

import hashlib
from dataclasses import dataclass

from visavis.application.audit_bias import BiasAudit
from visavis.application.ledger import Ledger
from visavis.application.ports.signing import Signature, Signer
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.errors import DependencyMissing
from visavis.domain.gallery import Gallery
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """A text, its SHA-256 in hexadecimal digits, and the signature over its UTF-8 bytes."""

    text: str
    sha256: str
    signature: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class SignBiasAudit:
    store: Store
    tenant: TenantId
    ledger: Ledger
    signer: Signer | None

    async def __call__(
        self, text: str, audit: BiasAudit, *, pack: str, gallery: Gallery | None = None
    ) -> SignedText:
        """`text` is the whole document as canonical JSON. Raises `KeyUnavailable`, `DependencyMissing`."""
        if self.signer is None:
            raise DependencyMissing("Signing needs the extra visavis[store].")
        digest = hashlib.sha256(text.encode()).hexdigest()
        async with self.store.transaction(self.tenant) as work:
            signature = await self.signer.sign(work.signing, text.encode())
            await self.ledger.note(
                work,
                Action.BIAS_AUDITED,
                f"gallery:{gallery.id}" if gallery else "",
                report_sha256=digest,
                pack=pack,
                model=audit.threshold.model.key,
                threshold=audit.threshold.value,
                fmr=audit.threshold.fmr.value,
                photos=audit.photos,
                cohorts=audit.cohorts,
                found=audit.found,
                worst_ratio=audit.worst_ratio,
            )
        return SignedText(text=text, sha256=digest, signature=signature)
