"""The page of a search in recorded video."""

from collections.abc import Sequence

from visavis.application.ports.reports import Finding, Level, Picture, Report, Section, Table
from visavis.application.recordings.search import Found, Hit
from visavis.domain.decision import Outcome
from visavis.domain.recording import Recording

_WORDS = {
    Outcome.MATCH: "match",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NON_MATCH: "no match",
}


def search_report(
    found: Found, stills: Sequence[tuple[str, bytes]], changed: Sequence[Recording], *, data: str, footer: str
) -> Report:
    """`stills` are file names and JPEG files, empty where there are none, in the order of the hits; `changed` are
    recordings whose file is not what was indexed, or not there any more; `data` is the signed document."""
    matches = [hit for hit in found.hits if hit.outcome is Outcome.MATCH]
    return Report(
        title="Search in recorded video",
        subtitle=found.wanted.case or f"Search {found.id}",
        findings=_findings(found, matches, changed),
        facts=_facts(found),
        sections=(
            Section(
                heading="What was found",
                pictures=_pictures(found, stills),
                tables=(_hits(found, [name for name, _ in stills]),),
            ),
            Section(
                heading="What was searched",
                text=(
                    "The digest of each file was taken when it was indexed; it proves that a file is the one that was "
                    "searched. Times follow from the moment at which the recording is said to have begun.",
                ),
                tables=(_recordings(found.recordings), _digests(found.recordings)),
            ),
            Section(heading="How to check this report", text=_HOW),
        ),
        data=data,
        footer=footer,
    )


_HOW = (
    "report.json beside this page is the signed document: visavis receipts verify report.json says whether it is as "
    "it was signed, and by which installation. It names the digests of all files and stills, and the entries of the "
    "audit log about the recordings (who indexed them, who searched) with their digests.",
    "A match is a decision at a stated rate of error, not an identification by a person: look at the stills.",
)


def _findings(found: Found, matches: Sequence[Hit], changed: Sequence[Recording]) -> list[Finding]:
    told = []
    if matches:
        places = len({hit.recording.id for hit in matches})
        told.append(
            Finding(
                level=Level.NOTE,
                text=f"{len(matches)} appearance{'s' * (len(matches) != 1)} in {places} "
                f"recording{'s' * (places != 1)}, out of {found.searched:,} searched.",
            )
        )
    else:
        told.append(
            Finding(level=Level.NOTE, text=f"Nobody in {found.searched:,} appearances is alike enough.")
        )
    told += [
        Finding(
            level=Level.BAD, text=f"{one.name} is not there any more, or is not the file that was indexed."
        )
        for one in changed
    ]
    if found.skipped:
        told.append(
            Finding(
                level=Level.WATCH,
                text=f"{len(found.skipped)} recordings were not searched: they were indexed with another model.",
            )
        )
    return told


def _facts(found: Found) -> list[tuple[str, str]]:
    gallery, threshold = found.gallery, found.threshold
    wanted = (
        f"subject {found.wanted.subject}"
        if found.wanted.subject
        else f"{len(found.wanted.photos)} photo{'s' * (len(found.wanted.photos) != 1)}"
    )
    return [
        ("searched for", wanted),
        ("searched by", found.by),
        ("searched at", f"{found.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("policy", f"{gallery.policy.name}, of gallery {gallery.name}"),
        ("promised", f"at most 1 in {1 / gallery.policy.fpir:,.0f} such searches finds somebody else"),
        ("needed score", f"{threshold.value:.4f} ({threshold.measure.value})"),
        ("model", gallery.model.key),
        ("rates from", threshold.data),
    ]


def _pictures(found: Found, stills: Sequence[tuple[str, bytes]]) -> list[Picture]:
    """Of matches and of what a person should decide."""
    return [
        Picture(
            caption=f"{_WORDS[hit.outcome]}, {hit.score.value:.3f}: {hit.recording.source or hit.recording.name}, "
            f"{hit.recording.at(hit.track.best_s):%Y-%m-%d %H:%M:%S}",
            content=content,
        )
        for hit, (_, content) in zip(found.hits, stills, strict=True)
        if content and hit.outcome is not Outcome.NON_MATCH
    ]


def _hits(found: Found, stills: Sequence[str]) -> Table:
    return Table(
        title="Appearances",
        columns=("outcome", "score", "FMR", "recording", "camera", "from", "to", "in the file", "still"),
        rows=[
            (
                _WORDS[hit.outcome],
                f"{hit.score.value:.3f}",
                f"{'<' if hit.fmr.extrapolated else ''}{hit.fmr.value:.1g}",
                hit.recording.name,
                hit.recording.source or "–",
                f"{hit.recording.at(hit.track.first_s):%Y-%m-%d %H:%M:%S}",
                f"{hit.recording.at(hit.track.last_s):%H:%M:%S}",
                f"{hit.track.first_s:.1f}–{hit.track.last_s:.1f} s",
                still or "–",
            )
            for hit, still in zip(found.hits, stills, strict=True)
        ],
        caption="The surest first. Those that are no match are shown so that a person can judge what was left out.",
    )


def _recordings(recordings: Sequence[Recording]) -> Table:
    return Table(
        title="Recordings",
        columns=("file", "began", "seconds", "camera", "appearances"),
        rows=[
            (
                one.name,
                f"{one.started_at:%Y-%m-%d %H:%M:%S}",
                f"{one.duration_s:,.0f}",
                one.source or "–",
                f"{one.tracks:,}",
            )
            for one in recordings
        ],
        caption="Times are UTC.",
    )


def _digests(recordings: Sequence[Recording]) -> Table:
    return Table(
        title="Digests",
        columns=("file", "SHA-256"),
        rows=[(one.name, one.sha256) for one in recordings],
    )
