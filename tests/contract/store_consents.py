"""What every store promises about consents, receipts and the signing key."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, a_consent, a_reference, a_subject
from tests.contract.store_references import prepared
from visavis.application.ports.consents import Receipt
from visavis.application.ports.store import Store
from visavis.domain.consent import ConsentId
from visavis.domain.errors import ConsentNotFound, ReceiptNotFound, SubjectNotFound
from visavis.domain.subject import SubjectId

NOW = START + timedelta(days=10)


def a_receipt(*, day: int = 0) -> Receipt:
    return Receipt(
        id=uuid.uuid4(),
        subject_id=SubjectId(uuid.uuid4()),
        erased_at=START + timedelta(days=day),
        document='{"b": 1.0, "a": "ü"}',
        signature=bytes(range(64)),
        public_key=bytes(32),
    )


class ConsentsContract:
    async def test_gives_back_what_was_added_oldest_first(self, store: Store) -> None:
        _, (ada, bob) = await prepared(store, "Ada", "Bob")
        late = a_consent(ada, start=2, days=20, revoked=30)
        early, other = a_consent(ada), a_consent(bob, purpose="photos")
        async with store.transaction(TENANT) as unit:
            for one in (late, early, other):
                await unit.consents.add(one)
        async with store.transaction(TENANT) as unit:
            assert await unit.consents.get(late.id) == late
            assert await unit.consents.of_subject(ada.id) == [early, late]
            everything = sorted([late, early, other], key=lambda one: one.id)
            assert await unit.consents.page() == everything
            assert await unit.consents.page(limit=2) == everything[:2]
            assert await unit.consents.page(after=everything[1].id) == everything[2:]
            assert await unit.consents.page(purpose="photos") == [other]
            with pytest.raises(ConsentNotFound):
                await unit.consents.get(ConsentId(uuid.uuid4()))
            with pytest.raises(SubjectNotFound):
                await unit.consents.add(a_consent(a_subject("Nobody")))
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.consents.page() == []
            assert await unit.consents.of_subject(ada.id) == []
            for call in (unit.consents.get(late.id), unit.consents.revoke(late.id, NOW)):
                with pytest.raises(ConsentNotFound):
                    await call
            with pytest.raises(SubjectNotFound):
                await unit.consents.add(a_consent(ada))

    async def test_a_revocation_is_not_overwritten(self, store: Store) -> None:
        _, (ada,) = await prepared(store, "Ada")
        consent = a_consent(ada)
        async with store.transaction(TENANT) as unit:
            await unit.consents.add(consent)
            revoked = await unit.consents.revoke(consent.id, NOW)
            assert revoked == replace(consent, revoked_at=NOW)
            assert await unit.consents.revoke(consent.id, NOW + timedelta(days=1)) == revoked
        async with store.transaction(TENANT) as unit:
            assert await unit.consents.get(consent.id) == revoked

    async def test_knows_who_has_a_valid_one_and_who_had(self, store: Store) -> None:
        _, subjects = await prepared(store, "Ada", "Bob", "Cyd", "Dan", "Eve", "Fay")
        ada, bob, cyd, dan, eve, _ = subjects
        async with store.transaction(TENANT) as unit:
            for one in (
                a_consent(ada, days=5),
                a_consent(ada, start=6),
                a_consent(bob, days=10),
                a_consent(cyd, revoked=10),
                a_consent(dan, start=11),
                a_consent(eve, purpose="photos"),
            ):
                await unit.consents.add(one)
        async with store.transaction(TENANT) as unit:
            ids = [one.id for one in subjects]
            for hold in (False, True):
                assert await unit.consents.valid("entry", ids, NOW, hold=hold) == {ada.id}
            assert await unit.consents.valid("entry", [bob.id], NOW) == set()
            assert await unit.consents.valid("entry", [bob.id, cyd.id], NOW - timedelta(seconds=1)) == {
                bob.id,
                cyd.id,
            }
            assert await unit.consents.valid("entry", [], NOW) == set()
            assert await unit.consents.ended("entry", NOW) == sorted([bob.id, cyd.id, dan.id])
            assert await unit.consents.ended("photos", NOW) == []
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.consents.valid("entry", ids, NOW) == set()
            assert await unit.consents.ended("entry", NOW) == []

    async def test_consents_go_with_the_subject_and_receipts_stay(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        receipt = replace(a_receipt(), subject_id=ada.id)
        consents = [a_consent(ada), a_consent(bob)]
        async with store.transaction(TENANT) as unit:
            for consent in consents:
                await unit.consents.add(consent)
            await unit.references.add([a_reference(gallery, bob)])
            await unit.receipts.add(receipt)
            await unit.subjects.erase(ada.id)
            assert await unit.consents.page() == consents[1:]
            await unit.subjects.leave(gallery.id, bob.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.consents.page() == []
            assert await unit.receipts.get(receipt.id) == receipt

    async def test_receipts_come_latest_first(self, store: Store) -> None:
        receipts = [a_receipt(day=day) for day in (1, 3, 2, 2)]
        async with store.transaction(TENANT) as unit:
            for one in receipts:
                await unit.receipts.add(one)
        ordered = sorted(receipts, key=lambda one: (one.erased_at, one.id), reverse=True)
        async with store.transaction(TENANT) as unit:
            assert list(await unit.receipts.page()) == ordered
            assert list(await unit.receipts.page(limit=2)) == ordered[:2]
            assert list(await unit.receipts.page(after=ordered[1].id)) == ordered[2:]
            assert list(await unit.receipts.page(after=uuid.uuid4())) == []
            with pytest.raises(ReceiptNotFound):
                await unit.receipts.get(uuid.uuid4())
        async with store.transaction(OTHER_TENANT) as unit:
            assert list(await unit.receipts.page()) == []
            with pytest.raises(ReceiptNotFound):
                await unit.receipts.get(receipts[0].id)

    async def test_a_tenant_has_one_signing_key(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            seed = await unit.signing.seed()
            assert await unit.signing.seed() == seed
        async with store.transaction(TENANT) as unit:
            assert await unit.signing.seed() == seed
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.signing.seed() != seed
        assert len(seed) == 32
