"""Whole numbers in queries, refused with both ends of what is allowed."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationError, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Between:
    """``Annotated[int, Between(1, 50)]``: from ``low`` to ``high``, both included."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.int_schema(ge=self.low, le=self.high)
        return core_schema.no_info_wrap_validator_function(self._read, number)

    def _read(self, given: Any, read: ValidatorFunctionWrapHandler) -> Any:
        try:
            return read(given)
        except ValidationError:
            raise ValueError(
                f"Value should be a whole number from {self.low} to {self.high}"
            ) from None
