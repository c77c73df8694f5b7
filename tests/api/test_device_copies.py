"""A device that matches by itself: it decides as the server does, and forgets when the server forgets."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio.from_thread
import pytest

from tests.api.outposts import Device, client_of, enrolled, matching
from tests.api.serving import Served
from tests.contract.making import a_reference, a_subject, a_template
from tests.contract.store_corrections import a_correction, a_denial
from visavis.application.agents.copy import SUBJECTS_AT_ONCE
from visavis.domain.correction import CorrectionId
from visavis.domain.decision import Outcome
from visavis.domain.errors import KeyUnavailable, NotPermitted, PreconditionFailed
from visavis.domain.gallery import Gallery
from visavis.domain.template import Template
from visavis.engine.assess import PROBE_GATE
from visavis.wire.v1.agent_files import CopyPart
from visavis.wire.v1.tracks import DeviceDecision

pytestmark = [pytest.mark.anyio, pytest.mark.models]


async def with_people(served: Served, portraits: Path, *, copies: bool = True) -> Gallery:
    """A gallery of two people, three photos."""
    platform = served.platform()
    made = await platform.create("staff", pack=platform.models.pack("standard"))
    await platform.galleries.set_policy(made.name, replace(made.policy, copies=copies))
    gallery = await platform.gallery("staff")
    async with client_of(served, await served.key()) as client:
        await client.enrol("staff", "ada", portraits / "obama.jpg", portraits / "obama2.jpg")
        await client.enrol("staff", "bob", portraits / "biden.jpg")
    return gallery


async def matching_device(served: Served, folder: Path) -> Device:
    """It matches by itself, with a copy of the gallery as it is."""
    device = await enrolled(served, folder)
    device.agent.workload = matching()
    await device.turn()
    return device


async def probe_of(served: Served, path: Path) -> Template:
    platform = served.platform()
    inference = await platform.loaded(platform.models.pack("standard"))
    (sample, *_) = await inference.samples(content_of(path), gate=PROBE_GATE)
    (template,) = await inference.templates([sample])  # type: ignore[list-item]
    return template


async def on_server(served: Served, probe: Template) -> tuple[Outcome, str | None, float | None, float]:
    work = await served.platform().opened("staff")
    (result,) = await work.identify.probes(work.gallery, [probe])
    assert result.decision is not None
    assert result.candidates is not None
    best = result.candidates.best
    matched = str(best.subject_id) if best and result.decision.outcome is Outcome.MATCH else None
    score = result.decision.score.value if result.decision.score else None
    return result.decision.outcome, matched, score, result.decision.threshold.value


def on_device(decision: DeviceDecision | None) -> tuple[Outcome, str | None, float | None, float | None]:
    assert decision is not None
    subject = str(decision.subject_id) if decision.subject_id else None
    return decision.outcome, subject, decision.score, decision.threshold


async def test_it_decides_as_the_server_does_also_when_that_is_away_and_after_a_restart(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    for name in ("obama3.jpg", "biden.jpg", "obama_partial_face.jpg"):
        probe = await probe_of(recognising, portraits / name)
        assert on_device(device.copies.decide("staff", probe)) == await on_server(recognising, probe)

    def away(gallery: str, *, after: int = 0, epoch: str = "", denied: bool = False) -> CopyPart:
        raise PreconditionFailed

    device.bridge.copy = away  # type: ignore[method-assign]
    device.restart()
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    decided = on_device(device.copies.decide("staff", probe))
    assert decided == await on_server(recognising, probe)
    assert decided[0] is Outcome.MATCH


async def test_who_was_erased_is_gone_with_the_next_refresh(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    before = on_device(device.copies.decide("staff", probe))
    platform = recognising.platform()
    ada = (await platform.subjects.get("ada")).subject
    await platform.erase(ada.id)
    await device.turn()
    after = on_device(device.copies.decide("staff", probe))
    assert (before[0], after[0]) == (Outcome.MATCH, Outcome.NON_MATCH)
    device.restart()
    assert on_device(device.copies.decide("staff", probe)) == after
    assert len(device.copies._kept["staff"].copy.subjects) == 1


async def test_a_copy_that_is_too_old_decides_nothing(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    device.clock.later(hours=71.9)
    assert device.copies.decide("staff", probe) is not None
    device.clock.later(hours=0.2)
    assert device.copies.decide("staff", probe) is None
    device.clock.later(hours=-200)
    assert device.copies.decide("staff", probe) is None


async def test_what_was_altered_is_refused(recognising: Served, portraits: Path, tmp_path: Path) -> None:
    await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    asked = device.bridge.client.outposts.copy
    part = await asked("staff")
    other = await enrolled(recognising, tmp_path / "other", name="other")
    for altered in (
        part.model_copy(update={"box": flipped(part.box)}),
        part.model_copy(update={"signature": flipped(part.signature)}),
        await other.bridge.client.outposts.copy("staff"),
    ):
        device.bridge.copy = lambda gallery, *, altered=altered, **_: altered  # type: ignore[method-assign]
        device.copies._kept.clear()
        with pytest.raises(KeyUnavailable):
            device.copies.refresh("staff")
    (path,) = (tmp_path / "copies").glob("*.copy")
    path.write_bytes(flipped_bytes(path.read_bytes()))
    device.restart()
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    assert device.copies.decide("staff", probe) is None
    assert list((tmp_path / "copies").iterdir()) == []


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def flipped(text: str) -> str:
    return base64.b64encode(flipped_bytes(base64.b64decode(text))).decode()


def flipped_bytes(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


async def test_nothing_readable_lies_on_the_disk(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    await matching_device(recognising, tmp_path)
    async with recognising.store.transaction(recognising.owner().tenant) as work:
        ids = list(await work.subjects.names([one.subject.id for one in await work.subjects.page()]))
        kept = await work.references.of_subjects(gallery.id, ids)
    files = files_below(tmp_path)
    content = b"".join(path.read_bytes() for path in files)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    for references in kept.values():
        assert str(references[0].subject_id).encode() not in content
        for one in references:
            assert one.template.vector.tobytes()[:64] not in content


async def test_without_the_policy_there_is_no_copy_and_an_old_one_goes(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    assert list((tmp_path / "copies").glob("*.copy"))
    await recognising.platform().galleries.set_policy(gallery.name, replace(gallery.policy, copies=False))
    with pytest.raises(NotPermitted, match="copies"):
        await device.bridge.client.outposts.copy("staff")
    await device.turn()
    assert not list((tmp_path / "copies").glob("*"))


async def test_a_device_that_was_revoked_erases_its_copies(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    async with client_of(recognising, await recognising.key()) as admin:
        await admin.agents.revoke(device.identity.agent_id)
    for _ in range(2):
        await device.turn()
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    assert device.copies.decide("staff", probe) is None
    assert not list((tmp_path / "copies").glob("*"))


async def test_who_has_no_consent_is_counted_and_not_found(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    platform = recognising.platform()
    await platform.galleries.set_policy(gallery.name, replace(gallery.policy, copies=True, consent="door"))
    ada = (await platform.subjects.get("ada")).subject
    until = datetime.now(UTC) + timedelta(hours=5)
    await platform.consents.grant("ada", purpose="door", text_version="1", expires_at=until)
    device = await matching_device(recognising, tmp_path)
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    stranger = await probe_of(recognising, portraits / "biden.jpg")
    decision = device.copies.decide("staff", probe)
    assert decision is not None
    assert (decision.subject_id, decision.searched) == (ada.id, 3)
    assert on_device(device.copies.decide("staff", probe)) == await on_server(recognising, probe)
    assert on_device(device.copies.decide("staff", stranger)) == await on_server(recognising, stranger)
    device.clock.later(hours=6)
    late = device.copies.decide("staff", probe)
    assert late is not None
    assert late.subject_id is None


async def test_a_gallery_of_several_pages_arrives_whole_and_later_changes_follow(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    probe = await probe_of(recognising, portraits / "obama3.jpg")
    others = [a_subject(f"other {number:03}") for number in range(2 * SUBJECTS_AT_ONCE)]
    async with recognising.store.transaction(recognising.owner().tenant) as work:
        for one in others:
            await work.subjects.add(one)
        await work.references.add(
            [a_reference(gallery, one, template=a_template(gallery.model)) for one in others]
        )
    device = await matching_device(recognising, tmp_path)
    assert device.bridge.copies_asked == 3
    assert len(device.copies._kept["staff"].copy.subjects) == 2 * SUBJECTS_AT_ONCE + 2
    assert on_device(device.copies.decide("staff", probe)) == await on_server(recognising, probe)
    for one in others[::2]:
        await recognising.platform().erase(one.id)
    await device.turn()
    assert len(device.copies._kept["staff"].copy.subjects) == SUBJECTS_AT_ONCE + 2
    assert on_device(device.copies.decide("staff", probe)) == await on_server(recognising, probe)
    device.restart()
    assert on_device(device.copies.decide("staff", probe)) == await on_server(recognising, probe)


async def test_a_look_that_was_denied_is_known_to_the_device_and_forgotten_with_the_correction(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    device = await matching_device(recognising, tmp_path)
    look = await probe_of(recognising, portraits / "obama3.jpg")
    assert on_device(device.copies.decide("staff", look))[0] is Outcome.MATCH
    correction = await denied(recognising, gallery, look)
    await device.turn()
    assert on_device(device.copies.decide("staff", look)) == await on_server(recognising, look)
    assert on_device(device.copies.decide("staff", look))[0] is Outcome.NON_MATCH
    device.restart()
    assert on_device(device.copies.decide("staff", look))[0] is Outcome.NON_MATCH
    async with recognising.store.transaction(recognising.owner().tenant) as work:
        await work.corrections.close(correction, datetime.now(UTC), "user:1")
    await device.turn()
    assert on_device(device.copies.decide("staff", look)) == await on_server(recognising, look)
    assert on_device(device.copies.decide("staff", look))[0] is Outcome.MATCH


async def test_a_device_of_before_looks_were_denied_is_given_a_page_that_it_can_read(
    recognising: Served, portraits: Path, tmp_path: Path
) -> None:
    gallery = await with_people(recognising, portraits)
    device = await enrolled(recognising, tmp_path)
    await denied(recognising, gallery, await probe_of(recognising, portraits / "obama3.jpg"))
    device.agent.workload = matching()
    asked = device.bridge.client.outposts.copy
    device.bridge.copy = lambda gallery, *, after=0, epoch="", **_: anyio.from_thread.run(  # type: ignore[method-assign]
        lambda: asked(gallery, after=after, epoch=epoch)
    )
    await device.turn()
    before = device.copies._kept["staff"].copy
    assert not any(one.denied for one in before.subjects.values())
    del device.bridge.copy
    await device.turn()  # updated: what it has is of another epoch
    after = device.copies._kept["staff"].copy
    assert after.terms.epoch != before.terms.epoch
    assert [len(one.denied) for one in after.subjects.values() if one.denied] == [1]


async def denied(served: Served, gallery: Gallery, look: Template) -> CorrectionId:
    """A person says that this is not ada."""
    ada = (await served.platform().subjects.get("ada")).subject
    correction = replace(a_correction(gallery, ada), made_at=datetime.now(UTC))
    async with served.store.transaction(served.owner().tenant) as work:
        await work.corrections.add(correction)
        await work.denials.add([replace(a_denial(correction, gallery, ada), template=look)])
    return correction.id
