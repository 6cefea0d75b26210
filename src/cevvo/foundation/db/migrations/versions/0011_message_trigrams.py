"""What messages say, searched by any part of a word: an index of three characters each.

SQLite's own; other databases read the messages, or have an index of theirs.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    # It says where a text may be, the message itself whether it is: so neither the text nor places
    # in it are kept once more.
    op.execute(
        "CREATE VIRTUAL TABLE message_trigrams USING fts5(content, content='', "
        "contentless_delete=1, detail=none, tokenize='trigram')"
    )
    # Messages have no number that stays: VACUUM changes that of a row with a key of text.
    op.execute(
        "CREATE TABLE message_trigrams_rows (number INTEGER PRIMARY KEY, message_id TEXT NOT NULL "
        "UNIQUE REFERENCES messages (id) ON DELETE CASCADE)"
    )
    for statement in (*_backfill(), *_triggers()):
        op.execute(statement)


def _backfill() -> list[str]:
    return [
        "INSERT INTO message_trigrams_rows (message_id) SELECT id FROM messages",
        "INSERT INTO message_trigrams (rowid, content) SELECT r.number, m.content "
        "FROM message_trigrams_rows AS r JOIN messages AS m ON m.id = r.message_id",
    ]


def _triggers() -> list[str]:
    return [
        """CREATE TRIGGER messages_indexed AFTER INSERT ON messages BEGIN
            INSERT INTO message_trigrams_rows (message_id) VALUES (NEW.id);
            INSERT INTO message_trigrams (rowid, content) SELECT number, NEW.content
                FROM message_trigrams_rows WHERE message_id = NEW.id;
        END""",
        """CREATE TRIGGER messages_indexed_anew AFTER UPDATE OF content ON messages BEGIN
            DELETE FROM message_trigrams WHERE rowid =
                (SELECT number FROM message_trigrams_rows WHERE message_id = NEW.id);
            INSERT INTO message_trigrams (rowid, content) SELECT number, NEW.content
                FROM message_trigrams_rows WHERE message_id = NEW.id;
        END""",
        """CREATE TRIGGER messages_no_longer_indexed AFTER DELETE ON message_trigrams_rows BEGIN
            DELETE FROM message_trigrams WHERE rowid = OLD.number;
        END""",
    ]
