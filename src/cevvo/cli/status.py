"""``cevvo status``: how a running server is doing, on one screen."""

from cevvo.cli.api import Api, print_json
from cevvo.cli.options import ApiUrl, AsJson, Period
from cevvo.cli.tables import plural, print_facts


def status(url: ApiUrl = None, period: Period = "7d", as_json: AsJson = False) -> None:
    """Show what a running server knows, works on and was asked.

    Example: cevvo status --period 30d
    """
    api = Api.find(url)
    sources = list(api.items("sources"))
    jobs = list(api.items("ingest", "jobs", status="processing"))  # those that wait, too
    overview = api.get("analytics", "overview", period=period)
    gaps = api.get("analytics", "coverage-gaps", period=period, limit=50)["data"]
    failing = [source for source in sources if source["error"] or source["sync_error"]]
    found = {
        "url": api.base_url,
        "sources": len(sources),
        "documents": sum(source["document_count"] for source in sources),
        "failing_sources": [source["name"] for source in failing],
        "unfinished_jobs": len(jobs),
        "overview": overview,
        "gaps": len(gaps),
    }
    if as_json:
        print_json(found)
        return
    rate, took = overview["resolution_rate"], overview["avg_response_time_ms"]
    print_facts(
        [
            ("API", api.base_url),
            ("knows", f"{plural(found['documents'], 'document')} of "
                      f"{plural(len(sources), 'source')}"),
            ("failing", ", ".join(found["failing_sources"])),
            ("works on", plural(len(jobs), "job") if jobs else None),
            ("asked", f"{plural(overview['total_conversations'], 'conversation')} in {period}"),
            ("resolved", None if rate is None else f"{rate:.0%}"),
            ("answers in", None if took is None else f"{took} ms on average"),
            ("gaps", f"{len(gaps)} (cevvo gaps)" if gaps else None),
        ]
    )  # fmt: skip
