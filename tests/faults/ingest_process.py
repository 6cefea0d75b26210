"""The server's worker in a process of its own, to be killed: ``ingest_process.py DATA_DIR``."""

import asyncio
import sys
from pathlib import Path

from cevvo.foundation.db.sqlite import SqliteDatabase
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from ingestion_room import Room


async def main() -> None:
    db = SqliteDatabase(Path(sys.argv[1]))
    async with Room(db, MiniLmEmbedder(threads=1), concurrency=1).serving():
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
