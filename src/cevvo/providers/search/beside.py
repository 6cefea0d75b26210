"""Vectors of a second model beside the first one's, passage by passage, in every workspace.

What is there and what is not says how far it has come: nothing else is kept, so it goes on after a
kill where it was. Only commands of the operator come here, and nothing of it reaches a client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select, text

from cevvo.domain.documents import Span
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import chunks, documents, embeddings, index_log
from cevvo.providers.embedding.base import PassageText, PassageVectors
from cevvo.providers.search.postgres.vectors import add_searched_vectors
from cevvo.providers.search.quantised import quantise

_RANGE = 200  # passages looked at in one step, and deleted from: some hundredths of a second
_INSERT = text("""
    INSERT INTO embeddings (chunk_id, model, vector, sentence_vectors)
    VALUES (:chunk_id, :model, :vector, :sentence_vectors) ON CONFLICT DO NOTHING
""")
# Never the last vectors of a passage.
_DELETE_OTHERS = """
    DELETE FROM {table} WHERE chunk_id >= :lowest AND chunk_id <= :highest AND model <> :model
    AND EXISTS (SELECT 1 FROM embeddings AS own
        WHERE own.chunk_id = {table}.chunk_id AND own.model = :model)
"""


@dataclass(frozen=True, slots=True)
class IdRange:
    """Passages that follow each other by id, from ``highest`` down to ``lowest``: how many there
    are, and which of them have no vectors of the model."""

    highest: int
    lowest: int
    passages: int
    without: tuple[int, ...]


class VectorsBeside:
    """The vectors of one model, whatever others there are beside them, on either database."""

    def __init__(self, db: Database, model: str) -> None:
        self._db = db
        self._model = model

    async def passage_count(self) -> int:
        """How many passages there are, in all workspaces."""
        count = select(func.count()).select_from(chunks)
        return await self._db.read(lambda c: c.execute(count).scalar_one())

    async def next_range(self, below: int | None) -> IdRange | None:
        """The newest passages, or those before the id ``below``; None where there are no more."""
        return await self._db.read(lambda c: _next_range(c, self._model, below, _RANGE))

    async def texts(self, chunk_ids: Sequence[int]) -> dict[int, PassageText]:
        """What a model reads of these passages; those gone meanwhile are left out."""
        return await self._db.read(lambda c: _texts(c, chunk_ids))

    async def add(self, made: Mapping[int, PassageVectors], *, announced: bool) -> None:
        """Store vectors of passages by id, as far as they are still there and have none.

        ``announced``: servers that search with this model read them into memory.
        """

        def write(connection: Connection) -> None:
            changed = _add(connection, self._model, made)
            if self._db.is_shared:
                vectors = {id: each.vector for id, each in made.items()}
                add_searched_vectors(connection, self._model, vectors)
            elif announced:
                _announce(connection, changed)

        await self._db.write(write, locking=True)

    async def delete_others(self, ids: IdRange) -> int:
        """Delete other models' vectors of passages that have this one's; of how many."""

        def write(connection: Connection) -> int:
            if self._db.is_shared:
                _delete_others(connection, self._model, ids, "chunk_vectors")
            return _delete_others(connection, self._model, ids, "embeddings")

        return await self._db.write(write, locking=True)

    def oldest_is_without(self) -> bool:
        """Whether the oldest passage has none: it is the last to get some."""
        return self._db.read_now(lambda c: _oldest_is_without(c, self._model))


def _next_range(
    connection: Connection, model: str, below: int | None, limit: int
) -> IdRange | None:
    """The ``limit`` passages whose id is below that one, the newest first; None at the end."""
    ids = select(chunks.c.id).order_by(chunks.c.id.desc()).limit(limit)
    if below is not None:
        ids = ids.where(chunks.c.id < below)
    some = ids.subquery()
    own = and_(embeddings.c.chunk_id == some.c.id, embeddings.c.model == model)
    rows = connection.execute(
        select(some.c.id, embeddings.c.chunk_id)
        .outerjoin_from(some, embeddings, own)
        .order_by(some.c.id.desc())
    ).all()
    if not rows:
        return None
    without = tuple(id for id, there in rows if there is None)
    return IdRange(rows[0][0], rows[-1][0], len(rows), without)


def _texts(connection: Connection, chunk_ids: Sequence[int]) -> dict[int, PassageText]:
    """What a model reads of these passages; those gone meanwhile are left out."""
    start, end = chunks.c.start, chunks.c.end
    rows = connection.execute(
        select(
            chunks.c.id,
            documents.c.title,
            chunks.c.heading_path,
            start,
            func.substr(documents.c.text, start + 1, end - start).label("text"),
            chunks.c.sentences,
        )
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(chunks.c.id.in_(chunk_ids))
    )
    return {
        row.id: PassageText(
            prefix="\n".join((row.title, *row.heading_path)),
            text=row.text,
            sentences=tuple(
                Span(first - row.start, last - row.start)
                for first, last in zip(row.sentences[::2], row.sentences[1::2], strict=True)
            ),
        )
        for row in rows
    }


def _add(
    connection: Connection, model: str, made: Mapping[int, PassageVectors]
) -> dict[str, WorkspaceId]:
    """Store vectors of passages that are still there; the documents that have them, each with its
    workspace."""
    there = connection.execute(
        select(chunks.c.id, chunks.c.document_id, chunks.c.workspace_id)
        .where(chunks.c.id.in_(made))
        .with_for_update(read=True, key_share=True)
    ).all()
    if there:
        connection.execute(
            _INSERT,
            [
                {
                    "chunk_id": row.id,
                    "model": model,
                    "vector": made[row.id].vector.astype("<f2").tobytes(),
                    "sentence_vectors": quantise(made[row.id].sentences).tobytes(),
                }
                for row in there
            ],
        )
    return {row.document_id: row.workspace_id for row in there}


def _delete_others(connection: Connection, model: str, ids: IdRange, table: str) -> int:
    """Delete from ``table`` the other models' vectors of passages that have this one's."""
    values = {"model": model, "lowest": ids.lowest, "highest": ids.highest}
    return connection.execute(text(_DELETE_OTHERS.format(table=table)), values).rowcount


def _announce(connection: Connection, changed: Mapping[str, WorkspaceId]) -> None:
    """Have those who keep vectors in memory read these documents again."""
    rows = [{"workspace_id": each, "document_id": id} for id, each in sorted(changed.items())]
    if rows:
        connection.execute(insert(index_log), rows)


def _oldest_is_without(connection: Connection, model: str) -> bool:
    """Whether the oldest passage has no vectors of the model: it is the last to get some."""
    oldest = connection.execute(select(func.min(chunks.c.id))).scalar()
    if oldest is None:
        return False
    own = select(embeddings.c.chunk_id).where(
        embeddings.c.chunk_id == oldest, embeddings.c.model == model
    )
    return connection.execute(own).first() is None
