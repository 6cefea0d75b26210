"""Figures kept by day: triggers on turns, how threads go on, whether questions were resolved.

A turn is counted on its day when it is stored, and counted anew when something about it changes.
``next_…_at`` chain the turns of a thread, so that "the last question of a thread in this window" is
seen in the row itself.
"""

# ruff: noqa: S608 - the statements are made of the constants of this file
import re
from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Follows from the rest of a row. ``resolution``: whether a question was resolved: 0 no, 1 yes, 2
# and a positive rating says so. ``is_gap``: unanswered (abstained, or nothing could be verified),
# or disliked and weak to begin with; an answer that was cut off has no confidence, and nobody
# knows how it would have ended.
_RULES: Final = {
    "resolution": "CASE WHEN kind <> 'question' OR is_test THEN NULL "
    "WHEN NOT answered OR rephrased OR escalated OR returned OR rating = 'negative' THEN 0 "
    "WHEN rating = 'positive' THEN 2 ELSE 1 END",
    "is_gap": "CASE WHEN kind = 'question' AND NOT is_test AND NOT off_topic "
    "AND confidence IS NOT NULL "
    "AND (NOT answered OR (rating = 'negative' AND confidence < 0.5)) THEN 1 ELSE 0 END",
    "spans_days": "CASE WHEN next_at / 86400000 > asked_at / 86400000 "
    "OR next_question_at / 86400000 > asked_at / 86400000 "
    "OR next_same_at / 86400000 > asked_at / 86400000 THEN 1 ELSE 0 END",
}
_RULED_BY: Final = (
    "kind, is_test, asked_at, answered, rating, rephrased, escalated, returned, off_topic, "
    "confidence, next_at, next_question_at, next_same_at"
)

# What a turn {t} adds to its day: the last of its thread there stands for the thread.
_DAY: Final = "{t}.asked_at / 86400000"
_LAST: Final = "({t}.next_at / 86400000 IS NOT {t}.asked_at / 86400000)"
_LAST_QUESTION: Final = (
    "({t}.kind = 'question' AND {t}.next_question_at / 86400000 IS NOT {t}.asked_at / 86400000)"
)
_FIGURES: Final = {
    "turns": "1",
    "conversations": _LAST,
    "asking": _LAST_QUESTION,
    "resolved": f"({_LAST_QUESTION} AND coalesce({{t}}.resolution, 0) >= 1)",
    "confirmed": f"({_LAST_QUESTION} AND coalesce({{t}}.resolution, 0) = 2)",
    "responses": "({t}.kind = 'question' AND {t}.response_ms IS NOT NULL)",
    "response_ms": "CASE {t}.kind WHEN 'question' THEN coalesce({t}.response_ms, 0) ELSE 0 END",
    "first_tokens": "({t}.kind = 'question' AND {t}.first_token_ms IS NOT NULL)",
    "first_token_ms": "CASE {t}.kind WHEN 'question' THEN coalesce({t}.first_token_ms, 0) "
    "ELSE 0 END",
}
_QUESTIONS: Final = {
    "conversations": "({t}.next_same_at / 86400000 IS NOT {t}.asked_at / 86400000)",
    "resolved": "({t}.next_same_at / 86400000 IS NOT {t}.asked_at / 86400000 "
    "AND coalesce({t}.resolution, 0) >= 1)",
}
_COUNTED: Final = "NOT {t}.is_test"
_CLUSTERED: Final = "NOT {t}.is_test AND {t}.kind = 'question' AND {t}.cluster_id IS NOT NULL"

# The turns of NEW's thread, and what each chain holds.
_CHAINS: Final = {
    "next_at": "1",
    "next_question_at": "kind = 'question' AND NEW.kind = 'question'",
    "next_same_at": "cluster_id = NEW.cluster_id AND kind = 'question' AND NEW.kind = 'question'",
}


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("retention_days", sa.Integer(), nullable=True))
    _columns()
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        statements = [*_backfill(), *_triggers()]
    else:  # without turns: no Postgres database is older than this
        statements = _triggers_on_postgres()
    for statement in statements:
        op.execute(statement)


def _columns() -> None:
    no = sa.false()
    op.add_column("turns", sa.Column("returned", sa.Boolean(), nullable=False, server_default=no))
    for name in _CHAINS:
        op.add_column("turns", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("turns", sa.Column("resolution", sa.Integer(), nullable=True))
    for name in ("is_gap", "spans_days"):
        flag = sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column("turns", flag)
    op.drop_index("ix_turns_figures", "turns")
    chained = ["next_at", "next_question_at", "next_same_at", "resolution"]
    taken = ["response_ms", "first_token_ms"]
    for index, columns, where in (
        (
            "figures",
            ["asked_at", "is_test", "kind", *chained, *taken, "cluster_id", "conversation_id"],
            None,
        ),
        (
            "spans_days",
            ["asked_at", *chained, "cluster_id", "is_test", "spans_days"],
            sa.text("spans_days = 1"),
        ),
        ("response_ms", ["is_test", "kind", "response_ms", "asked_at"], None),
        (
            "gaps",
            ["cluster_id", "asked_at", "conversation_id", "is_test", "is_gap"],
            sa.text("is_gap = 1"),
        ),
    ):
        op.create_index(
            f"ix_turns_{index}",
            "turns",
            ["workspace_id", *columns],
            sqlite_where=where,
            postgresql_where=where,
        )


def _tables() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger() if "ms" in name else sa.Integer(), nullable=False)
            for name in _FIGURES
        ),
        _of_workspace("daily_figures"),
        sa.PrimaryKeyConstraint("workspace_id", "day", name=op.f("pk_daily_figures")),
    )
    op.create_table(
        "daily_questions",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _QUESTIONS),
        _of_workspace("daily_questions"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "cluster_id", "day", name=op.f("pk_daily_questions")
        ),
    )


def _backfill() -> list[str]:
    """What the triggers would have made of the turns there are."""
    chained = (
        "UPDATE turns SET next_at = f.next_at, next_question_at = f.next_question_at, "
        "next_same_at = f.next_same_at FROM ("
        "SELECT id, lead(asked_at) OVER thread AS next_at, "
        "CASE kind WHEN 'question' THEN lead(asked_at) OVER asked END AS next_question_at, "
        "CASE WHEN kind = 'question' AND cluster_id IS NOT NULL "
        "THEN lead(asked_at) OVER same END AS next_same_at "
        "FROM turns WHERE NOT is_test WINDOW "
        "thread AS (PARTITION BY conversation_id ORDER BY asked_at, id), "
        "asked AS (PARTITION BY conversation_id, kind ORDER BY asked_at, id), "
        "same AS (PARTITION BY conversation_id, kind, cluster_id ORDER BY asked_at, id)"
        ") AS f WHERE turns.id = f.id"
    )
    days = _DAY.format(t="turns")
    figures = ", ".join(f"sum({rule.format(t='turns')})" for rule in _FIGURES.values())
    questions = ", ".join(f"sum({rule.format(t='turns')})" for rule in _QUESTIONS.values())
    return [
        chained,
        f"UPDATE turns SET {_ruled()}",
        f"INSERT INTO daily_figures (workspace_id, day, {', '.join(_FIGURES)}) "
        f"SELECT workspace_id, {days}, {figures} FROM turns "
        f"WHERE {_COUNTED.format(t='turns')} GROUP BY 1, 2",
        f"INSERT INTO daily_questions (workspace_id, cluster_id, day, {', '.join(_QUESTIONS)}) "
        f"SELECT workspace_id, cluster_id, {days}, {questions} FROM turns "
        f"WHERE {_CLUSTERED.format(t='turns')} GROUP BY 1, 2, 3",
    ]


def _triggers() -> list[str]:
    settled = f"UPDATE turns SET {_ruled()} WHERE id = NEW.id"
    differ = " OR ".join(f"{name} IS NOT ({rule})" for name, rule in _RULES.items())
    chains = [part for name, same in _CHAINS.items() for part in _chained(name, same)]
    added = _changed("NEW", 1)
    counted = "workspace_id, asked_at, is_test, kind, resolution, response_ms, first_token_ms"
    return [
        "CREATE TRIGGER turns_counted AFTER INSERT ON turns BEGIN "
        f"{'; '.join([*added, settled, *chains])}; END",
        f"CREATE TRIGGER turns_settled AFTER UPDATE OF {_RULED_BY} ON turns BEGIN "
        f"{settled} AND ({differ}); END",
        "CREATE TRIGGER turns_recounted AFTER UPDATE OF "
        f"{counted}, cluster_id, {', '.join(_CHAINS)} ON turns BEGIN "
        f"{'; '.join([*_changed('OLD', -1), *added])}; END",
        "CREATE TRIGGER turns_uncounted AFTER DELETE ON turns BEGIN "
        f"{'; '.join(_changed('OLD', -1))}; END",
    ]


def _triggers_on_postgres() -> list[str]:
    """The same. What follows from a row is there before it is stored, and counted once."""
    rules = ", ".join(_RULES.values())
    results = ", ".join(f"NEW.{name}" for name in _RULES)
    number = "CAST({} AS integer)"
    add = [_of_postgres(statement) for statement in _changed("NEW", 1, number)]
    take = [_of_postgres(statement) for statement in _changed("OLD", -1, number)]
    chains = [part for name, same in _CHAINS.items() for part in _chained(name, same)]
    chains = [part.replace("AND 1", "AND true") for part in chains]
    counted = ["workspace_id", "asked_at", "is_test", "kind", "resolution", "response_ms"]
    counted += ["first_token_ms", "cluster_id", *_CHAINS]
    old, new = (", ".join(f"{row}.{name}" for name in counted) for row in ("OLD", "NEW"))
    settled = f"SELECT {rules} INTO {results} FROM (SELECT NEW.*) AS turn"
    statements = []
    for name, when, body, answer in (
        ("settled", "BEFORE INSERT OR UPDATE", [settled], "NEW"),
        ("counted", "AFTER INSERT", [*add, *chains], "NULL"),
        ("recounted", "AFTER UPDATE", [*take, *add], "NULL"),
        ("uncounted", "AFTER DELETE", take, "NULL"),
    ):
        only = f" WHEN (({old}) IS DISTINCT FROM ({new}))" if name == "recounted" else ""
        statements += [
            f"CREATE FUNCTION turns_{name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {'; '.join(body)}; RETURN {answer}; END $$",
            f"CREATE TRIGGER turns_{name} {when} ON turns FOR EACH ROW{only} "
            f"EXECUTE FUNCTION turns_{name}()",
        ]
    return statements


def _of_postgres(statement: str) -> str:
    return re.sub(r"IS NOT (?!NULL)", "IS DISTINCT FROM ", statement)


def _ruled() -> str:
    return ", ".join(f"{name} = {rule}" for name, rule in _RULES.items())


def _changed(turn: str, sign: int, number: str = "{}") -> list[str]:
    """Add a turn to its day, or take it out. Taking out makes no row: the workspace may be gone.

    ``number`` makes one of a truth, where a database needs that.
    """
    statements = []
    for table, figures, counted, keys in (
        ("daily_figures", _FIGURES, _COUNTED, ()),
        ("daily_questions", _QUESTIONS, _CLUSTERED, ("cluster_id",)),
    ):
        key = {"workspace_id": f"{turn}.workspace_id", "day": _DAY.format(t=turn)}
        key |= {name: f"{turn}.{name}" for name in keys}
        counts = {name: number.format(rule.format(t=turn)) for name, rule in figures.items()}
        when = counted.format(t=turn)
        if sign < 0:
            less = ", ".join(f"{name} = {name} - {rule}" for name, rule in counts.items())
            where = " AND ".join(f"{name} = {value}" for name, value in key.items())
            statements.append(f"UPDATE {table} SET {less} WHERE {where} AND {when}")
            continue
        more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in counts)
        statements.append(
            f"INSERT INTO {table} ({', '.join(key)}, {', '.join(counts)}) "
            f"SELECT {', '.join([*key.values(), *counts.values()])} WHERE {when} "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {more}"
        )
    return statements


def _chained(name: str, same: str) -> list[str]:
    """Put NEW into its thread: answers may be stored in another order than asked."""
    thread = "FROM turns WHERE conversation_id = NEW.conversation_id AND NOT is_test "
    thread += f"AND NOT NEW.is_test AND {same}"
    before = f"{thread} AND (asked_at, id) < (NEW.asked_at, NEW.id) ORDER BY asked_at DESC, id DESC"
    after = f"{thread} AND (asked_at, id) > (NEW.asked_at, NEW.id) ORDER BY asked_at, id"
    return [
        f"UPDATE turns SET {name} = NEW.asked_at WHERE id = (SELECT id {before} LIMIT 1)",
        f"UPDATE turns SET {name} = (SELECT asked_at {after} LIMIT 1) "
        f"WHERE id = NEW.id AND EXISTS (SELECT 1 {after})",
    ]


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id"],
        ["workspaces.id"],
        name=op.f(f"fk_{table}_workspace_id"),
        ondelete="CASCADE",
    )
