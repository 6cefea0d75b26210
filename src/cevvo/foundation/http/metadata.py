"""What clients say of documents, to filter by: names and values, in bodies and forms."""

from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from cevvo.errors import InvalidRequest

_Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_Value = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Metadata = Annotated[dict[_Name, _Value], Field(max_length=20)]
"""At most 20 names of up to 64 characters, each with a text of up to 256."""
_METADATA: TypeAdapter[dict[str, str]] = TypeAdapter(Metadata)


def metadata_of_form(field: str | None) -> dict[str, str] | None:
    """The metadata in a form's field, None where it has none; raises InvalidRequest."""
    if not field:
        return None
    try:
        return _METADATA.validate_json(field, strict=True)
    except ValidationError as error:
        raise InvalidRequest(
            '`metadata` has to be a JSON object of at most 20 texts, such as {"product": "pro"}, '
            "with names of 1 to 64 characters and values of 1 to 256.",
            param="metadata",
        ) from error
