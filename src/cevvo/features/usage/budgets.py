"""Budgets of language models: an estimate is taken before a call, and the truth booked after it.

An answer is let in while something of every budget is left, and its estimate counts from then on:
so however many ask at once, all answers of a day together take more than a budget by less than one
estimate, plus what answers took beyond their own. The check and the estimate are one write, and
writes come one after another. A server that is killed leaves the estimates of what was under way.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from cevvo.domain.access import Principal
from cevvo.domain.answer_settings import AnswerSettings
from cevvo.domain.answers import Usage
from cevvo.domain.time import Clock, Millis, rfc3339
from cevvo.errors import BudgetExceeded
from cevvo.features.usage.repository import Spent, book, spent
from cevvo.foundation.db.database import Database

_DAY = 86_400_000  # milliseconds
_PER = 1_000_000  # tokens that a price is for

Prices = Mapping[str, tuple[float, float]]
"""Of a million prompt and completion tokens, by model, in whatever currency the operator takes."""


@dataclass(slots=True)
class Reservation:
    """What an answer may take at most; ``taken``: it counts until the answer is there."""

    day: int
    model: str
    usage: Usage
    taken: bool = False


class Budgets:
    """Holds API keys and workspaces to what their language models may take in a day of UTC."""

    def __init__(self, db: Database, clock: Clock, prices: Prices) -> None:
        self._db = db
        self._clock = clock
        self._prices = prices

    def reservation(self, model: str, estimate: Usage) -> Reservation:
        """For an answer that begins today. Nothing is taken yet."""
        return Reservation(self._clock() // _DAY, model, estimate)

    async def take(
        self, principal: Principal, settings: AnswerSettings, reservation: Reservation
    ) -> None:
        """Let an answer in; nothing is taken where no budget is set. Raises BudgetExceeded.

        Whoever is cancelled meanwhile has to settle all the same: then, too, ``taken`` is known.
        """
        budgets = (principal.tokens_per_day, settings.tokens_per_day, settings.cost_per_day)
        if all(budget is None for budget in budgets):
            return
        now = self._clock()

        def check_and_take(connection: Connection) -> None:
            before = spent(connection, principal.workspace, reservation.day, principal.caller_id)
            _check(principal, settings, before, now)
            self._book(connection, principal, reservation, 1)

        def note(writing: asyncio.Future[None]) -> None:
            reservation.taken = not writing.cancelled() and writing.exception() is None

        writing = asyncio.ensure_future(self._db.write(check_and_take))
        writing.add_done_callback(note)
        try:
            await asyncio.shield(writing)
        finally:
            await asyncio.wait((writing,))

    def settle(
        self,
        connection: Connection,
        principal: Principal,
        reservation: Reservation,
        took: Mapping[str, Usage],
    ) -> None:
        """Book what an answer took in place of its estimate, in the caller's transaction.

        ``took``: by model, by the name that it is configured by. Each counts as one request.
        """
        if reservation.taken:
            self._book(connection, principal, reservation, -1)
        for model, usage in took.items():
            book(
                connection,
                principal.workspace,
                day=reservation.day,
                caller_id=principal.caller_id,
                model=model,
                requests=1,
                usage=usage,
                cost=self._cost(model, usage),
            )

    def _cost(self, model: str, usage: Usage) -> float:
        """What so many tokens of a model cost; 0 if it has no price."""
        prompt, completion = self._prices.get(model, (0.0, 0.0))
        return (usage.prompt_tokens * prompt + usage.completion_tokens * completion) / _PER

    def _book(
        self, connection: Connection, principal: Principal, reservation: Reservation, sign: int
    ) -> None:
        usage = reservation.usage
        book(
            connection,
            principal.workspace,
            day=reservation.day,
            caller_id=principal.caller_id,
            model=reservation.model,
            requests=0,
            usage=Usage(sign * usage.prompt_tokens, sign * usage.completion_tokens),
            cost=sign * self._cost(reservation.model, usage),
        )


def _check(principal: Principal, settings: AnswerSettings, before: Spent, now: Millis) -> None:
    own, all_tokens, cost = (
        principal.tokens_per_day,
        settings.tokens_per_day,
        settings.cost_per_day,
    )
    if own is not None and before.tokens_of_key >= own:
        _refuse(f"{own:,} tokens a day of this API key", "Use another key", now)
    if all_tokens is not None and before.tokens >= all_tokens:
        _refuse(
            f"{all_tokens:,} tokens a day of this workspace",
            "Raise `tokens_per_day` with PUT /settings/answers",
            now,
        )
    if cost is not None and before.cost >= cost:
        _refuse(
            f"{cost:,g} a day of this workspace",
            "Raise `cost_per_day` with PUT /settings/answers",
            now,
        )


def _refuse(budget: str, remedy: str, now: Millis) -> None:
    midnight = Millis((now // _DAY + 1) * _DAY)
    raise BudgetExceeded(
        f"The budget of {budget} is used up. There is a new one at {rfc3339(midnight)}. {remedy}, "
        'or ask with `"model": "extractive"`, which takes nothing of it.',
        retry_after=-(-(midnight - now) // 1000),
    )
