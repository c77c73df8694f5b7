"""What an agent is made of on this machine: readers of cameras and a model pack. It sees no server's part."""

from dataclasses import dataclass, field, replace

from visavis.adapters.onnx.download import Report, silent
from visavis.adapters.onnx.factory import chip_spec
from visavis.application.ports.readers import Readers
from visavis.bootstrap.models import Models
from visavis.bootstrap.readers import readers
from visavis.domain.arrays import Chips, Features
from visavis.domain.errors import ModelDown
from visavis.domain.pack import Pack
from visavis.domain.template import ModelIdentity
from visavis.engine.analyse import Analyser
from visavis.engine.ports.embedder import ChipSpec
from visavis.settings import Settings
from visavis.wire.edge import DetectorFamily, Split, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeParts:
    """Implements `visavis.edge.agent.Parts`."""

    settings: Settings
    report: Report = silent
    _models: Models = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_models", Models(self.settings))

    def readers(self) -> Readers:
        """Raises `DependencyMissing` without the extra."""
        return readers(self.settings)

    def analyser(self, workload: Workload) -> Analyser:
        """The pack of the workload, fetched if that is needed and allowed; without its embedder where the server
        computes the templates. Raises `ModelNotFound`, `SourceUnreachable`, and as `Models.analyser` does."""
        pack = self._models.pack(workload.pack)
        if workload.detector is DetectorFamily.MTCNN:
            pack = self._models.with_detector(pack, "mtcnn")
        found = self._models.analyser(pack, self.report)
        if workload.split is Split.CROPS:
            found = replace(found, embedder=_NoEmbedder(pack))
        return found


class _NoEmbedder:
    """Knows how faces are aligned for a pack's embedder, without its weights."""

    def __init__(self, pack: Pack) -> None:
        self.model: ModelIdentity = pack.embedder.model
        self.chip: ChipSpec = chip_spec(pack.embedder)

    def embed(self, chips: Chips) -> Features:
        raise ModelDown(f"{len(chips)} faces were to be embedded by a device that only cuts them out.")
