"""The part of the examination that needs the packages of the store."""

from visavis.adapters.embedded.server import EmbeddedStatus
from visavis.bootstrap.doctor import found, problem_of
from visavis.bootstrap.local import OnWait, open_store
from visavis.bootstrap.service import embedded_status
from visavis.domain.errors import VisavisError
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import Settings
from visavis.wire.installation import Finding


async def examine_store(settings: Settings, *, on_wait: OnWait | None = None) -> list[Finding]:
    """Whether the database answers, has our schema, and its templates can be read.

    An embedded database that was never used is not made just to be looked at.
    """
    try:
        if settings.database.url is None:
            status = embedded_status(settings)
            if not status.running and not status.size_bytes:
                text = f"embedded PostgreSQL {status.version}, not used yet"
                return [found("database", "ok", text)]
            place = _embedded(status)
        else:
            place = "your own"
        async with open_store(settings, on_wait=on_wait) as store:
            health = await store.check(DEFAULT_TENANT)
    except VisavisError as error:
        return [problem_of("database", error)]
    content = ", ".join(
        f"{number:,} {one if number == 1 else many}"
        for number, one, many in (
            (health.galleries, "gallery", "galleries"),
            (health.subjects, "subject", "subjects"),
            (health.references, "reference", "references"),
        )
    )
    text = f"{health.server} ({place}), schema {health.schema}: {content}"
    findings = [found("database", "ok", text)]
    if health.key_problem is not None:
        findings.append(problem_of("templates", health.key_problem))
    elif health.references:
        findings.append(found("templates", "ok", "can be decrypted"))
    return findings


def _embedded(status: EmbeddedStatus) -> str:
    running = "running" if status.running else "not running, was started to look"
    return f"embedded, {running}, {status.size_bytes / 1e6:.0f} MB"
