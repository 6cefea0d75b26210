"""C1, at length: ``make test-api``. Prints how many requests there were and what they found."""

from pathlib import Path

import pytest

from conftest import OFFLINE_CEVVO, running_server, stop_server
from contract.generated_requests import BEHIND_A_PROXY, generate_requests

CASES = 20_000
EXAMPLES = "--max-examples=120"  # for each operation, beside the edges of its schema
SEQUENCES = 400


def test_c1_twenty_thousand_generated_requests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases, seed, failures = 0, 0, []
    with running_server(tmp_path / "data", OFFLINE_CEVVO, **BEHIND_A_PROXY) as server:
        while cases < CASES:
            seed += 1
            outcome = generate_requests(server, tmp_path, seed, EXAMPLES, sequences=SEQUENCES)
            cases += outcome.cases
            failures += outcome.failures
            with capsys.disabled():
                print(f"\nseed {seed}: {outcome.cases} cases, {len(outcome.failures)} failures")
                print(outcome.output if outcome.failures else outcome.phases)
                print("met nothing but 404:", *outcome.unreached or ["none"], flush=True)
            with server.client() as client:
                assert client.get("/sources").status_code == 200, "the run revoked its own key"
        assert stop_server(server) == 0
    assert failures == []
    with capsys.disabled():
        print(f"\n{cases} generated requests: no 5xx, nothing that openapi.json does not say")
