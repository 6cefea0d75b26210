"""Which chunks are of documents that are described so."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import chunks, document_metadata


def chunks_described(
    connection: Connection, workspace: WorkspaceId, metadata: Sequence[tuple[str, str]]
) -> set[int] | None:
    """The chunks of the documents whose metadata has each of these names and values; None, for
    all, where none is asked for."""
    found: set[int] | None = None
    for name, value in metadata:
        described = select(chunks.c.id).join(
            document_metadata, document_metadata.c.document_id == chunks.c.document_id
        )
        ids = connection.execute(
            described.where(
                document_metadata.c.workspace_id == workspace,
                document_metadata.c.name == name,
                document_metadata.c.value == value,
            )
        ).scalars()
        found = set(ids) if found is None else found & set(ids)
    return found
