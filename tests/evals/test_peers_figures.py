"""How comparable systems are measured: what they are given, what is made of it, what is told."""

import asyncio
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.wordpiece import CLS, SEP, word_pieces
from cevvo_evals.collections import Document, Query
from cevvo_evals.embedding_graph import whole
from cevvo_evals.load.client import Client
from cevvo_evals.peers.__main__ import completed
from cevvo_evals.peers.least import least
from cevvo_evals.peers.measuring import Figures, measured, quality, share_of_no
from cevvo_evals.peers.questions import Given, given
from cevvo_evals.peers.report import LEAST, Run, Setting, drawn, ratios, section_of, spread
from cevvo_evals.peers.systems import Installed, Peer, Reply, sent
from cevvo_evals.peers.systems import spread as spread_over
from cevvo_evals.server import free_port

PEERS = Path(__file__).parents[2] / "evals" / "peers"
PASSAGE = "The harbour of {n} opens at dawn, and its boats leave when the tide number {n} turns. "


def collection(folder: Path, *, labelled: bool) -> None:
    """Twenty documents; three questions about each, and one that none answers."""
    folder.mkdir()
    queries: list[dict[str, Any]] = [{"_id": f"q{n}", "text": f"question {n}"} for n in range(60)]
    unanswered: list[dict[str, Any]] = [
        {"_id": f"u{n}", "text": f"unanswered {n}", "answerable": False, "passage": f"d{n}"}
        for n in range(20)
    ]
    files: dict[str, list[dict[str, Any]]] = {
        "corpus.jsonl": [{"_id": f"d{n}", "title": "T", "text": f"text {n}"} for n in range(20)],
        "queries.jsonl": queries + (unanswered if labelled else []),
    }
    for name, lines in files.items():
        (folder / name).write_text("\n".join(json.dumps(line) for line in lines))
    judged = [f"q{n}\td{n // 3}\t1" for n in range(60)]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))


def test_questions_are_about_what_is_there_and_none_is_asked_twice(tmp_path: Path) -> None:
    collection(tmp_path / "own", labelled=True)
    collection(tmp_path / "stackfaq", labelled=False)
    drawn_once = given(tmp_path, "own", documents=16, questions=10, unanswered=5)
    kept = {each.id for each in drawn_once.documents}
    assert len(kept) == len({each.title for each in drawn_once.documents}) == 16
    asked = [*drawn_once.warm_up, *drawn_once.alone, *drawn_once.together]
    assert len(drawn_once.alone) == len(drawn_once.together) == 10
    assert len({each.id for each in asked}) == len(asked) == 40
    assert all(kept.issuperset(each.relevant) for each in asked)
    assert len(drawn_once.near) == len(drawn_once.off_topic) == 5
    assert {f"d{text.split()[1]}" for text in drawn_once.near} <= kept
    assert given(tmp_path, "own", documents=16, questions=10, unanswered=5) == drawn_once


def test_without_labels_near_questions_are_those_whose_documents_were_left_out(
    tmp_path: Path,
) -> None:
    collection(tmp_path / "stackfaq", labelled=False)
    collection(tmp_path / "squad2_dev_half", labelled=False)
    found = given(tmp_path, "stackfaq", documents=18, questions=5, unanswered=50)
    kept = {each.id for each in found.documents}
    assert len(found.near) == 6
    assert not {f"d{int(text.split()[1]) // 3}" for text in found.near} & kept


def test_many_are_sent_at_once_and_told_in_order() -> None:
    under_way, most = 0, 0

    async def send(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (number % 3))
        under_way -= 1
        return number

    assert asyncio.run(spread_over(range(20), 4, send)) == list(range(20))
    assert most == 4


def test_quality_is_of_the_order_and_a_share_of_the_replies() -> None:
    replies = [Reply(("a", "b"), False), Reply(("b", "a"), False), Reply((), True)]
    queries = [Query(str(n), "", {"a": 1}) for n in range(3)]
    assert quality(replies, queries) == pytest.approx((1 + 1 / np.log2(3)) / 3)
    assert share_of_no(replies) == pytest.approx(1 / 3)


TOY = """
import sys
sys.path.insert(0, {peers!r})
from service import serve

def make(model, folder):
    vectors, texts = {{}}, {{}}
    def add(document):
        vectors[document.id] = model.embed([document.content, "a second passage"])[0]
        texts[document.id] = document.text
    def find(question):
        [asked] = model.embed([question])
        if question == "off topic":
            return []
        near = sorted(vectors, key=lambda id: -sum(map(lambda a, b: a * b, asked, vectors[id])))
        return [{{"id": id, "text": texts[id], "score": 1.0}} for id in near[:10]]
    return add, find

serve(make)
"""


def test_a_peer_is_started_filled_asked_and_stopped(tmp_path: Path) -> None:
    """With the scripts that all peers share, in this Python, which has the packages for them."""
    script, model = tmp_path / "toy.py", tmp_path / "model.onnx"
    script.write_text(TOY.format(peers=str(PEERS)))
    model.write_bytes(whole().SerializeToString())
    toy = Peer("Toy", Installed(3, 20), Path(sys.executable), script, model)
    documents = tuple(
        Document(f"d{n}", f"Harbour {n}", 12 * PASSAGE.format(n=n)) for n in range(100, 108)
    )
    queries = [Query(each.id, each.text[:90], {each.id: 1}) for each in documents]
    asked = Given(
        documents, (), tuple(queries[:4]), tuple(queries[4:]), ("off topic", "which tide?"), ()
    )
    figures = measured(toy, asked, tmp_path / "data", idle=0)
    assert figures["ndcg10"] == 1
    assert figures["says_no_off_topic"] == 0.5
    assert "says_no_near" not in figures  # none was asked
    assert 0 < figures["model_share"] <= 1.2
    assert figures["p50"] <= figures["p95"] <= figures["p99"]
    assert figures["memory_after"] > 50
    floor = least(asked)
    assert completed("Toy", figures, floor)["times_embedded"] == pytest.approx(
        figures["tokens"] / floor.text_tokens
    )


def test_a_request_that_fails_is_not_measured() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", "none")
    with pytest.raises(RuntimeError, match="/documents: status 0"):
        asyncio.run(sent(client, "/documents", {}))


def test_the_network_that_peers_get_is_the_product_s(tmp_path: Path) -> None:
    session = onnxruntime.InferenceSession(whole().SerializeToString())
    text = "The harbour opens at dawn."
    ids = [CLS, *word_pieces().encode(text).ids, SEP]
    (states,) = session.run(None, {"ids": np.array([ids], np.int64)})
    vector = states[0].mean(axis=0)
    expected = MiniLmEmbedder(threads=1).embed_query(text)
    assert vector / np.linalg.norm(vector) @ expected > 0.999


def test_what_the_model_costs_is_told_for_a_system_that_does_not_count() -> None:
    documents = tuple(Document(str(n), "Harbour", 3 * PASSAGE.format(n=n)) for n in range(4))
    queries = tuple(Query(str(n), f"tide {n}?", {str(n): 1}) for n in range(2))
    floor = least(Given(documents, (), queries, queries, (), ()))
    assert floor.embedded_tokens == floor.text_tokens
    assert floor.package_over_network > 1
    told = completed("Cevvo", {"cpu_per_document": 2 * floor.figures["cpu_per_document"]}, floor)
    assert told["model_share"] == pytest.approx(0.5)
    assert told["times_embedded"] == 1


def run(ours: float, peer: float) -> Run:
    def figures(speed: float) -> Figures:
        return {"documents_per_second": speed, "questions_per_second": speed, "p50": 100 / speed}

    more = {"ndcg10": 0.9, "says_no_near": 0.25}
    return {"Cevvo": figures(ours) | more, "Peer": figures(peer) | more, LEAST: figures(100)}


def test_figures_are_medians_with_their_spread_and_ratios_are_of_the_same_run() -> None:
    assert spread([3.0, 1.0, 2.0], ".1f") == "2.0 (1.0–3.0)"
    assert spread([2.0, 2.01], ".1f") == "2.0"
    runs = [run(10, 40), run(30, 60), run(10, 20)]
    assert ratios(runs, "p50", "Peer", "Cevvo") == [0.25, 0.5, 0.5]
    assert ratios(runs, "memory_idle", "Peer", "Cevvo") == []
    setting = Setting(
        collection="harbours",
        documents=1_234,
        questions=20,
        unanswered=5,
        command="python -m cevvo_evals.peers",
        told="2 cores",
        failed={"Haystack": "no such version"},
        package_over_network=3.04,
    )
    section = section_of(runs, setting)
    assert (
        "| documents taken in a second | 10.0 (10.0–30.0) | 40.0 (20.0–60.0) | 100.0 |" in section
    )
    assert "| start to ready, s |  |  |  |" in section
    assert (
        "| Peer | 0.40 (0.20–0.60) | 2.50 (1.67–5.00) | 0.40 (0.20–0.60) "
        "| 0.50 (0.25–0.50) | 0.50 (0.25–0.50) | 0.50 (0.25–0.50) |"
    ) in section
    assert "Haystack did not install: no such version." in section
    assert "1,234 documents of harbours" in section
    assert "takes 3.0 times the processor time" in section
    picture = ET.fromstring(drawn(runs))
    assert len([each for each in picture.iter() if each.tag.endswith("circle")]) == 2
