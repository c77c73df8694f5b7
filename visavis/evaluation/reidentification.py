"""How well do anonymous identifiers stand for humans? Over tracks of whom is known who they show."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")
I = TypeVar("I")  # noqa: E741


@dataclass(frozen=True, slots=True, kw_only=True)
class Reidentification(Generic[P, I]):
    """`purity`: the share of tracks that show the human whom most tracks of their identifier show (Manning, Raghavan
    and Schütze, Introduction to Information Retrieval, 16.3); `fragmentation`: identifiers per human, 1 at best;
    `shared`: identifiers of more than one human."""

    tracks: int
    people: int
    identifiers: int
    purity: float
    fragmentation: float
    shared: frozenset[I]
    scattered: frozenset[P]  #: humans with more than one identifier


def reidentification(tracks: Iterable[tuple[P, I]]) -> Reidentification[P, I]:
    """Of pairs: whom a track shows, and which identifier it got. Without any, everything is as good as it can be."""
    people: defaultdict[P, set[I]] = defaultdict(set)
    owners: defaultdict[I, Counter[P]] = defaultdict(Counter)
    for person, identifier in tracks:
        people[person].add(identifier)
        owners[identifier][person] += 1
    count = sum(found.total() for found in owners.values())
    return Reidentification(
        tracks=count,
        people=len(people),
        identifiers=len(owners),
        purity=sum(max(found.values()) for found in owners.values()) / count if count else 1.0,
        fragmentation=sum(map(len, people.values())) / len(people) if people else 1.0,
        shared=frozenset(one for one, found in owners.items() if len(found) > 1),
        scattered=frozenset(one for one, found in people.items() if len(found) > 1),
    )
