"""How many messages a publishable key has asked on a day, in the caller's transaction."""

from sqlalchemy import Connection, insert, update

from cevvo.domain.access import Principal
from cevvo.domain.time import Millis, rfc3339
from cevvo.errors import BudgetExceeded
from cevvo.foundation.db.tables import key_messages

_DAY = 86_400_000  # milliseconds


def count_message(connection: Connection, principal: Principal, now: Millis) -> None:
    """Count one message of a key that has a bound. Raises BudgetExceeded beyond it.

    The count is exact: it is one write, and writes come one after another.
    """
    most = principal.messages_per_day
    if most is None:
        return
    row, day = key_messages.c, now // _DAY
    asked: int | None = connection.execute(
        update(key_messages)
        .where(
            row.workspace_id == principal.workspace,
            row.key_id == principal.caller_id,
            row.day == day,
        )
        .values(messages=row.messages + 1)
        .returning(row.messages)
    ).scalar()
    if asked is None:
        first = {"workspace_id": principal.workspace, "key_id": principal.caller_id, "day": day}
        connection.execute(insert(key_messages).values(**first, messages=1))
    elif asked > most:
        midnight = Millis((now // _DAY + 1) * _DAY)
        raise BudgetExceeded(
            f"This key has had its {most:,} messages of today. There are new ones at "
            f"{rfc3339(midnight)}. Raise `messages_per_day` by making another key.",
            retry_after=-(-(midnight - now) // 1000),
        )
