"""C1, small: a few hundred generated requests. ``make test-api`` sends twenty thousand and more."""

from pathlib import Path

from conftest import OFFLINE_CEVVO, running_server, stop_server
from contract.generated_requests import BEHIND_A_PROXY, generate_requests

SMALL = ("--phases=fuzzing,stateful", "--max-examples=2", "--generation-deterministic")


def test_c1_no_generated_request_breaks_the_server_or_its_description(tmp_path: Path) -> None:
    with running_server(tmp_path / "data", OFFLINE_CEVVO, **BEHIND_A_PROXY) as server:
        outcome = generate_requests(server, tmp_path, 1, *SMALL, sequences=12)
        with server.client() as client:
            assert client.get("/sources").status_code == 200  # the key was not among the victims
        assert stop_server(server) == 0
    assert outcome.failures == [], outcome.output
    assert outcome.cases >= 100, outcome.output
