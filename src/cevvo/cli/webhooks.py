"""``cevvo webhooks``: where a server sends events, and what was delivered."""

from typing import Annotated, Any

import typer

from cevvo.cli.api import Api, fail, print_json
from cevvo.cli.options import ApiUrl, AsJson
from cevvo.cli.quiet import say
from cevvo.cli.tables import print_facts, print_table
from cevvo.domain.events import EVENT_TYPES

webhooks = typer.Typer(
    help="Have events sent to an address, and see what was delivered.", no_args_is_help=True
)
WebhookId = Annotated[
    str, typer.Argument(help="The webhook's id (whk_…), see `cevvo webhooks list`.")
]


@webhooks.command("list")
def list_webhooks(url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show the webhooks, newest first, and which of them are paused or fail.

    Example: cevvo webhooks list
    """
    found = list(Api.find(url).items("webhooks"))
    if as_json:
        print_json(found)
        return
    rows = ((each["id"], each["url"], ", ".join(each["events"]), _state(each)) for each in found)
    print_table(("id", "url", "events", "state"), rows)


def _state(webhook: dict[str, Any]) -> str:
    if webhook["status"] == "paused":
        return f"paused: {webhook['pause_reason'] or 'by somebody'}"
    since = webhook["failing_since"]
    return f"fails since {since}" if since else "active"


@webhooks.command()
def create(
    address: Annotated[str, typer.Argument(help="Where events are sent, by POST.")],
    event: Annotated[
        list[str] | None,
        typer.Option(help=f"A type that is sent: {', '.join(EVENT_TYPES)}. (all of these)"),
    ] = None,
    include_text: Annotated[
        bool, typer.Option("--include-text", help="Send what people wrote, too.")
    ] = False,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a webhook. Its secret is shown once and cannot be read again.

    Example: cevvo webhooks create https://example.com/cevvo --event source.failed
    """
    body = {"url": address, "events": event or list(EVENT_TYPES), "include_text": include_text}
    made = Api.find(url).post("webhooks", body=body)
    if as_json:
        print_json(made)
        return
    typer.echo(made["secret"])
    say(f"Shown once. Try it with: cevvo webhooks test {made['id']}")


@webhooks.command("test")
def send_test(webhook_id: WebhookId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Send an event of type webhook.test now; exit code 1 when it did not arrive.

    Example: cevvo webhooks test whk_…
    """
    sent = Api.find(url).post("webhooks", webhook_id, "test")
    if as_json:
        print_json(sent)
    elif sent["status"] == "delivered":
        say(f"Delivered in {sent['latency_ms']} ms: it answered {sent['status_code']}.")
    if sent["status"] != "delivered":
        fail(f"not delivered. {sent['error']}")


@webhooks.command()
def delete(webhook_id: WebhookId, url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Delete a webhook with the log of its deliveries.

    Example: cevvo webhooks delete whk_…
    """
    deleted = Api.find(url).call("DELETE", "webhooks", webhook_id)
    if as_json:
        print_json(deleted)
    else:
        say(f"{webhook_id} is deleted.")


@webhooks.command()
def deliveries(
    webhook_id: WebhookId,
    status: Annotated[
        str | None, typer.Option(help="Only these: pending, delivered or failed. (all)")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, the newest first.")] = 20,
    url: ApiUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show what was sent, what came of it, and when it is tried again.

    Example: cevvo webhooks deliveries whk_… --status failed
    """
    wanted = {} if status is None else {"status": status}
    found = Api.find(url).get("webhooks", webhook_id, "deliveries", per_page=limit, **wanted)
    if as_json:
        print_json(found["data"])
        return
    print_table(
        ("id", "event", "status", "attempts", "answer", "reason", "next attempt"),
        (
            (
                each["id"],
                each["type"],
                each["status"],
                each["attempts"],
                each["status_code"],
                each["error"],
                each["next_attempt_at"],
            )
            for each in found["data"]
        ),
    )
    shown = len(found["data"])
    if shown < found["meta"]["total"]:
        print_facts([("", f"{shown} of {found['meta']['total']}")])
