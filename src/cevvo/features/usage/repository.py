"""What language models took: by workspace, day, API key and model, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select, text

from cevvo.domain.answers import Usage
from cevvo.domain.ids import WorkspaceId
from cevvo.foundation.db.tables import api_keys, token_usage

# One statement, in the words that SQLite and PostgreSQL share: no two writers can both insert.
_BOOK = text(
    "INSERT INTO token_usage (workspace_id, day, key_id, model, requests, prompt_tokens, "
    "completion_tokens, cost) VALUES (:workspace_id, :day, :key_id, :model, :requests, "
    ":prompt_tokens, :completion_tokens, :cost) "
    "ON CONFLICT (workspace_id, day, key_id, model) DO UPDATE SET "
    "requests = token_usage.requests + excluded.requests, "
    "prompt_tokens = token_usage.prompt_tokens + excluded.prompt_tokens, "
    "completion_tokens = token_usage.completion_tokens + excluded.completion_tokens, "
    "cost = token_usage.cost + excluded.cost"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one model took for one key on one day (days since 1970, UTC).

    ``cost`` is in the currency of the operator's prices, 0 for a model without a price.
    """

    day: int
    key_id: str
    key_name: str | None
    model: str
    requests: int
    usage: Usage
    cost: float


@dataclass(frozen=True, slots=True)
class Spent:
    """What a workspace and one of its keys have taken on a day; answers under way included."""

    tokens: int
    cost: float
    tokens_of_key: int


def spent(connection: Connection, workspace: WorkspaceId, day: int, caller_id: str) -> Spent:
    """What counts against the budgets of that day."""
    tokens = func.sum(token_usage.c.prompt_tokens + token_usage.c.completion_tokens)
    rows = connection.execute(
        select(token_usage.c.key_id, tokens.label("tokens"), func.sum(token_usage.c.cost))
        .where(token_usage.c.workspace_id == workspace, token_usage.c.day == day)
        .group_by(token_usage.c.key_id)
    ).all()
    return Spent(
        tokens=sum(row[1] for row in rows),
        cost=sum(row[2] for row in rows),
        tokens_of_key=sum(row[1] for row in rows if row[0] == caller_id),
    )


def book(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    day: int,
    caller_id: str,
    model: str,
    requests: int,
    usage: Usage,
    cost: float,
) -> None:
    """Add to what a model took; negative numbers take back what was only estimated."""
    connection.execute(
        _BOOK,
        {
            "workspace_id": workspace,
            "day": day,
            "key_id": caller_id,
            "model": model,
            "requests": requests,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cost": cost,
        },
    )


def entries(
    connection: Connection, workspace: WorkspaceId, first_day: int, last_day: int
) -> Sequence[Entry]:
    """What was taken from the first to the last day, both included; the newest first."""
    row = token_usage.c
    rows = connection.execute(
        select(token_usage, api_keys.c.name)
        .outerjoin(
            api_keys,
            and_(api_keys.c.id == row.key_id, api_keys.c.workspace_id == row.workspace_id),
        )
        .where(
            row.workspace_id == workspace,
            row.day.between(first_day, last_day),
            row.prompt_tokens + row.completion_tokens + row.requests > 0,
        )
        .order_by(row.day.desc(), row.key_id, row.model)
    ).mappings()
    return [
        Entry(
            day=each["day"],
            key_id=each["key_id"],
            key_name=each["name"],
            model=each["model"],
            requests=each["requests"],
            usage=Usage(each["prompt_tokens"], each["completion_tokens"]),
            cost=each["cost"],
        )
        for each in rows
    ]
