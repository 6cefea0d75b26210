"""What every DELETE answers."""

from typing import Literal

from pydantic import BaseModel, Field


class Deleted(BaseModel):
    """It is gone: nothing of it can be found any more."""

    deleted: Literal[True] = Field(True, examples=[True])
