"""Which documents an answer rests on, as they were; in the caller's transaction."""

from sqlalchemy import Connection, bindparam, insert, select

from cevvo.domain.answers import Answer
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import cited_documents, documents

GONE = ""  # the content hash of a document that is not there
_VERSIONS = select(documents.c.id, documents.c.content_hash).where(
    documents.c.workspace_id == bindparam("of_workspace"),
    documents.c.id.in_(bindparam("ids", expanding=True)),
)
_INSERT = insert(cited_documents)


def keep_evidence(
    connection: Connection, workspace: WorkspaceId, message_id: str, answer: Answer
) -> None:
    """Remember the versions of the documents that an answer cites."""
    ids = {citation.document_id for citation in answer.citations}
    if not ids:
        return
    rows = connection.execute(_VERSIONS, {"of_workspace": workspace, "ids": sorted(ids)})
    versions = {row.id: row.content_hash for row in rows}
    of_message = {"workspace_id": workspace, "message_id": message_id}
    kept = [
        of_message | {"document_id": each, "content_hash": versions.get(each, GONE)}
        for each in sorted(ids)
    ]
    connection.execute(_INSERT, kept)
