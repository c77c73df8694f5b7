"""A cohort whose photos are worse is found and named; cohorts that mean nothing are not. On real photographs."""

from dataclasses import dataclass, replace

import anyio
import cv2
import numpy as np
import pytest

from tests.extractions import LfwExtraction
from visavis.application.audit_bias import AuditBias, BiasAudit
from visavis.application.bias_findings import findings
from visavis.application.extract import Extract, Extraction
from visavis.application.ports.reports import Level
from visavis.bootstrap.bias import bias_audit
from visavis.bootstrap.models import Models
from visavis.evaluation.bias import Design
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.cohort_rates import ErrorRate
from visavis.evaluation.cohorts import Cohorts

pytestmark = [pytest.mark.models, pytest.mark.data]

DOUBLES = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}  # known to appear under two names
SITES = ("north", "east", "south", "west")
DEGRADED = "south"
PER_SUBJECT = 3  # photos that are degraded, of each subject who has more than these
MOST = 300


@dataclass(frozen=True)
class People:
    """Rows (subject, photo), what became of each photo, and what the pack's audit needs."""

    rows: list[tuple[str, str]]
    extraction: Extraction
    audit: AuditBias

    @property
    def names(self) -> list[str]:
        return sorted({subject for subject, _ in self.rows})

    def cohorts(self, seed: int, names: tuple[str, ...] = SITES) -> Cohorts:
        """Every subject in a cohort by lot."""
        drawn = np.random.default_rng(seed).choice(names, len(self.names)).tolist()
        site = dict(zip(self.names, drawn, strict=True))
        return Cohorts.of("site", [site[subject] for subject, _ in self.rows])

    def audited(self, *attributes: Cohorts, extraction: Extraction | None = None) -> BiasAudit:
        return self.audit.audit(self.rows, attributes, extraction or self.extraction)


@pytest.fixture(scope="module")
def people(models: Models, lfw_extraction: LfwExtraction) -> People:
    found = lfw_extraction("standard")
    rows = [row for row in found.rows if row[0] not in DOUBLES]
    audit = bias_audit(models, models.pack("standard"))
    return People(
        rows=rows,
        extraction=found.extraction,
        audit=replace(audit, design=Design(resampling=Resampling(replicates=500), permutations=1000)),
    )


def degraded(photo: str) -> bytes:
    """As an old camera in a dark corner sees it: out of focus, too dark, noisy, compressed."""
    image = cv2.imread(photo)
    assert image is not None
    rng = np.random.default_rng(len(photo) + sum(photo.encode()))
    dark = cv2.GaussianBlur(image, (0, 0), 2.0).astype(np.float32) * 0.4
    noisy = np.clip(dark + rng.normal(0.0, 4.0, dark.shape), 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 70])
    assert done
    return data.tobytes()


@pytest.fixture(scope="module")
def seeded(people: People) -> tuple[Cohorts, Extraction]:
    """One cohort, drawn by lot, was photographed by that camera; nothing else differs."""
    cohorts = people.cohorts(seed=11)
    chosen: dict[str, list[str]] = {}
    for (subject, photo), code in zip(people.rows, cohorts.codes.tolist(), strict=True):
        if cohorts.names[code] == DEGRADED:
            chosen.setdefault(subject, []).append(photo)
    photos = [photo for some in chosen.values() for photo in some[1 : 1 + PER_SUBJECT]][:MOST]
    assert 150 < len(photos)
    work: Extract = replace(people.audit.extract, read=degraded)
    made = anyio.run(work, photos)
    old = people.extraction
    kept = {photo: one for photo, one in old.references.items() if photo not in made.failures}
    changed = replace(
        old,
        references=kept | made.references,
        failures=old.failures | made.failures,
        refused=old.refused | made.refused,
    )
    return cohorts, changed


def test_a_seeded_bias_is_found_and_named(people: People, seeded: tuple[Cohorts, Extraction]) -> None:
    cohorts, extraction = seeded
    audit = people.audited(cohorts, extraction=extraction)
    assert {fact.cohort for fact in audit.attributes[0].facts} == set(SITES)
    fnmr = audit.attributes[0].rate(ErrorRate.FNMR)
    assert [one.cohort for one in fnmr.found] == [DEGRADED]
    (worst,) = fnmr.found
    assert worst.to_best is not None
    assert worst.to_best.low > 1.5
    bad = [one.text for one in findings(audit) if one.level is Level.BAD]
    assert any(f"People of site {DEGRADED} must try again" in text for text in bad)
    assert all(f"site {DEGRADED}" in text for text in bad)  # nobody else is accused


def test_the_same_people_with_their_own_photos_are_served_alike(
    people: People, seeded: tuple[Cohorts, Extraction]
) -> None:
    audit = people.audited(seeded[0])
    assert audit.found == 0
    assert not [one for one in findings(audit) if one.level is Level.BAD]


@pytest.mark.parametrize("seed", range(6))
def test_cohorts_by_lot_are_not_found(people: People, seed: int) -> None:
    names = SITES[: 2 + seed % 3]
    audit = people.audited(people.cohorts(seed, names), people.cohorts(seed + 100, names))
    assert audit.found == 0
    assert all(rate.tested for one in audit.attributes for rate in one.rates if rate.rate is ErrorRate.FNMR)


def test_the_rates_are_those_of_a_plain_count(people: People) -> None:
    """Recomputed pair by pair, without a line of the audit."""
    cohorts = people.cohorts(seed=3, names=("a", "b"))
    audit = people.audited(cohorts)
    vectors = np.stack([people.extraction.references[photo].vector for _, photo in people.rows])
    subjects = np.array([subject for subject, _ in people.rows])
    scores, same = vectors @ vectors.T, subjects[:, None] == subjects[None, :]
    np.fill_diagonal(same, val=False)
    others = subjects[:, None] != subjects[None, :]
    low = np.clip(scores, -1, 1) < np.float32(audit.threshold.value)
    inside = cohorts.codes == 0
    tried = inside & same.any(axis=1)
    shares = (low & same).sum(axis=1)[tried] / same.sum(axis=1)[tried]
    one = audit.attributes[0]
    assert one.rate(ErrorRate.FNMR).cohorts[0].estimate.value == pytest.approx(shares.mean(), rel=1e-9)
    within = others & inside[:, None] & inside[None, :]
    fmr = one.rate(ErrorRate.FMR).cohorts[0].estimate
    assert (fmr.errors, fmr.trials) == ((within & ~low).sum() // 2, within.sum() // 2)
    across = others & inside[:, None] & ~inside[None, :]
    cross = next(pair.estimate for pair in one.cross if (pair.one, pair.other) == ("a", "b"))
    assert (cross.errors, cross.trials) == ((across & ~low).sum(), across.sum())
