"""When an installation counts as empty."""

from visavis.adapters.postgres.snapshot import Content


def content(**tables: int) -> Content:
    return Content(server="x", schema=1, tables=tables, tenants=(), heads={}, masters=())


def test_what_a_start_leaves_is_nothing() -> None:
    assert content(
        schema_migrations=7, tenants=1, data_keys=3, event_counters=1, drift_positions=1, access_positions=1
    ).empty
    assert not content(drift_positions=1, drift_monitors=1).empty
    assert not content(subjects=1).empty
