"""A data directory of this version's schema, with answers that later versions have to give too.

Run once for a schema that is going to be released, with ``tests`` on PYTHONPATH:
``.venv/bin/python tests/upgrades/make_fixture.py``. Writes ``<schema>.tar.gz`` and
``<schema>.json`` beside itself.
"""

import base64
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from cevvo.foundation.db.snapshot import stored_revision
from conftest import CEVVO, clean_environment, running_server, stop_server

HERE = Path(__file__).parent
MANUAL = {
    "Pump": "# Pump\n\nThe pump is made of brass. It is oiled every three months.\n\n"
    "## Noise\n\nA pump that knocks has air in it: open the valve for ten seconds.",
    "Lighthouse": "# Lighthouse\n\nThe lighthouse is 41 metres high. It was built in 1887.",
    "Rechnung": "# Rechnung\n\nDie Rechnung kommt am ersten Tag des Monats per E-Mail.",
}
QUESTIONS = {  # with words that the answer must have
    "How high is the lighthouse?": "41 metres",
    "How often is the pump oiled?": "every three months",
    "My pump knocks, what can I do?": "open the valve",
    "Wann kommt die Rechnung?": "am ersten Tag des Monats",
    "Who won the football match yesterday?": "",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        data = Path(made) / "data"
        secret = base64.b64encode(bytes(32)).decode()  # so that no key lies in the fixture
        with (
            running_server(data, CEVVO_SECRET_KEY=secret) as server,
            server.client() as client,
        ):
            for title, content in MANUAL.items():
                file = {"file": (f"{title}.md", content.encode(), "text/markdown")}
                job = client.post("/ingest/upload", files=file).json()["job_id"]
                assert server.wait_for_job(client, job)["status"] == "completed"
            golden = [
                what_is_said(client.post("/chat", json={"message": question}).json(), words)
                | {"question": question}
                for question, words in QUESTIONS.items()
            ]
            client.post("/api-keys", json={"name": "Kept", "scopes": ["chat"]})
            client.put("/settings/answers", json={"assistant_name": "Ada"})
            assert stop_server(server) == 0
        schema = stored_revision(data / "cevvo.db")
        (HERE / f"{schema}.json").write_text(
            json.dumps(golden, indent=1, ensure_ascii=False) + "\n"
        )
        archive = HERE / f"{schema}.tar.gz"
        archive.unlink(missing_ok=True)
        command = [str(CEVVO), "backup", str(archive), "--data-dir", str(data)]
        subprocess.run(command, check=True, env=clean_environment())


def what_is_said(reply: dict[str, Any], words: str) -> dict[str, Any]:
    """What of a reply is to stay: whether it answers, out of what, and that it has these words."""
    assert words in reply["answer"], reply
    titles = [source["title"] for source in reply["sources"]]
    return {"answered": reply["answered"], "words": words, "titles": titles}


if __name__ == "__main__":
    main()
