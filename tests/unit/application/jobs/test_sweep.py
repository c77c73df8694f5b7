"""What is done every so often, over memory."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from visavis.adapters.index.plain import Float32Index
from visavis.application.jobs.sweep import Tidy
from visavis.application.ports.index import Index
from visavis.application.search import GallerySearch
from visavis.domain.errors import IndexDown
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT, GalleryId, TenantId


@dataclass
class SharedIndexes:
    """Indexes that processes share, and that can be away."""

    shared: bool = True
    away: bool = False
    opened: dict[GalleryId, Index] = field(default_factory=dict)
    kept: list[set[GalleryId]] = field(default_factory=list)

    async def open(self, tenant: TenantId, gallery: Gallery) -> Index:
        if self.away:
            raise IndexDown
        return self.opened.setdefault(gallery.id, Float32Index(gallery.model.dimension))

    async def keep_only(self, tenant: TenantId, galleries: Collection[GalleryId]) -> None:
        if self.away:
            raise IndexDown
        self.kept.append(set(galleries))


def searching(bench: Bench, indexes: SharedIndexes) -> GallerySearch:
    return GallerySearch(store=bench.store, tenant=DEFAULT_TENANT, indexes=indexes, now=bench.clock.now)


def tidy(bench: Bench, indexes: SharedIndexes, done: list[str]) -> Tidy:
    async def retain(tenant: TenantId) -> None:
        done.append("retained")

    async def purge() -> None:
        done.append("purged")

    async def tenants() -> list[TenantId]:
        return [DEFAULT_TENANT]

    return Tidy(
        store=bench.store,
        tenants=tenants,
        retain=retain,
        search=lambda tenant: searching(bench, indexes),
        purge=purge,
        clock=bench.clock,
    )


def test_what_was_erased_leaves_a_shared_index_at_once(bench: Bench) -> None:
    indexes = SharedIndexes()
    search = searching(bench, indexes)
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    bench.run(bench.enrol(bench.gallery, "bob", [("b", picture("bob"))]))
    assert bench.run(search.warm(bench.gallery)) == 2
    index = indexes.opened[bench.gallery.id]
    bench.run(replace(bench.erase, search=search)("ada"))
    assert len(index) == 1
    indexes.away = True
    bench.run(replace(bench.erase, search=searching(bench, indexes))("bob"))  # the next search does it
    assert bench.run(bench.galleries.subjects(bench.gallery)) == []


def test_a_revoked_consent_leaves_a_shared_index_at_once(bench: Bench) -> None:
    indexes = SharedIndexes()
    search = searching(bench, indexes)
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    bench.policy(consent="access")
    consent = bench.run(bench.consents.grant("ada", purpose="access", text_version="1"))
    bench.run(search.warm(bench.gallery))
    assert len(indexes.opened[bench.gallery.id]) == 1
    bench.run(replace(bench.consents, search=search).revoke(consent.id))
    assert len(indexes.opened[bench.gallery.id]) == 0


def test_an_index_of_this_process_is_not_built_for_an_erasure(bench: Bench) -> None:
    indexes = SharedIndexes(shared=False)
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    bench.run(replace(bench.erase, search=searching(bench, indexes))("ada"))
    assert indexes.opened == {}


def test_everything_that_is_over_is_tidied_up(bench: Bench) -> None:
    indexes, done = SharedIndexes(), list[str]()
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    search = searching(bench, indexes)
    bench.run(search.warm(bench.gallery))
    bench.run(bench.erase("ada"))
    assert len(indexes.opened[bench.gallery.id]) == 1
    bench.run(tidy(bench, indexes, done)())
    assert done == ["retained", "purged"]
    assert indexes.kept == [{bench.gallery.id}]
    assert len(indexes.opened[bench.gallery.id]) == 0


def test_an_index_that_is_away_holds_nothing_else_up(bench: Bench) -> None:
    done = list[str]()
    bench.run(tidy(bench, SharedIndexes(away=True), done)())
    assert done == ["retained", "purged"]
