"""What a query's filters are in SQL, for a table with ``language`` and ``document_id``."""
# ruff: noqa: S608 - the statements are made of the constants of this file

from typing import Any

from cevvo.domain.ids import WorkspaceId
from cevvo.providers.search.base import Filters


def conditions(workspace: WorkspaceId, filters: Filters) -> tuple[str, dict[str, Any]]:
    """SQL that begins with AND, or is empty, and its parameters."""
    parts: list[str] = []
    values: dict[str, Any] = {"workspace": workspace}
    if filters.language is not None:
        parts.append(" AND language = :language")
        values["language"] = filters.language
    for number, (name, value) in enumerate(filters.metadata):
        parts.append(
            " AND document_id IN (SELECT document_id FROM document_metadata WHERE"
            f" workspace_id = :workspace AND name = :name{number} AND value = :value{number})"
        )
        values |= {f"name{number}": name, f"value{number}": value}
    return "".join(parts), values
