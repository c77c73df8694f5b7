"""Named array types, so that a signature says what the numbers are. Shapes are checked once, in the values."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

ImageBGR: TypeAlias = NDArray[np.uint8]  #: (height, width, 3), blue-green-red, 0..255
Chip: TypeAlias = NDArray[np.uint8]  #: (side, side, 3), an aligned face, blue-green-red, 0..255
Chips: TypeAlias = NDArray[np.uint8]  #: (n, side, side, 3)
Points: TypeAlias = NDArray[np.float32]  #: (n, 2), x and y in pixels
Affine: TypeAlias = NDArray[np.float64]  #: (2, 3), maps image pixels to chip pixels
Vector: TypeAlias = NDArray[np.float32]  #: (dimension,), length 1 or the template's weight
Vectors: TypeAlias = NDArray[np.float32]  #: (n, dimension), as `Vector`
Features: TypeAlias = NDArray[np.float32]  #: (n, dimension), as the model gives them, not normalised
Scores: TypeAlias = NDArray[np.float32]  #: (n,) or (n, m), similarities
