"""A pack as lists show it."""

from visavis.adapters.onnx.cards import FileCards
from visavis.bootstrap.models import Models
from visavis.domain.card import KeptCard
from visavis.domain.errors import FileUnreadable
from visavis.domain.pack import Pack
from visavis.wire.packs import PackEntry


def pack_entry(models: Models, pack: Pack) -> PackEntry:
    """Raises `SettingsInvalid` if the register of promoted packs is damaged."""
    return PackEntry.of(
        pack,
        installed=models.store.is_installed(pack),
        default=pack.name == models.default,
        promoted=pack.name == models.promoted,
        card=_card(models, pack),
    )


def _card(models: Models, pack: Pack) -> KeptCard | None:
    """A list is not the place to complain of a damaged card: `visavis models card` does."""
    try:
        found = FileCards(models.directory).of(pack.name)
    except FileUnreadable:
        return None
    return next((kept for kept in found if kept.card.is_of(pack)), None)
