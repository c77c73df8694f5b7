"""Features of a face, bound to the model that made them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Features, Vector
from visavis.domain.errors import ModelMismatch, ValueInvalid


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModelIdentity:
    """What must be equal for two templates to be comparable.

    `digest` is the SHA-256 of the published weights, `contract` names alignment and preprocessing; a change
    of either makes another model. The pack's name is not part of it: `standard` and `light` share one.
    """

    family: str
    digest: str
    contract: str
    dimension: int

    def __post_init__(self) -> None:
        if len(self.digest) != 64 or not set(self.digest) <= set("0123456789abcdef"):
            raise ValueInvalid("A model digest is a SHA-256 in lower-case hexadecimal digits.")
        if self.dimension < 1:
            raise ValueInvalid("A template has at least one dimension.")

    def __str__(self) -> str:
        return f"{self.family}/{self.digest[:12]}/{self.contract}/{self.dimension}"

    @property
    def key(self) -> str:
        """Full text form, for storing and for binding a ciphertext to its model."""
        return f"{self.family}/{self.digest}/{self.contract}/{self.dimension}"

    @classmethod
    def parse(cls, key: str) -> "ModelIdentity":
        """The identity whose `key` this is."""
        try:
            family, digest, contract, dimension = key.split("/")
            return cls(family=family, digest=digest, contract=contract, dimension=int(dimension))
        except ValueError as error:
            raise ValueInvalid("This is not a model identity.") from error


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """The direction of features, weighted, and the length they had before.

    The dot product of two `vector`s is the similarity. Their own length is 1, or the weight that makes the
    false-match rate independent of quality (`domain.pack.ScoreBalance`). Euclidean rules (dlib's 0.6) need
    `norm`, the original length. `quality` 0..100 predicts how reliably the template compares, `None` if
    unknown.
    """

    vector: Vector
    norm: float
    model: ModelIdentity
    quality: float | None = None

    def __post_init__(self) -> None:
        if self.vector.shape != (self.model.dimension,) or self.vector.dtype != np.float32:
            raise ValueInvalid(
                f"A template of this model needs {self.model.dimension} numbers of type float32."
            )
        if not 0.2 < float(np.linalg.norm(self.vector)) < 5.0:
            raise ValueInvalid("A template needs finite numbers and a length near 1.")
        if not (np.isfinite(self.norm) and self.norm > 0):
            raise ValueInvalid("The original length of a template is a positive number.")

    @classmethod
    def of(
        cls,
        features: Features,
        model: ModelIdentity,
        *,
        norm: float | None = None,
        weight: float = 1.0,
        quality: float | None = None,
    ) -> "Template":
        """The template of features as the model gave them, shape (dimension,); raises `ValueInvalid`.

        `norm` is given where it is not that of `features`, as for the average of a face and its mirror image.
        """
        direction = unit(features)
        norm = float(np.linalg.norm(features.astype(np.float64))) if norm is None else norm
        return cls(vector=direction * np.float32(weight), norm=norm, model=model, quality=quality)


def require_same_model(one: ModelIdentity, other: ModelIdentity) -> None:
    """Raises `ModelMismatch` unless both sides were made by the same model."""
    if one != other:
        raise ModelMismatch(f"A template of {one} cannot be compared with one of {other}.")


def unit(features: NDArray[np.floating]) -> Vector:
    """The vector scaled to unit length; raises `ValueInvalid` for a zero or non-finite vector."""
    values = features.astype(np.float64)
    norm = float(np.linalg.norm(values))
    if not np.isfinite(norm) or norm < 1e-9:
        raise ValueInvalid("These features have no direction: zero or not finite.")
    return (values / norm).astype(np.float32)


def fuse(templates: Sequence[Template]) -> Template:
    """One template for several samples of one subject: the mean direction, with the mean weight.

    Used for the mean reference of a subject and for several probes of one track. Its quality is the best of
    its parts, because noise averages out. Raises `ModelMismatch` for unlike models.
    """
    if not templates:
        raise ValueInvalid("There is nothing to fuse.")
    first = templates[0]
    for template in templates[1:]:
        require_same_model(first.model, template.model)
    if len(templates) == 1:
        return first
    known = [template.quality for template in templates if template.quality is not None]
    vectors = np.stack([template.vector for template in templates])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    mean = (vectors / lengths).mean(axis=0, dtype=np.float64)
    return Template.of(
        mean.astype(np.float32),
        first.model,
        norm=float(np.mean([template.norm for template in templates])),
        weight=float(lengths.mean()),
        quality=max(known, default=None),
    )
