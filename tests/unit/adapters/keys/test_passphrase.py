import json

import pytest

from visavis.adapters.keys.passphrase import seal_keys, unseal_keys
from visavis.domain.errors import KeyUnavailable, ValueInvalid

WORDS = "correct horse battery"


def test_keys_come_back_for_the_passphrase_only() -> None:
    sealed = seal_keys(b"secret ring", WORDS)
    assert b"secret" not in sealed
    assert unseal_keys(sealed, WORDS) == b"secret ring"
    with pytest.raises(KeyUnavailable, match="passphrase"):
        unseal_keys(sealed, WORDS + " staple")


def test_damage_and_weakened_costs_are_noticed() -> None:
    sealed = json.loads(seal_keys(b"secret ring", WORDS))
    with pytest.raises(KeyUnavailable):
        unseal_keys(json.dumps(sealed | {"sealed": sealed["salt"]}).encode(), WORDS)
    with pytest.raises(KeyUnavailable):
        unseal_keys(b"{}", WORDS)
    # the cost in the file is for people: what is computed does not depend on it
    assert unseal_keys(json.dumps(sealed | {"n": 2}).encode(), WORDS) == b"secret ring"


def test_short_passphrases_are_refused() -> None:
    with pytest.raises(ValueInvalid):
        seal_keys(b"", "eleven char")
