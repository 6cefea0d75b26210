"""Every example of the API reference is run, in each of its languages, on a real server.

An operation without an entry in ``tools/docs_site/snippets.toml`` fails here by name.
"""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cevvo.domain.time import now
from cevvo.foundation.access.totp import STEP, code_at
from conftest import OFFLINE_CEVVO, Server, clean_environment, running_server
from docs_site.contents import ROOT
from docs_site.schemas import Description, Schema
from docs_site.snippets import ORIGIN, snippets, table
from ingestion_room import Site
from sdks.test_real_job import NODE, own_workspace
from sdks.test_typescript_package import STRICT

DESCRIPTION = Description(json.loads((ROOT / "openapi.json").read_text()))
OPERATIONS = [
    (path, method, operation)
    for path, methods in DESCRIPTION.document["paths"].items()
    for method, operation in methods.items()
]
GO = Path(sys.executable).with_name("go")
TSC = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
OPENAI = "/v1/"
SOURCE_OF = {"sync_source": "website", "ingest_text": "text", "delete_source": "spare"}
"""Which source an example is about: a file's, unless it says otherwise."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all languages, and for the people of the last test."""
    folder = tmp_path_factory.mktemp("snippets")
    networks = {"CEVVO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8"}
    with running_server(folder, OFFLINE_CEVVO, **networks) as running:
        yield running


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    opened = Site()
    opened.put("/", "Start", "To get started, create a source.", "/guide")
    opened.put("/guide", "Guide", "Parcels go by balloon.")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def silent() -> Iterator[str]:
    """A site that never answers: its job goes on until it is cancelled."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Stand:
    """A workspace with all that the examples speak of."""

    server: Server
    site: Site
    key: str
    sources: dict[str, str] = field(default_factory=dict)
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """By operation, or "" for all others: what is real in place of an example's id."""

    @classmethod
    def put_up(cls, server: Server, site: Site, silent: str) -> "Stand":
        stand = cls(server, site, own_workspace(server))
        with server.client(stand.key) as client:
            stand._fill(client, silent)
        return stand

    def _fill(self, client: httpx2.Client, silent: str) -> None:
        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            found: dict[str, Any] = client.post(path, json=body).raise_for_status().json()
            return found

        for name, kind in (("file", "file"), ("text", "text"), ("spare", "file")):
            self.sources[name] = post("/sources", {"name": name, "type": kind})["id"]
        web = post("/sources", {"name": "Web", "type": "website", "url": self.site.url})
        self.sources["website"] = web["id"]
        jobs = [web["job_id"]]
        for name in ("letters.md", "parcels.md"):
            files = {"file": (name, f"# {name}\n\nTo get started, create a source.".encode())}
            sent = client.post(
                "/ingest/upload", files=files, data={"source_id": self.sources["file"]}
            )
            jobs.append(sent.raise_for_status().json()["job_id"])
        for job in jobs:
            assert self.server.wait_for_job(client, job)["status"] == "completed"
        listed = client.get(f"/sources/{self.sources['file']}/documents").json()["data"]
        question = {"message": "How do I get started?", "user_id": "user_42"}
        first, second = post("/chat", question), post("/chat", {"message": "How do I start?"})
        post("/chat", {"message": "Which rings does Saturn have?"})
        gap = client.get("/analytics/coverage-gaps").json()["data"][0]["id"]
        keys = [post("/api-keys", {"name": f"key {n}"})["id"] for n in range(2)]
        hook = {"url": "http://127.0.0.1:65431/", "events": ["source.failed"]}
        hooks = [post("/webhooks", hook)["id"] for _ in range(2)]
        endless = post("/sources", {"name": "Silent", "type": "website", "url": silent})
        self.ids = {
            "": {
                "doc_abc123": listed[0]["id"],
                "thr_xyz789": first["thread_id"],
                "msg_abc123": first["id"],
                "gap_abc123": gap,
                "job_ing_001": web["job_id"],
                "key_abc123": keys[0],
                "whk_abc123": hooks[0],
                "dlv_abc123": post(f"/webhooks/{hooks[0]}/test", {})["id"],
            },
            "delete_document": {"doc_abc123": listed[1]["id"]},
            "delete_conversation": {"thr_xyz789": second["thread_id"]},
            "revoke_api_key": {"key_abc123": keys[1]},
            "delete_webhook": {"whk_abc123": hooks[1]},
            "cancel_job": {"job_ing_001": endless["job_id"]},
        }

    def real(self, operation: str, code: str) -> str:
        """An example with what there really is in it."""
        for shown, there in (self.ids[""] | self.ids.get(operation, {})).items():
            code = code.replace(shown, there)
        code = code.replace("src_abc123", self.sources[SOURCE_OF.get(operation, "file")])
        code = code.replace(ORIGIN, self.server.url).replace("cevvo_sk_…", self.key)
        return code.replace("https://docs.example.com", self.site.url).replace(
            "https://example.com/guide", f"{self.site.url}/guide"
        )

    def run(self, *command: str | Path, folder: Path) -> str:
        """What a command prints, as somebody with the key would run it."""
        variables = {"CEVVO_BASE_URL": f"{self.server.url}/api/v1", "CEVVO_API_KEY": self.key}
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, env=clean_environment(**variables)
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def stand(server: Server, site: Site, silent: str, tmp_path: Path) -> Stand:
    (tmp_path / "handbook.md").write_text("# Start\n\nTo get started, create a source.\n")
    return Stand.put_up(server, site, silent)


def examples(language: str) -> dict[str, str]:
    """By operation, in an order in which all of them work: what deletes comes last."""
    found = {}
    by_damage = sorted(OPERATIONS, key=lambda each: (each[1] == "delete") * -len(each[0]))
    last = [each for each in by_damage if each[1] == "delete"]
    for path, method, operation in [each for each in OPERATIONS if each not in last] + last:
        if takes_key(operation):
            code = snippets(DESCRIPTION, path, method, operation).get(language)
            if code is not None:
                found[operation["operationId"]] = code
    return found


def takes_key(operation: Schema) -> bool:
    return {"ApiKey": []} in operation["security"]


def test_every_operation_that_a_key_may_call_has_its_examples() -> None:
    known = {operation["operationId"] for _, _, operation in OPERATIONS}
    assert set(table()) <= known, "snippets.toml names operations that there are not"
    for path, method, operation in OPERATIONS:
        wanted = {"curl", "Python", "TypeScript", "Go"}
        if path.startswith(OPENAI):
            wanted = {"curl", "Python"}  # clients of OpenAI's own
        elif not takes_key(operation):
            wanted = {"curl"}
        missing = wanted - set(snippets(DESCRIPTION, path, method, operation))
        told = "add it to tools/docs_site/snippets.toml"
        assert not missing, f"{operation['operationId']} has no example in {missing}: {told}"


def test_curl(stand: Stand, tmp_path: Path) -> None:
    ran = examples("curl")
    script = 'set -eu\ncurl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
    ran["stream_jobs"] = f"{ran['stream_jobs'].rstrip()} --max-time 2 || test $? = 28\n"  # endless
    for operation, code in ran.items():
        script += f"echo; echo 'example {operation}'\n{stand.real(operation, code)}"
    printed = stand.run("sh", "-c", script, folder=tmp_path)
    assert re.findall(r"^example (\w+)$", printed, re.MULTILINE) == list(ran)
    assert (tmp_path / "original.md").read_text().startswith("# ")
    assert '"status":"cancelled"' in printed


def test_python(stand: Stand, tmp_path: Path) -> None:
    ran = examples("Python")
    program = "".join(
        f"print('\\nexample {name}')\n{stand.real(name, code)}" for name, code in ran.items()
    )
    (tmp_path / "examples.py").write_text(program)
    printed = stand.run(sys.executable, "examples.py", folder=tmp_path)
    assert re.findall(r"^example (\w+)$", printed, re.MULTILINE) == list(ran)
    assert "\nauto\n" in printed
    assert printed.endswith("example delete_conversations\n1\n")


def test_typescript(stand: Stand, tmp_path: Path) -> None:
    ran = examples("TypeScript")
    imports: dict[str, None] = {}
    blocks = ""
    for name, code in ran.items():
        real = stand.real(name, code)
        imports |= dict.fromkeys(re.findall(r"^import .*$", real, re.MULTILINE))
        inside = re.sub(r"^import .*\n", "", real, flags=re.MULTILINE)
        blocks += f"console.log('\\nexample {name}');\n{{{inside}}}\n"
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "examples.ts").write_text("\n".join([*imports, blocks]))
    stand.run(NODE, TSC, *STRICT, "examples.ts", folder=tmp_path)
    printed = stand.run(NODE, "examples.ts", folder=tmp_path)
    assert re.findall(r"^example (\w+)$", printed, re.MULTILINE) == list(ran)


@pytest.mark.skipif(not GO.exists(), reason="`make test` installs Go")
def test_go(server: Server, site: Site, silent: str, tmp_path: Path) -> None:
    ran = examples("Go")
    (tmp_path / "handbook.md").write_text("# Start\n\nTo get started, create a source.\n")
    (tmp_path / "go.mod").write_text(
        "module examples\n\ngo 1.24\n\nrequire github.com/cevvo/cevvo-go v0.0.0\n\n"
        f"replace github.com/cevvo/cevvo-go => {ROOT / 'sdks' / 'go'}\n"
    )
    go = (ROOT / "tools" / "go", "-C", tmp_path)
    main = tmp_path / "main.go"
    main.write_text(go_program(ran))
    # Before there is a job that waits to be cancelled: it also compiles what they import.
    subprocess.run([go[0], "vet", *go[1:], "."], check=True)
    stand = Stand.put_up(server, site, silent)
    main.write_text(go_program({name: stand.real(name, code) for name, code in ran.items()}))
    printed = stand.run(go[0], "run", ".", folder=tmp_path)
    assert re.findall(r"^example (\w+)$", printed, re.MULTILINE) == list(ran)


def go_program(snippets_by_name: dict[str, str]) -> str:
    """All of them in one program, each a function."""
    imports = "".join(f'"{name}"\n' for name in ("context", "fmt", "log", "os"))
    functions = "".join(
        f"\nfunc {name}(ctx context.Context) {{\n{code}}}\n"
        for name, code in snippets_by_name.items()
    )
    calls = "".join(f'fmt.Println("\\nexample {name}")\n{name}(ctx)\n' for name in snippets_by_name)
    return (
        f'package main\n\nimport (\n{imports}\n"github.com/cevvo/cevvo-go"\n)\n{functions}\n'
        f"func main() {{\nctx := context.Background()\n{calls}}}\n"
    )


class People:
    """Somebody who does in a shell what the reference shows, with cookies in files."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self.tried: set[str] = set()

    def run(self, name: str, *, by: str = "cevvo", fails: str = "", **real: str) -> Any:
        """What an example prints, with ``real`` in place of the values that it shows."""
        path, method, operation = next(o for o in OPERATIONS if o[2]["operationId"] == name)
        code = snippets(DESCRIPTION, path, method, operation)["curl"]
        code = code.replace(ORIGIN, self._server.url).replace("cevvo.cookies", f"{by}.cookies")
        for shown, there in real.items():
            assert shown in code, (shown, code)
            code = code.replace(shown, there)
        curl = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
        done = subprocess.run(
            ["sh", "-euc", curl + code], cwd=self._folder, capture_output=True, text=True
        )
        assert (done.returncode == 0) == (not fails), (name, done.stdout, done.stderr)
        assert fails in done.stdout
        self.tried.add(name)
        return json.loads(done.stdout)

    def link(self, *command: str) -> str:
        """The token of a link that the command line prints."""
        printed = subprocess.run(
            [*OFFLINE_CEVVO, "people", *command, "--data-dir", self._server.data_dir],
            capture_output=True, text=True, check=True, env=clean_environment(),
        ).stdout  # fmt: skip
        return token_of(printed)


def token_of(text: str) -> str:
    found = re.search(r"token=([\w-]+)", text)
    assert found is not None, text
    return found[1]


TOKEN = "0VBtGo2QqYbCdEfGhIjKlMnOpQrStUvWxYz01234567"


def test_what_people_do_is_run_with_curl(server: Server, tmp_path: Path) -> None:
    people = People(server, tmp_path)
    run = people.run
    run("sign_in_options")
    run("set_up", **{TOKEN: people.link("setup-link")})
    run("sign_in", by="other")
    run("get_session")
    other = next(s["id"] for s in run("list_sessions")["data"] if not s["current"])
    run("end_session", ses_abc123=other)
    run("change_account")
    run("change_password")
    secret = run("start_second_factor")["secret"]
    code = code_at(secret, now() // STEP)
    codes = run("enable_second_factor", **{"492039": code})["recovery_codes"]
    run("disable_second_factor", **{"492039": codes[0]})
    token = token_of(run("invite")["url"])
    run("open_invitation", by="grace", **{TOKEN: token})
    run("accept_invitation", by="grace", **{TOKEN: token})
    alan = run("invite", **{"grace@": "alan@"})["id"]
    run("list_invitations")
    run("withdraw_invitation", inv_abc123=alan)
    grace = next(p["id"] for p in run("list_people")["data"] if p["role"] == "editor")
    run("change_role", per_abc123=grace)
    run("remove_person", per_abc123=grace)
    assert run("list_backups")["database"] in ("sqlite", "postgres")
    here = run("list_workspaces")["data"][0]["id"]
    made = run("create_workspace")["id"]
    run("switch_workspace", wsp_abc123=here)
    run("rename_workspace", wsp_abc123=made)
    run("delete_workspace", wsp_abc123=made)
    run("ask_for_reset", fails="sends no mail")
    run("complete_reset", **{TOKEN: people.link("reset-password", "ada@example.com")})
    run("sign_in")
    run("sign_out")
    run("start_oidc", fails="not_found")  # there is no identity provider
    run("finish_oidc", fails="not_found")
    assert people.tried == {o["operationId"] for _, _, o in OPERATIONS if not takes_key(o)}
