"""S41, S42: logs and errors hold no secret and nothing that somebody wrote."""

import subprocess
import sys
from pathlib import Path

from conftest import CEVVO, clean_environment, create_key
from http_api import SECRET, Api

WORDS = "xylophonewords"


def test_s41_what_a_server_logs_of_all_that_goes_through_it(tmp_path: Path) -> None:
    key = create_key(tmp_path / "data")
    errors = tmp_path / "stderr"
    with errors.open("w") as stream:
        process = subprocess.Popen(
            [CEVVO, "serve", "--data-dir", tmp_path / "data", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env=clean_environment(CEVVO_LOG_LEVEL="debug"),
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[2]
            script = CLIENT.format(url=url, key=key, words=WORDS)
            subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
        finally:
            process.terminate()
            process.communicate(timeout=30)
    logged = errors.read_text()
    assert logged.count('"event": "request"') >= 6
    assert WORDS not in logged
    assert key not in logged
    assert key[13:] not in logged
    assert "cevvo_vt_" not in logged


CLIENT = """
import httpx2, time
client = httpx2.Client(
    base_url="{url}/api/v1", headers={{"Authorization": "Bearer {key}"}}, timeout=60
)
while True:
    try:
        client.get("/sources"); break
    except httpx2.TransportError:
        time.sleep(0.05)
client.post("/chat", json={{"message": "{words} one\\n{{}} two"}})
client.post("/chat", content=b'{{"message": "{words}')
client.post("/chat", json={{"message": 5, "x": "{words}"}})
client.post("/sources", json={{"name": "{words}", "type": "text", "content": "{words} here."}})
client.get("/sources", params={{"q": "{words}", "key": "{key}"}})
client.get("/sources/{words}")
token = client.post("/visitor-tokens", json={{"user_id": "{words}"}}).json()["visitor_token"]
client.get("/sources", headers={{"X-Visitor-Token": token, "Cookie": "{words}"}})
made = client.post("/api-keys", json={{"name": "{words}"}}).json()
client.delete("/api-keys/" + made["id"])
client.get("/sources", headers={{"Authorization": "Bearer " + made["key"]}})
"""


def test_s42_what_nobody_foresaw_tells_only_where_to_look(api: Api) -> None:
    with api.client() as client:
        for path in ("/fail/surprise", "/stream/breaks"):
            response = client.post(path)
            text = response.text
            assert SECRET not in text
            assert "Traceback" not in text
            assert ".py" not in text
            assert "under request id" in text
