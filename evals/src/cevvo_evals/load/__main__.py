"""Open-loop load on a real ``cevvo serve``, into docs/performance.md with a picture each.

    python -m cevvo_evals.load --data ../shared/data
    python -m cevvo_evals.load --data ../shared/data --soak 30

Nothing else may run on the machine. What was measured is kept in ``--work``, so that scenarios can
be run one by one (``--only streams``).
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cevvo_evals.load import scenarios
from cevvo_evals.load.knowledge import filled
from cevvo_evals.load.report import knee, write
from cevvo_evals.load.soak import soak

SCENARIOS = ("chat", "streams", "mixed")
CONCURRENT = (10, 25, 50, 75, 100, 150, 200, 300, 400, 600, 800)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--collection", default="stackfaq")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "cevvo-load")
    parser.add_argument("--docs", type=Path, help="write there (docs), not only to --work")
    parser.add_argument("--only", choices=SCENARIOS, action="append")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each rate")
    parser.add_argument("--start", type=float, default=4.0, help="first rate, requests a second")
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    parser.add_argument("--rate", type=float, help="requests a second of the soak")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    kept = given.work / "results.json"
    results: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    knowledge = filled(given.work, given.data, given.collection)
    busy = round(os.getloadavg()[0], 1)
    names = () if given.soak else given.only or SCENARIOS
    for name in names:
        if name == "streams":
            rows = scenarios.streams(knowledge, given.work, given.seconds, CONCURRENT)
        else:
            rows = getattr(scenarios, name)(knowledge, given.work, given.seconds, given.start)
        results[name] = {"rows": rows, "seconds": given.seconds, "load_average": busy}
        kept.write_text(json.dumps(results, indent=1))
    if given.soak:
        rate = given.rate or 0.5 * knee(results["chat"]["rows"])
        results["soak"] = soak(knowledge, given.work, given.soak, rate) | {"load_average": busy}
        kept.write_text(json.dumps(results, indent=1))
    print(write(results, len(knowledge.documents), given.docs or given.work / "docs"))


if __name__ == "__main__":
    main()
