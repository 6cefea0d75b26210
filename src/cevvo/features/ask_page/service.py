"""Asking on a public page: nobody has a key, so each address and each page has its bounds."""

from cevvo.domain.access import Principal, Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.errors import InvalidVisitorToken, NotFound, RateLimited, StorageFull
from cevvo.features.ask_page.page import Shown
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.turns import Ask
from cevvo.features.conversations.service import ConversationsService
from cevvo.foundation.access.rate_limit import Limits
from cevvo.foundation.access.visitors import VisitorTokens, new_visitor

_PER_ADDRESS = 10  # questions a minute
_PER_PAGE = 100  # the same, of all addresses
_PER_DAY = 2000  # questions, as a publishable key has
_CALLER_ID = "ask_page"  # what its use is counted under


class AskPageService:
    """Answers what is asked on the ask pages."""

    def __init__(
        self,
        chat: ChatService,
        conversations: ConversationsService,
        visitors: VisitorTokens,
        limits: Limits,
    ) -> None:
        self._chat = chat
        self._conversations = conversations
        self._visitors = visitors
        self._limits = limits

    async def ask(
        self, workspace: WorkspaceId, network: str, question: str, *, token: str, thread: str
    ) -> Shown:
        """The thread with the answer at its end.

        ``network`` is whom the question is counted to. A ``thread`` that is not of the visitor of
        the ``token`` is not gone on with: a new one begins. Raises RateLimited, BudgetExceeded and
        what the chat raises.
        """
        await self._count(f"{workspace} {network}", _PER_ADDRESS)
        await self._count(workspace, _PER_PAGE)
        visitor = await self._visitor(workspace, token)
        principal = Principal(
            caller_id=_CALLER_ID,
            workspace=workspace,
            kind="publishable",
            scopes=frozenset({"chat"}),
            messages_per_day=_PER_DAY,
            visitor=visitor,
        )
        try:
            turn = await self._chat.open(principal, Ask(question, thread_id=thread or None))
        except NotFound:
            turn = await self._chat.open(principal, Ask(question))
        await self._chat.whole_reply(turn)  # recorded by now; read below as it is kept
        if not turn.saved:
            raise StorageFull("The server's disk is full; the answer could not be kept.")
        _, messages = await self._conversations.get(workspace, turn.thread_id, visitor=visitor)
        fresh, _ = await self._visitors.issue(workspace, visitor)
        return Shown(messages=messages, token=fresh, thread=turn.thread_id)

    async def _count(self, who: str, limit: int) -> None:
        window = await self._limits.hit(f"ask page {who}", limit)
        if not window.allowed:
            raise RateLimited("Too many questions at once.", retry_after=window.reset)

    async def _visitor(self, workspace: WorkspaceId, token: str) -> Visitor:
        if not token:
            return new_visitor()
        try:
            return await self._visitors.read(workspace, token)
        except InvalidVisitorToken:
            return new_visitor()
