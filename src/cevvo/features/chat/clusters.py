"""Each workspace's question clusters: rows in the database, followed in memory.

Finding the nearest of ten thousand centroids takes a millisecond in memory; reading them all would
take a write twenty. Memory is derived: every change of a cluster takes the next revision of its
workspace, and memory reads the changes since the one that it knows, before it is used. What a write
changes it does not put there itself: that may be undone, and another be made in its place.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from cevvo.domain.documents import Vector
from cevvo.domain.ids import WorkspaceId, new_id
from cevvo.domain.time import Millis
from cevvo.engine.insight.clustering import Cluster, Clustering
from cevvo.foundation.db.tables import question_clusters

# With the one that had the revision known, so that there are none only where that is gone.
_CHANGED = (
    select(
        question_clusters.c.id,
        question_clusters.c.mean,
        question_clusters.c.size,
        question_clusters.c.created_at,
        question_clusters.c.model,
        question_clusters.c.revision,
    )
    .where(
        question_clusters.c.workspace_id == bindparam("of_workspace"),
        question_clusters.c.revision >= bindparam("known"),
    )
    .order_by(question_clusters.c.created_at, question_clusters.c.id)
)
_JOIN = (
    update(question_clusters)
    .where(
        question_clusters.c.workspace_id == bindparam("of_workspace"),
        question_clusters.c.id == bindparam("nearest"),
        question_clusters.c.size == bindparam("known_size"),
        question_clusters.c.model == bindparam("of_model"),
    )
    .values(mean=bindparam("mean"), size=bindparam("size"), revision=bindparam("revision"))
)
_FOUND = insert(question_clusters)


@dataclass(slots=True)
class _Followed:
    clustering: Clustering
    revision: int = 0
    newest: int = 0  # when the last cluster was founded


@dataclass(slots=True)
class QuestionClusters:
    """Use it inside write transactions only: they are the ones that see each other's changes.

    ``model`` makes the vectors; clusters of another one are left alone, no question is near them.
    """

    dimensions: int
    model: str
    _workspaces: dict[WorkspaceId, _Followed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def assign(
        self, connection: Connection, workspace: WorkspaceId, vector: Vector, now: Millis
    ) -> str:
        """Put a question into the nearest cluster, or into a new one; returns the cluster's id.

        No two clusters are founded at one time, so that they always have an order.
        """
        with self._lock:
            followed = self._caught_up(connection, workspace)
            nearest = followed.clustering.nearest(vector)
            revision, newest = followed.revision + 1, followed.newest
        if nearest is not None:
            joined = nearest.joined(vector)
            changed = connection.execute(
                _JOIN,
                {
                    "of_workspace": workspace,
                    "nearest": nearest.id,
                    "known_size": nearest.size,
                    "of_model": self.model,
                    "revision": revision,
                    **_columns(joined),
                },
            )
            if changed.rowcount == 0:  # deleted, with the last conversation that asked it; or, with
                # the newest revision gone that way, that number was given out once more
                self._workspaces.pop(workspace, None)
                return self.assign(connection, workspace, vector, now)
        else:
            joined = Cluster(new_id("gap"), vector, 1)
            connection.execute(
                _FOUND,
                {
                    "id": joined.id,
                    "workspace_id": workspace,
                    "created_at": max(now, newest + 1),
                    "revision": revision,
                    "model": self.model,
                    **_columns(joined),
                },
            )
        return joined.id

    def _caught_up(self, connection: Connection, workspace: WorkspaceId) -> _Followed:
        followed = self._workspaces.get(workspace)
        changed = [] if followed is None else _changed(connection, workspace, followed.revision)
        # Ahead of this transaction is memory that read a write which was undone, or a later moment.
        if followed is None or not changed:
            followed = self._workspaces[workspace] = _Followed(Clustering(self.dimensions))
            changed = _changed(connection, workspace, followed.revision)
        for row in changed:
            mean = np.frombuffer(row.mean, "<f4")
            if row.model != self.model:
                mean = np.zeros(self.dimensions, np.float32)
            followed.clustering.put(Cluster(row.id, mean, row.size))
            followed.newest = max(followed.newest, row.created_at)
            followed.revision = max(followed.revision, row.revision)
        return followed


def _changed(
    connection: Connection, workspace: WorkspaceId, known: int
) -> Sequence[Row[str, bytes, int, int, str, int]]:
    return connection.execute(_CHANGED, {"of_workspace": workspace, "known": known}).all()


def _columns(cluster: Cluster) -> dict[str, object]:
    return {"mean": cluster.mean.astype("<f4").tobytes(), "size": cluster.size}
