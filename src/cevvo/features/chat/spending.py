"""What an answer by a language model takes of the budgets: estimated before, known after."""

from sqlalchemy import Connection

from cevvo.domain.answers import Usage
from cevvo.engine.answering.base import Guidance
from cevvo.engine.answering.generative.prompt import EVIDENCE_TOKENS
from cevvo.features.chat.turns import Turn
from cevvo.features.usage.budgets import Budgets
from cevvo.providers.embedding.base import Embedder

_FRAME = 1500  # tokens of a prompt besides: rules, the last turns of the thread
_REPLY = 1024  # tokens that a reply has at most, see ``Prompt.max_tokens``


class Spending:
    """Accounts for the turns of language models; the built-in answerer takes nothing."""

    def __init__(self, budgets: Budgets, embedder: Embedder) -> None:
        self._budgets = budgets
        self._embedder = embedder

    async def reserve(self, turn: Turn, guidance: Guidance) -> None:
        """Take what a turn's calls of the model need at most, once. Raises BudgetExceeded."""
        if turn.reservation is not None:
            return
        written = self._embedder.count_tokens(f"{turn.ask.message}\n{guidance.instructions}")
        most = Usage(_FRAME + EVIDENCE_TOKENS + written, _REPLY)
        turn.reservation = self._budgets.reservation(turn.answerer.model_id, most)
        await self._budgets.take(turn.principal, turn.settings, turn.reservation)

    def settle(self, connection: Connection, turn: Turn) -> None:
        """Book what every model that was asked really took, whatever became of the answer."""
        if turn.reservation is not None:
            self._budgets.settle(connection, turn.principal, turn.reservation, turn.meter.took)
