"""How far long work is."""

from collections.abc import Callable

Progress = Callable[[str, int, int], object]
"""Called with what is being done, how much of it is done and how much there is in all."""
