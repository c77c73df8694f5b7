"""Model packs."""

from visavis.wire.model import Model
from visavis.wire.packs import PackEntry


class ModelList(Model):
    models: tuple[PackEntry, ...]
