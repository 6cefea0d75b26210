"""A page of the conversations that are wanted, in a time that does not grow with how many there
are to choose from.

Those with a certain answer are counted from an index of ``turns`` alone. A page is looked for among
the newest conversations first, where it mostly is, and only then among all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from cevvo.domain.access import Visitor
from cevvo.domain.ids import WorkspaceId
from cevvo.features.conversations.filters import IS_TEST, ConversationFilter, with_turn
from cevvo.features.conversations.repository import GONE, Conversation, conversation_of
from cevvo.foundation.db.message_search import few_that_say, that_say
from cevvo.foundation.db.tables import conversations, messages, turns

READ_FOR_WORDS = 2_000
"""Conversations that are read through, the newest, for words that no index names."""
_NEWEST = 1_000  # looked through one by one, some microseconds each, before all are
_BY_ID = "INDEXED BY sqlite_autoindex_conversations_1"
_LATEST_FIRST = (conversations.c.updated_at.desc(), conversations.c.id.desc())
_KEPT = or_(turns.c.conversation_id < f"{GONE}_", turns.c.conversation_id > f"{GONE}`")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of threads, latest first, and how many there are in all.

    ``searched``: only so many were read for the words, the newest that meet all other conditions;
    None where none was left out.
    """

    conversations: list[Conversation]
    total: int
    searched: int | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The conditions on ``conversations`` alone, and those on one of their turns."""

    workspace: WorkspaceId
    of_conversation: list[ColumnElement[bool]]
    of_turn: list[ColumnElement[bool]]

    def all(self) -> list[ColumnElement[bool]]:
        """As conditions on ``conversations``: for many, since the turns are gathered first."""
        if not self.of_turn:
            return self.of_conversation
        some = conversations.c.id.in_(with_turn(self.workspace, self.of_turn))
        return [*self.of_conversation, some]

    def one_by_one(self, of: Any) -> list[ColumnElement[bool]]:
        """The conditions on a turn of the threads in ``of``, for few: each is looked up."""
        if not self.of_turn:
            return []
        its = select(turns.c.id).where(turns.c.conversation_id == of.c.id, *self.of_turn)
        hint = "INDEXED BY ix_turns_conversation_id_asked_at_is_test"
        return [exists(its.with_hint(turns, hint, "sqlite"))]


def list_conversations(
    connection: Connection,
    workspace: WorkspaceId,
    wanted: ConversationFilter,
    *,
    visitor: Visitor | None = None,
    offset: int,
    limit: int,
) -> Listing:
    """Threads by their last message, latest first: those that are ``wanted``, and the ``visitor``'s
    alone, where there is one."""
    if wanted.words is not None:
        said = few_that_say(connection, workspace, wanted.words)
        if said is None:
            found, searched = _read_for(connection, workspace, wanted, visitor)
            some = found[offset : offset + limit]
            return Listing(_details(connection, some), len(found), searched)
        among = _of(workspace, wanted, visitor, conversations.c.id.in_(said))
        ids = list(connection.execute(_those(among)).scalars()) if said else []
        return Listing(_details(connection, ids[offset : offset + limit]), len(ids))
    total = _count(connection, workspace, wanted, visitor)
    size = max(min(limit, total - offset), 0)
    ids = _page(connection, _of(workspace, wanted, visitor), offset, size)
    return Listing(_details(connection, ids), total)


def list_ids(
    connection: Connection, workspace: WorkspaceId, wanted: ConversationFilter
) -> list[str]:
    """The ids of all such threads, in the same order; every message is read for words if need
    be."""
    conditions = _of(workspace, wanted, None).all()
    if wanted.words is not None:
        said = that_say(connection, workspace, wanted.words)
        conditions = [*conditions, conversations.c.id.in_(said)]
    query = select(conversations.c.id).where(*conditions).order_by(*_LATEST_FIRST)
    return list(connection.execute(query).scalars())


def _of(
    workspace: WorkspaceId,
    wanted: ConversationFilter,
    visitor: Visitor | None,
    *more: ColumnElement[bool],
) -> _Wanted:
    ours = [conversations.c.workspace_id == workspace, *more, *wanted.of_conversation(workspace)]
    if visitor is not None:
        ours.append(conversations.c.visitor_id == visitor.id)
    return _Wanted(workspace, ours, wanted.of_turn())


def _count(
    connection: Connection,
    workspace: WorkspaceId,
    wanted: ConversationFilter,
    visitor: Visitor | None,
) -> int:
    among = _of(workspace, wanted, visitor)
    if among.of_turn and visitor is None and wanted.escalated is None and not wanted.test:
        its = turns.c.conversation_id
        query = with_turn(workspace, [*among.of_turn, _KEPT]).with_only_columns(
            func.count(its if wanted.is_one_turn() else its.distinct())
        )
        return connection.execute(query).scalar_one()
    # Those that are not, by those that are: these are few.
    if wanted.escalated is False:
        both, those = replace(wanted, escalated=None), replace(wanted, escalated=True)
        return _count(connection, workspace, both, visitor) - _count(
            connection, workspace, those, visitor
        )
    if wanted.test is False and not among.of_turn:
        both, those = replace(wanted, test=None), replace(wanted, test=True)
        return _count(connection, workspace, both, visitor) - _count(
            connection, workspace, those, visitor
        )
    query = select(func.count()).select_from(conversations)
    query = query.where(*among.of_conversation, *among.one_by_one(conversations))
    if wanted.test:
        query = query.with_hint(conversations, _BY_ID, "sqlite")
    return connection.execute(query).scalar_one()


def _page(connection: Connection, among: _Wanted, offset: int, size: int) -> list[str]:
    """The ids of a page of which it is known that it has so many."""
    if not size:
        return []
    newest = (
        select(conversations.c.id, conversations.c.updated_at)
        .where(*among.of_conversation)
        .order_by(*_LATEST_FIRST)
        .limit(_NEWEST)
        .subquery()
    )
    fast = select(newest.c.id).where(*among.one_by_one(newest))
    fast = fast.order_by(newest.c.updated_at.desc(), newest.c.id.desc())
    ids = list(connection.execute(fast.offset(offset).limit(size)).scalars())
    if len(ids) < size:
        every = select(conversations.c.id).where(*among.all()).order_by(*_LATEST_FIRST)
        ids = list(connection.execute(every.offset(offset).limit(size)).scalars())
    return ids


def _those(among: _Wanted) -> Select[str]:
    """Few threads, so that each can be looked at."""
    each = among.one_by_one(conversations)
    query = select(conversations.c.id).where(*among.of_conversation, *each)
    return query.order_by(*_LATEST_FIRST)


def _read_for(
    connection: Connection,
    workspace: WorkspaceId,
    wanted: ConversationFilter,
    visitor: Visitor | None,
) -> tuple[list[str], int | None]:
    """The newest threads of which a message says the words, and how many were read, if not all."""
    newest = (
        select(conversations.c.id, conversations.c.updated_at)
        .where(*_of(workspace, wanted, visitor).all())
        .order_by(*_LATEST_FIRST)
        .limit(READ_FOR_WORDS + 1)
        .subquery()
    )
    said = messages.c.content.icontains(wanted.words, autoescape=True)
    rows = connection.execute(
        select(
            newest.c.id, exists().where(messages.c.conversation_id == newest.c.id, said)
        ).order_by(newest.c.updated_at.desc(), newest.c.id.desc())
    ).all()
    found = [id for id, says_it in rows[:READ_FOR_WORDS] if says_it]
    return found, READ_FOR_WORDS if len(rows) > READ_FOR_WORDS else None


def _details(connection: Connection, ids: Sequence[str]) -> list[Conversation]:
    count = (
        select(func.count())
        .where(messages.c.conversation_id == conversations.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(conversations, count.label("message_count"), IS_TEST.label("is_test"))
        .where(conversations.c.id.in_(ids))
        .order_by(*_LATEST_FIRST)
    ).mappings()
    return [conversation_of(row, row["message_count"]) for row in rows]
