"""The load that the figures come from: when requests are due, what is made of them, how drawn."""

import asyncio
import json
import time
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cevvo_evals.load.arrivals import Sent, arrive, percentile, schedule, step_of
from cevvo_evals.load.client import Client, Outcome
from cevvo_evals.load.model import RATE, reply_to, scripted_model
from cevvo_evals.load.plot import Line, chart
from cevvo_evals.load.report import knee, write
from cevvo_evals.load.soak import verdict


def outcome(started: float, ended: float, status: int = 200) -> Outcome:
    return Outcome(started, ended, ended, status, status == 503, {})


def test_arrivals_are_independent_and_as_many_as_asked_for() -> None:
    due = schedule(50, 100, seed=3)
    assert due == sorted(due) == schedule(50, 100, seed=3)
    assert 4700 < len(due) < 5300
    gaps = [b - a for a, b in pairwise(due)]
    assert percentile(gaps, 0.5) == pytest.approx(0.693 / 50, rel=0.1)  # of an exponential


def test_a_latency_counts_from_when_the_request_was_due_and_nobody_waits_for_answers() -> None:
    """A server that stands still for a while makes all wait that come meanwhile."""
    at_once, most = 0, 0
    all_there = asyncio.Event()

    async def send(_number: int) -> Outcome:
        nonlocal at_once, most
        started = time.perf_counter()
        at_once += 1
        most = max(most, at_once)
        if at_once == 4:
            all_there.set()
        await asyncio.wait_for(all_there.wait(), 10)
        at_once -= 1
        return outcome(started, time.perf_counter())

    sent = asyncio.run(arrive([0.0, 0.01, 0.02, 0.03], send))
    assert most == 4
    assert all(each.latency >= each.outcome.ended - each.outcome.started for each in sent)
    late = Sent(due=10.0, outcome=outcome(started=12.0, ended=12.5))
    assert late.latency == 2.5


def test_a_step_tells_apart_what_was_answered_refused_and_failed() -> None:
    sent = [Sent(n, outcome(n, n + 0.1)) for n in range(90)]
    sent += [Sent(n, outcome(n, n + 0.01, 503)) for n in range(8)]
    sent += [Sent(n, Outcome(n, n, n, 503, False, None)) for n in range(1)]
    sent += [Sent(n, outcome(n, n, 0)) for n in range(1)]
    step = step_of(sent, seconds=10)
    assert (step.offered, step.answered, step.p50) == (10.0, 9.0, 100.0)
    assert (step.shed, step.unasked, step.failed) == (0.09, 1, 0.01)


def test_the_knee_is_before_the_first_rate_that_is_not_borne() -> None:
    fine = {"p99": 80, "shed": 0.0, "failed": 0.0}
    rows = [fine | {"answered": n} for n in (5, 7)]
    assert knee(rows) == 7
    assert knee([*rows, fine | {"answered": 9, "p99": 900}, fine | {"answered": 12}]) == 7
    assert knee([*rows, fine | {"answered": 9, "shed": 0.02}]) == 7
    assert knee([fine | {"answered": 5, "failed": 0.1}]) == 0


def test_growing_memory_and_descriptors_are_seen_and_a_beginning_is_not() -> None:
    def samples(grown: float, leaked: int) -> list[dict[str, float]]:
        return [
            {"at": n * 5, "memory_mb": min(n, 20) * 5 + n * grown, "threads": 12}
            | {"descriptors": 30 + n * leaked}
            for n in range(100)
        ]

    calm = verdict(samples(0, 0))
    assert calm == {"memory_mb_per_hour": 0, "descriptors_grown": 0, "threads_grown": 0}
    leaking = verdict(samples(0.1, 1))
    assert leaking["memory_mb_per_hour"] == pytest.approx(72, rel=0.01)
    assert leaking["descriptors_grown"] > 20


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked == {"refuse": True}:
            self.send_response(503)
            self.send_header("Retry-After", "5")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")
            return
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = (b'data: {"type": "text"}\n\n', b'data: {"n": 1}\n\n', b"data: [DONE]\n\n")
        for event in events:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_client_reads_streams_and_refusals_and_bears_a_server_that_is_gone() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    Thread(target=server.serve_forever, args=(0.02,)).start()

    async def run() -> list[Outcome]:
        client = Client(f"http://127.0.0.1:{server.server_port}", "key")
        got = [await client.send("POST", "/", {"refuse": number == 1}) for number in range(3)]
        client.close()
        server.shutdown()
        server.server_close()
        return [*got, await client.send("POST", "/", {})]

    streamed, refused, again, gone = asyncio.run(run())
    assert streamed.status == again.status == 200
    assert streamed.body == {"n": 1}
    assert streamed.started <= streamed.first <= streamed.ended
    assert (refused.status, refused.retry_after) == (503, True)
    assert gone.status == 0


PROMPT = '<passage number="1">\nTitle\n\nBoats leave. Nets dry.\n</passage>\n<question>'


def test_the_scripted_model_reads_out_the_passages_at_its_pace() -> None:
    assert "".join(reply_to(PROMPT)) == "Boats leave [1]. Nets dry [1]. "
    assert reply_to("nothing") == ["CEVVO_NOT_FOUND"]

    async def run(url: str) -> Outcome:
        client = Client(url, "none")
        asked = {"messages": [{"role": "user", "content": PROMPT}]}
        got = await client.send("POST", "/v1/chat/completions", asked)
        client.close()
        return got

    with scripted_model() as entry:
        got = asyncio.run(run(entry.partition("/v1#")[0]))
    assert got.status == 200
    assert got.body["usage"]["completion_tokens"] == 6
    assert got.ended - got.started >= 6 / RATE - 0.001  # its clock counts milliseconds


def row(offered: float, **more: Any) -> dict[str, Any]:
    fields = ("answered", "p50", "p95", "p99", "refused_p99", "at_once", "behind_p50", "behind_p95")
    zero = {"shed": 0.0, "failed": 0.0, "unasked": 0, "memory_mb": 200, "embedded": 9.5}
    return dict.fromkeys(fields, offered) | zero | {"offered": offered} | more


def test_the_page_gets_its_section_and_pictures_and_gets_them_anew(tmp_path: Path) -> None:
    rows = {"rows": [row(10), row(20, shed=0.5)], "seconds": 5, "load_average": 0.1}
    samples = [
        {"at": n * 60.0, "memory_mb": 200.0, "threads": 20, "descriptors": 40} for n in range(9)
    ]
    soak = {"rate": 5.0, "statuses": {"200": 9}, "samples": samples, "load_average": 3.0}
    mixed = rows | {"rows": [row(300)]}
    results = {"chat": rows, "mixed": mixed, "streams": rows, "soak": soak | verdict(samples)}
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\nBefore.\n")
    for _ in range(2):
        write(results, 719, tmp_path)
        text = page.read_text()
        assert text.startswith("# Performance\n\nBefore.\n")
        assert text.count("## Load") == 1
        for name in results:
            picture = ET.parse(tmp_path / "images" / f"load-{name}.svg").getroot()
            assert picture.tag.endswith("svg")
            assert f"(images/load-{name}.svg)" in text
    assert "stays below 250 ms up to 10 answers a second" in text
    assert "is at no rate below 250 ms" in text
    assert "Load average 3.0" in text


def test_a_chart_has_its_points_where_they_belong() -> None:
    drawn = ET.fromstring(chart("A < B", "x", "y", [Line("one", [(0, 0), (10, 100)])], mark=50))
    circles = [each for each in drawn.iter() if each.tag.endswith("circle")]
    places = [(float(each.get("cx", "")), float(each.get("cy", ""))) for each in circles]
    assert places == [(64, 312), (704, 48)]
    assert any(each.text == "A < B" for each in drawn.iter())


def test_every_line_is_drawn_and_named_inside_the_picture() -> None:
    lines = [Line(f"the system number {n}", [(n, n)]) for n in range(6)]
    drawn = ET.fromstring(chart("Six", "x", "y", lines))
    places = [
        (float(each.attrib["x"]) + 7 * len(each.text or ""), float(each.attrib["y"]))
        for each in drawn.iter("{http://www.w3.org/2000/svg}text")
        if (each.text or "").startswith("the system")
    ]
    assert len(places) == len(set(places)) == 6
    assert max(right for right, _ in places) <= 720
    with pytest.raises(ValueError, match="longer"):
        chart("Seven", "x", "y", [*lines, lines[0]])
