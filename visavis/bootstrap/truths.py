"""How tables write yes and no."""

from typing import Final

TRUE: Final = frozenset({"1", "true", "yes", "mated", "same"})
FALSE: Final = frozenset({"0", "false", "no", "non-mated", "non_mated", "different"})
