"""A descriptor and whose it is."""

from dataclasses import dataclass

from visavis.domain.arrays import Features


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedFeatures:
    """Features as another program stored them, shape (dimension,); `name` is empty where it said none."""

    name: str
    features: Features
