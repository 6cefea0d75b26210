"""What search keeps in memory of a workspace, derived from the database and true to it.

``index_log`` says which documents came, changed or went. A replica stands at an entry of the log;
before it is used it reads, in the user's own snapshot of the database, the documents that were
logged since.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, and_, select, text

from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import chunks, documents, embeddings, index_log
from cevvo.providers.search.vectors import StoredVector, VectorView, WorkspaceVectors

_ROWS = 2_000  # read at a time
_DOCUMENTS = 500  # asked for at a time
# Two look-ups at the ends of the key; in one SELECT it would be a scan. An empty log ends at 0.
_LOG_ENDS = text(
    "SELECT coalesce((SELECT min(seq) FROM index_log), 1),"
    " coalesce((SELECT max(seq) FROM index_log), 0)"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A replica at log entry ``seq``. ``languages`` are those that documents say they are in."""

    seq: int
    vectors: VectorView
    languages: frozenset[str]


class WorkspaceReplica:
    """The vectors and languages of one workspace. Vectors of other models are left out.

    A chunk without one, as while another model's are made anew, is found by its words alone.
    """

    def __init__(self, workspace: WorkspaceId, model: str, dimensions: int) -> None:
        self._workspace = workspace
        self._model = model
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self._seq = -1
        self._vectors = WorkspaceVectors(dimensions)
        self._languages = frozenset[str]()

    def at(self, connection: Connection) -> Snapshot:
        """The workspace as ``connection`` sees it, or later: another reader may be ahead."""
        oldest, newest = connection.execute(_LOG_ENDS).one()
        with self._lock:
            if self._seq < oldest - 1:
                self._read_all(connection)
                self._seq = newest
            elif self._seq < newest:
                self._read_since(connection)
                self._seq = newest
            return Snapshot(self._seq, self._vectors.view(), self._languages)

    def _read_all(self, connection: Connection) -> None:
        self._vectors = WorkspaceVectors(self._dimensions)
        self._read(connection, self._stored())
        self._languages = self._vectors.languages()

    def _read_since(self, connection: Connection) -> None:
        changed = connection.execute(
            select(index_log.c.document_id)
            .where(index_log.c.seq > self._seq, index_log.c.workspace_id == self._workspace)
            .distinct()
        )
        ids: Sequence[str] = changed.scalars().all()
        self._vectors.remove(ids)
        for start in range(0, len(ids), _DOCUMENTS):
            batch = ids[start : start + _DOCUMENTS]
            self._read(connection, self._stored().where(documents.c.id.in_(batch)))
        if ids:
            self._languages = self._vectors.languages()

    def _read(
        self, connection: Connection, statement: Select[int, str, str, str | None, bytes]
    ) -> None:
        for rows in connection.execute(statement).partitions(_ROWS):
            self._vectors.append([StoredVector(*row) for row in rows])

    def _stored(self) -> Select[int, str, str, str | None, bytes]:
        return (
            select(
                chunks.c.id,
                chunks.c.document_id,
                documents.c.source_id,
                documents.c.language,
                embeddings.c.vector,
            )
            .select_from(documents)
            .join(chunks, chunks.c.document_id == documents.c.id)
            .outerjoin(
                embeddings,
                and_(embeddings.c.chunk_id == chunks.c.id, embeddings.c.model == self._model),
            )
            .where(documents.c.workspace_id == self._workspace)
        )
