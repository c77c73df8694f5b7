"""Composes catalogue, model store and model families into analysers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from visavis.adapters.images.decoder import BoundedDecoder, ImageLimits
from visavis.adapters.inference.threads import ThreadInference
from visavis.adapters.onnx.catalogue import Catalogue, builtin_detector
from visavis.adapters.onnx.download import Report, silent
from visavis.adapters.onnx.factory import build_detector, build_embedder, rewriter_for
from visavis.adapters.onnx.promotions import FilePromotionLog
from visavis.adapters.onnx.session import CPU, CUDA
from visavis.adapters.onnx.store import Check, ModelStore, Part
from visavis.application.ports.model_registry import PromotionLog
from visavis.bootstrap.calibrations import with_user_calibrations
from visavis.domain.errors import ModelDown
from visavis.domain.pack import DetectorFamily, EmbedderFamily, Pack
from visavis.engine.analyse import Analyser
from visavis.settings import Settings

_FRESH_S = 3.0
_PROVIDERS = {"cpu": (CPU,), "cuda": (CUDA, CPU)}


def _graph_bytes(family: DetectorFamily | EmbedderFamily) -> Callable[[Path], bytes]:
    def rewrite(path: Path) -> bytes:
        content: bytes = rewriter_for(family)(path).SerializeToString()
        return content

    return rewrite


@dataclass(frozen=True, slots=True)
class Models:
    """The model packs of one installation."""

    settings: Settings
    register: PromotionLog | None = None  #: of promotions; otherwise that of the model directory
    _read: dict[str, tuple[float, Pack]] = field(default_factory=dict, repr=False)

    @property
    def directory(self) -> Path:
        return self.settings.models.directory

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue(self.directory)

    @property
    def promotions(self) -> PromotionLog:
        return self.register or FilePromotionLog(self.directory)

    @property
    def builtin_default(self) -> str:
        """What holds where nobody chose or promoted a pack."""
        return str(type(self.settings.models).model_fields["pack"].default)

    @property
    def promoted(self) -> str | None:
        """The promoted pack. Raises `SettingsInvalid` if the register is damaged."""
        in_force = self.promotions.read().in_force
        return in_force.pack if in_force else None

    @property
    def default(self) -> str:
        """The pack that is used where none is named: the configured one, else the promoted one, else the built-in."""
        configured = self.settings.models
        if "pack" in configured.model_fields_set:
            return configured.pack
        return self.promoted or configured.pack

    @property
    def store(self) -> ModelStore:
        families = (*DetectorFamily, *EmbedderFamily)
        return ModelStore(self.directory, {family.value: _graph_bytes(family) for family in families})

    def pack(self, name: str | None = None) -> Pack:
        """The named pack, or the default one, with the user's calibrations. Raises `ModelNotFound`.

        Reading it takes longer than a search, so what was read is used for a few seconds.
        """
        key, now = name or "", time.monotonic()
        read_at, known = self._read.get(key, (0.0, None))
        if known is None or now - read_at > _FRESH_S:
            known = with_user_calibrations(self.catalogue.pack(name or self.default), self.directory)
            if self.settings.models.detector:
                known = self.with_detector(known, self.settings.models.detector)
            self._read[key] = (now, known)
        return known

    def with_detector(self, pack: Pack, name: str) -> Pack:
        """The pack with another detector of the catalogue. Its templates can be compared with those of the pack,
        because the embedder stays; its calibrations were made with the pack's own. Raises `ModelNotFound`."""
        return replace(pack, detector=builtin_detector(name))

    def pull(self, pack: Pack, progress: Report = silent) -> None:
        """Fetches, checks and prepares the pack. Raises `SourceUnreachable`, `DigestMismatch`, `LicenceRefused`."""
        self.store.pull(pack, progress)

    def verify(self, pack: Pack) -> tuple[Check, ...]:
        return self.store.verify(pack)

    def analyser(self, pack: Pack, progress: Report = silent) -> Analyser:
        """The pack, ready to run; pulled first if it is not installed and fetching is allowed.

        Raises `LicenceRefused` for a pack whose licence must be accepted and was not, `ModelDown`.
        """
        store = self.store
        store.require_accepted(pack)
        if not store.is_installed(pack):
            if self.settings.models.offline:
                raise ModelDown(
                    f"The model pack {pack.name} is not installed in {self.directory}.",
                    hint="Copy a filled model directory there, or allow fetching (models.offline = false).",
                )
            store.pull(pack, progress)
        providers = _PROVIDERS[self.settings.models.provider]
        return Analyser.of(
            pack,
            build_detector(pack.detector, store.graph(pack, Part.DETECTOR), providers),
            build_embedder(pack.embedder, store.graph(pack, Part.EMBEDDER), providers),
        )

    def inference(self, pack: Pack, progress: Report = silent) -> ThreadInference:
        """The pack behind the asynchronous port, with the configured number of threads. Raises as `analyser`."""
        return ThreadInference(self.analyser(pack, progress), self.decoder(), workers=self.settings.workers)

    def decoder(self) -> BoundedDecoder:
        limits = self.settings.limits
        return BoundedDecoder(
            ImageLimits(max_bytes=limits.max_image_bytes, max_pixels=limits.max_image_pixels)
        )
