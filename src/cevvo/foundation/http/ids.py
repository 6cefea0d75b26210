"""Ids in request bodies."""

from typing import Annotated

from pydantic import StringConstraints

Id = Annotated[str, StringConstraints(max_length=200)]
"""Any text may be sent as an id; what is none is answered with 404.

The bound makes Pydantic look into the text, so that half a character (a lone surrogate, which no
database stores) is refused as malformed.
"""
