"""Which documents an answer rests on, as they were; in the caller's transaction."""

from sqlalchemy import Connection, insert, select

from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import cited_documents, documents

GONE = ""  # the content hash of a document that is not there


def keep_evidence(
    connection: Connection, workspace: WorkspaceId, message_id: str, answer: Answer
) -> None:
    """Remember the versions of the documents that an answer cites."""
    ids = {citation.document_id for citation in answer.citations}
    if not ids:
        return
    rows = connection.execute(
        select(documents.c.id, documents.c.content_hash).where(
            documents.c.workspace_id == workspace, documents.c.id.in_(ids)
        )
    )
    versions = {row.id: row.content_hash for row in rows}
    of_message = {"workspace_id": workspace, "message_id": message_id}
    kept = [
        of_message | {"document_id": each, "content_hash": versions.get(each, GONE)}
        for each in sorted(ids)
    ]
    connection.execute(insert(cited_documents), kept)
