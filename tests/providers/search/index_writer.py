"""Replaces and deletes documents until it is killed: ``index_writer.py DATA_DIR SEED [URL]``."""

import random
import sys
from pathlib import Path

from cevvo.foundation.db.opening import open_database
from search_library import A, Library

if __name__ == "__main__":
    library = Library(open_database(Path(sys.argv[1]), *sys.argv[3:]))
    chance = random.Random(int(sys.argv[2]))
    stored: dict[str, str] = {}
    print("ready", flush=True)
    while True:
        key = f"page {chance.randrange(20)}"
        if key in stored and chance.random() < 0.3:
            library.delete(A, stored.pop(key))
        else:
            bodies = [f"{key} text {chance.random()}" for _ in range(chance.randrange(1, 12))]
            stored[key] = library.put(A, key, *bodies)
