"""A data directory with something in every part of it."""

from sqlalchemy import Connection, insert

from cevvo.foundation.db.database import Database
from cevvo.foundation.db.tables import documents, sources, workspaces
from cevvo.foundation.secrets import Secrets
from cevvo.providers.blobs.files import BlobStore

ORIGINAL = b"%PDF-1.7 the bytes of an original"


def fill(db: Database, how_many: int = 1) -> str:
    """A workspace, sources, and a document whose original is stored; the original's SHA-256."""
    digest = BlobStore(db.data_dir / "blobs").put(ORIGINAL)
    Secrets.of(db.data_dir)
    common = {"workspace_id": "wsp_a", "created_at": 1, "updated_at": 1}

    def write(c: Connection) -> None:
        c.execute(insert(workspaces).values(id="wsp_a", name="A", created_at=1))
        rows = [
            common
            | {
                "id": f"src_{n}",
                "name": f"Source {n}",
                "type": "file",
                "status": "synced",
                "auto_sync": False,
                "sync_interval_hours": 24,
            }
            for n in range(how_many)
        ]
        c.execute(insert(sources), rows)
        document = common | {
            "id": "doc_a",
            "source_id": "src_0",
            "key": "a.pdf",
            "title": "A",
            "media_type": "application/pdf",
            "content_hash": "x",
            "blob_hash": digest,
            "unit_count": 1,
            "text": "Words.",
        }
        c.execute(insert(documents).values(document))

    db.write_now(write)
    return digest
