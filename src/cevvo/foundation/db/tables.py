"""All tables, in one place. Times are milliseconds since 1970 (UTC), ids are prefixed text.

What makes search fast (``chunk_terms``, the in-memory vector index) is derived from ``documents``,
``chunks`` and ``embeddings``; the full-text table of SQLite and the index of Postgres are made by
migrations 0001, 0010 and 0016 to 0019, for ``providers/search`` alone. On Postgres all text
compares by its bytes (COLLATE "C"), as it does on SQLite: ``env.py`` sees to it.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_COUNTED = BigInteger().with_variant(Integer, "sqlite")
"""Keys that the database counts up; SQLite counts only INTEGER."""


def _workspace() -> Column[str]:
    return Column(
        "workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False
    )


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),  # while it is being taken apart: nobody can enter it
    Column("retention_days", Integer),  # conversations go this long after their last message
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # secret | publishable
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the whole key, hex
    Column("prefix", Text, nullable=False),  # first characters, for display
    Column("last_four", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("rate_limit", Integer),  # requests a minute; null: the server's default
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("tokens_per_day", Integer),  # of language models; null: no budget of its own
    # Of a publishable key: the websites that may use it, and what it may ask in a day of UTC.
    Column("allowed_origins", JSON),
    Column("messages_per_day", Integer),
    Column("replaced_by", Text),  # the key that was made in its place
)

key_messages = Table(
    "key_messages",
    metadata,
    # Messages that a publishable key has asked on a day.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970, UTC
    Column("messages", Integer, nullable=False),
)

refused_requests = Table(
    "refused_requests",
    metadata,
    # Requests answered with 429.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970, UTC
    Column("key_id", Text, primary_key=True),
    Column("requests", Integer, nullable=False),
)

workspace_secrets = Table(
    "workspace_secrets",
    metadata,
    # What the server itself has to read again, sealed with the key outside the database.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),  # visitor_tokens
    Column("sealed", Text, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),  # website | file | text
    Column("url", Text),
    Column("status", Text, nullable=False),  # pending | syncing | synced | failed | paused
    Column("auto_sync", Boolean, nullable=False),
    Column("sync_interval_hours", Integer, nullable=False),
    Column("crawl", JSON),  # include, exclude, max_pages, max_depth, css_selector, render_js
    Column("error", Text),  # why it failed, when it has no content
    Column("sync_error", Text),  # why the last sync failed, when older content is still served
    Column("last_synced_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("next_sync_at", BigInteger),  # when the schedule crawls it; null: not planned yet
    Index(None, "workspace_id", "created_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("source_id", Text, ForeignKey("sources.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),  # what makes it the same document: URL, file name, title
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("media_type", Text, nullable=False),
    Column("language", Text),
    Column("content_hash", Text, nullable=False),  # of all that is stored of it
    Column("blob_hash", Text),  # of the original bytes, kept as a blob for uploads
    Column("unit_count", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # Every span points into this. Last, so that the rest of a row is read without it.
    Column("text", Text, nullable=False),
    UniqueConstraint("source_id", "key"),
    Index(None, "workspace_id", "source_id", "created_at"),
)

document_metadata = Table(
    "document_metadata",
    metadata,
    # What a document's owner says of it, to filter by: a row per name.
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    _workspace(),
    Column("value", Text, nullable=False),
    Index(None, "workspace_id", "name", "value"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("id", _COUNTED, primary_key=True),
    _workspace(),
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading_path", JSON, nullable=False),
    Column("anchor", Text),
    Column("page", Integer),
    Column("sentences", JSON, nullable=False),  # [start, end, start, end, …] into documents.text
    Column("passage_hash", LargeBinary),  # of what the model reads: the same is embedded once
    UniqueConstraint("document_id", "ordinal"),
    Index(None, "passage_hash", "workspace_id"),  # else SQLite takes it for a document's chunks
    # What the search index of Postgres refers to.
    Index(None, "id", "workspace_id", unique=True).ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("chunk_id", _COUNTED, ForeignKey("chunks.id", ondelete="CASCADE"), primary_key=True),
    # Of another model beside the one in use while passages are embedded anew.
    Column("model", Text, primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float16, little endian
    Column("sentence_vectors", LargeBinary, nullable=False),  # int8 rows, each scaled to ±127
)

index_log = Table(
    "index_log",
    metadata,
    # Which documents' chunks were added or removed, in order: what an in-memory index follows.
    Column("seq", _COUNTED, primary_key=True),
    _workspace(),
    Column("document_id", Text, nullable=False),
    sqlite_autoincrement=True,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("source_id", Text, ForeignKey("sources.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),  # crawl | upload | url | text
    Column("payload", JSON, nullable=False),
    Column("status", Text, nullable=False),  # queued | processing | completed | failed | cancelled
    Column("subject", Text),  # at most one unfinished job per subject
    Column("priority", Integer, nullable=False),  # lower runs first
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("lease", Text),  # token of the worker that holds it: only that one may write
    Column("lease_until", BigInteger),
    Column("progress", Float, nullable=False),
    Column("documents_total", Integer),
    Column("documents_processed", Integer, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    # Where the present run began, to tell how much time is left:
    Column("claimed_at", BigInteger),
    Column("claimed_progress", Float),
    Column("report", JSON),  # of a crawl that ended: what was added, changed, removed, refused …
    Index(None, "status", "priority", "run_at"),
    Index(None, "workspace_id", "created_at"),
    Index(None, "source_id", "status", "created_at"),
    Index(  # those among the thousands that wait which have stored something
        "ix_jobs_stored",
        "source_id",
        "created_at",
        sqlite_where=text("documents_processed > 0"),
        postgresql_where=text("documents_processed > 0"),
    ),
    Index(
        "uq_jobs_live_subject",
        "subject",
        unique=True,
        sqlite_where=text("status IN ('queued', 'processing')"),
        postgresql_where=text("status IN ('queued', 'processing')"),
    ),
)

crawl_pages = Table(
    "crawl_pages",
    metadata,
    # The ledger of one crawl and its frontier in one: a row per URL that was discovered.
    Column("job_id", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
    _workspace(),
    Column("position", Integer, nullable=False),  # order of discovery
    Column("depth", Integer, nullable=False),
    # null: not visited yet | added | changed | unchanged | duplicate | refused | failed | missing
    # | removed
    Column("verdict", Text),
    Column("reason", Text),
    Column("http_status", Integer),
    Column("characters", Integer),
    Column("elapsed_ms", Integer),
    Column("document_id", Text),
    Column("content_hash", Text),  # as of documents
    Column("bytes", Integer),  # of the response, unpacked
    Column("visited_at", BigInteger),
    Column("same_as", Text),  # of a duplicate: the page whose text it has
    Column("absence", Text),  # of one that was not taken: unknown | missing | withdrawn
    Column("passages_embedded", Integer),
    Column("passages_reused", Integer),
    Index(
        "ix_crawl_pages_frontier",
        "job_id",
        "position",
        sqlite_where=text("verdict IS NULL"),
        postgresql_where=text("verdict IS NULL"),
    ),
)

crawl_responses = Table(
    "crawl_responses",
    metadata,
    # What a crawl has fetched and not judged yet: a crawl that is killed need not ask again.
    Column("job_id", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
    _workspace(),
    Column("head", JSON, nullable=False),  # url, status, headers, content_type, charset
    Column("body", LargeBinary, nullable=False),  # zlib
)

site_pages = Table(
    "site_pages",
    metadata,
    # What is known of a website's pages from one crawl to the next.
    Column("source_id", Text, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("url", Text, primary_key=True),
    _workspace(),
    # The document with this page's text; several pages of the same text share one.
    Column("document_id", Text, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),  # SHA-256 of the response's body, hex
    Column("made_by", Text, nullable=False),  # the way of reading: another one has to read it anew
    Column("links", LargeBinary, nullable=False),  # addresses, a line each, zlib
    Column("checked_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("missing", Integer, nullable=False),  # crawls in a row that did not find it
    Index(None, "document_id"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("title", Text, nullable=False),
    Column("user_id", Text),
    Column("metadata", JSON),
    Column("escalated_at", BigInteger),  # when a person was asked for, the last time
    Column("escalation_reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("visitor_id", Text),  # whose it is, where a publishable key began it
    Index(None, "workspace_id", "updated_at", "id"),
    Index(None, "workspace_id", "visitor_id"),
    Index(None, "workspace_id", "user_id"),
    Index(
        "ix_conversations_escalated",
        "workspace_id",
        "updated_at",
        "id",
        sqlite_where=text("escalated_at IS NOT NULL"),
        postgresql_where=text("escalated_at IS NOT NULL"),
    ),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column(
        "conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False
    ),
    Column("position", Integer, nullable=False),
    Column("role", Text, nullable=False),  # user | assistant
    Column("content", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # Of an assistant's message only:
    Column("status", Text, nullable=False),  # complete | interrupted
    Column("model", Text),
    Column("answered", Boolean),
    Column("confidence", Float),
    Column("degraded", Boolean),
    Column("sources", JSON),
    Column("citations", JSON),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("rating", Text),  # positive | negative
    Column("comment", Text),
    Column("handover", Text),  # customer_request | missing_knowledge | policy: why to a person
    Column("cached", Boolean),  # whether an earlier answer was given again
    UniqueConstraint("conversation_id", "position"),
    Index(None, "workspace_id"),
)

turns = Table(
    "turns",
    metadata,
    # One row per question asked: what analytics count. When its conversation is deleted the
    # words and the vector go and conversation_id becomes a random token; the counters stay.
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("conversation_id", Text, nullable=False),
    Column("answer_id", Text),  # the assistant's message; null once deleted
    Column("asked_at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # question | small_talk
    Column("standalone", Text),  # the question as searched for, with its thread folded in
    Column("vector", LargeBinary),  # float16
    Column("answered", Boolean, nullable=False),
    Column("confidence", Float),
    Column("rating", Text),
    Column("rephrased", Boolean, nullable=False),  # the next turn asked the same again
    Column("escalated", Boolean, nullable=False),
    Column("off_topic", Boolean, nullable=False),  # unanswered, and far from everything known
    Column("response_ms", Integer),
    Column("first_token_ms", Integer),
    # null for small talk and tests
    Column("cluster_id", Text, ForeignKey("question_clusters.id", ondelete="SET NULL")),
    Column("is_test", Boolean, nullable=False),
    Column("signals", JSON),  # what the confidence rests on, by name
    Column("model", Text),  # what answered
    Column("handover", Text),  # as of messages
    # The same person asked a question of the same cluster in another thread within a day.
    Column("returned", Boolean, nullable=False, server_default=false()),
    # Kept by triggers, which are in migration 0006. When the thread went on: with any turn, with a
    # question, with one of this cluster; tests are passed over.
    Column("next_at", BigInteger),
    Column("next_question_at", BigInteger),
    Column("next_same_at", BigInteger),
    # Whether a question was resolved: 0 no, 1 yes, 2 and a positive rating says so. Its rule is
    # there and nowhere else; docs/analytics.md explains it.
    Column("resolution", Integer),
    Column("is_gap", Integer, nullable=False, server_default=text("0")),
    Column("spans_days", Integer, nullable=False, server_default=text("0")),  # by any of the three
    Index(None, "conversation_id", "asked_at", "is_test"),
    Index(None, "answer_id"),
    Index(None, "cluster_id", "workspace_id", "asked_at"),
    Index(  # all that figures of a part of a day, and lists of conversations, are counted from
        "ix_turns_figures",
        "workspace_id",
        "asked_at",
        "is_test",
        "kind",
        "next_at",
        "next_question_at",
        "next_same_at",
        "resolution",
        "response_ms",
        "first_token_ms",
        "cluster_id",
        "conversation_id",
        "answered",
        "rating",
        "confidence",
        "model",
    ),
    Index(
        "ix_turns_rated",
        "workspace_id",
        "rating",
        "asked_at",
        "is_test",
        "conversation_id",
        sqlite_where=text("rating IS NOT NULL"),
        postgresql_where=text("rating IS NOT NULL"),
    ),
    Index(
        "ix_turns_tests",
        "workspace_id",
        "conversation_id",
        sqlite_where=text("is_test IS 1"),
        postgresql_where=text("is_test IS TRUE"),
    ),
    Index(  # threads that go on on another day
        "ix_turns_spans_days",
        "workspace_id",
        "asked_at",
        "next_at",
        "next_question_at",
        "next_same_at",
        "resolution",
        "cluster_id",
        "is_test",
        "spans_days",
        sqlite_where=text("spans_days = 1"),
        postgresql_where=text("spans_days = 1"),
    ),
    Index(  # percentiles
        "ix_turns_response_ms", "workspace_id", "is_test", "kind", "response_ms", "asked_at"
    ),
    Index(
        "ix_turns_gaps",
        "workspace_id",
        "cluster_id",
        "asked_at",
        "conversation_id",
        "is_test",
        "is_gap",
        sqlite_where=text("is_gap = 1"),
        postgresql_where=text("is_gap = 1"),
    ),
)

daily_figures = Table(
    "daily_figures",
    metadata,
    # What ``turns`` hold of a day of UTC, tests left out, kept by triggers on that table: right at
    # every moment, and a row for each of two thousand. ``figures.py`` of analytics adds them up.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970
    Column("turns", Integer, nullable=False),
    Column("conversations", Integer, nullable=False),
    Column("asking", Integer, nullable=False),  # conversations with a question
    Column("resolved", Integer, nullable=False),  # of these, by the last question of the day
    Column("confirmed", Integer, nullable=False),
    Column("responses", Integer, nullable=False),
    Column("response_ms", BigInteger, nullable=False),  # of all of them together
    Column("first_tokens", Integer, nullable=False),
    Column("first_token_ms", BigInteger, nullable=False),
)

daily_questions = Table(
    "daily_questions",
    metadata,
    # The same of the questions of a cluster.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("cluster_id", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("conversations", Integer, nullable=False),
    Column("resolved", Integer, nullable=False),
    Index(  # a period is one stretch of it
        "ix_daily_questions_by_day",
        "workspace_id",
        "day",
        "cluster_id",
        "conversations",
        "resolved",
    ),
)

question_clusters = Table(
    "question_clusters",
    metadata,
    Column("id", Text, primary_key=True),  # gap_…
    _workspace(),
    Column("mean", LargeBinary, nullable=False),  # float32, of its questions' vectors, not normed
    Column("size", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),  # grows with every change in the workspace
    Column("created_at", BigInteger, nullable=False),
    # The embedding model of its mean and of its questions' vectors.
    Column("model", Text, nullable=False, server_default="all-MiniLM-L6-v2/int8"),
    Index(None, "workspace_id", "revision"),
)

coverage_gaps = Table(
    "coverage_gaps",
    metadata,
    # What became of a cluster whose questions were asked in vain. No words of those who asked.
    Column("id", Text, ForeignKey("question_clusters.id", ondelete="CASCADE"), primary_key=True),
    _workspace(),
    Column("status", Text, nullable=False),  # open | closed | dismissed
    Column("opened_at", BigInteger, nullable=False),  # the last time
    Column("closed_at", BigInteger),
    Column("reopened", Integer, nullable=False),  # how many times
    Column("last_asked", BigInteger, nullable=False),  # in vain
    Column("reason", Text, nullable=False),  # why the nearest passages did not suffice
    Column("nearest", JSON, nullable=False),  # those passages: document_id, title, url, quote, …
    Column("checked_at", BigInteger),  # when its questions were asked again
    Column("checked_seq", BigInteger, nullable=False),  # the entry of index_log that this saw
    Column("outcomes", JSON, nullable=False),  # what they were answered then: turn_id, answer …
    Column("answer_document", JSON),  # source_id and title of what was written for it
    Index(None, "workspace_id", "status", "last_asked"),
)

message_traces = Table(
    "message_traces",
    metadata,
    # Why an answer is what it is.
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    _workspace(),
    Column("trace", LargeBinary, nullable=False),  # JSON, zlib
)

cited_documents = Table(
    "cited_documents",
    metadata,
    # Which version of which document an answer quotes, or the last one in which all of it stands.
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("document_id", Text, primary_key=True),  # without a foreign key: it may be gone
    _workspace(),
    Column("content_hash", Text, nullable=False),  # as of documents; empty: it was gone
    Index(None, "workspace_id", "document_id"),
)

stale_answers = Table(
    "stale_answers",
    metadata,
    # Answers that quote what is no longer there.
    Column("message_id", Text, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    _workspace(),
    Column("found_at", BigInteger, nullable=False),
    Column("documents", JSON, nullable=False),  # document_id, title, url, change, quotes
    Column("checked_at", BigInteger),  # when the question was asked again
    Column("verdict", Text),  # same | different | unanswered
    Column("now", JSON),  # what it was answered then: answered, answer, confidence …
    Index(None, "workspace_id", "found_at"),
)

passage_conflicts = Table(
    "passage_conflicts",
    metadata,
    # Sentences of two documents that say otherwise of the same, as questions brought them up.
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("key", Text, nullable=False),  # the same for the same two sentences
    Column("message_id", Text, nullable=False),  # the reply; it may be gone
    Column("kind", Text, nullable=False),  # number | negation
    Column("one", JSON, nullable=False),  # document_id, source_id, title, url, quote, value
    Column("other", JSON, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "workspace_id", "found_at"),
)

recheck_marks = Table(
    "recheck_marks",
    metadata,
    # Up to which entry of index_log answers have been looked at.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

workspace_settings = Table(
    "workspace_settings",
    metadata,
    Column(
        "workspace_id",
        Text,
        ForeignKey("workspaces.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # Instructions, synonyms, what to refuse, when to hand over, budgets, the accepted risk.
    Column("answering", JSON, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

widget_settings = Table(
    "widget_settings",
    metadata,
    Column(
        "workspace_id",
        Text,
        ForeignKey("workspaces.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # Colour, place, languages, texts, suggestions, how to reach a person.
    Column("look", JSON, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)

ask_pages = Table(
    "ask_pages",
    metadata,
    # The last part of the address of a workspace's public page; without a row there is none.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
)

answer_cache = Table(
    "answer_cache",
    metadata,
    # Answers that a language model gave, to be given again where the evidence is the same.
    Column("id", Text, primary_key=True),
    _workspace(),
    Column(
        "conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False
    ),
    Column("question", Text, nullable=False),  # standalone
    Column("vector", LargeBinary, nullable=False),  # float16
    Column("made_with", Text, nullable=False),  # hash of model, instructions, filters …
    Column("evidence", JSON, nullable=False),  # hashes of the passages that the answer rests on
    Column("answer", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "workspace_id", "made_with"),
    Index(None, "conversation_id"),
    Index(None, "created_at"),
)

token_usage = Table(
    "token_usage",
    metadata,
    # Tokens of language models by API key, day and model: what budgets are held against.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),  # days since 1970, UTC
    Column("key_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("requests", Integer, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),  # in the currency of the operator's prices
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _workspace(),
    Column("key", Text, primary_key=True),  # "<api key id>:<route>:<Idempotency-Key>"
    Column("fingerprint", Text, nullable=False),  # SHA-256 of the request
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary),  # null: the response was too large to be kept
    Column("thread_id", Text),  # the conversation whose words are in the response
    Column("created_at", BigInteger, nullable=False),
    Index(None, "created_at"),
    Index(None, "thread_id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),  # types: source.failed, conversation.escalated …
    Column("include_text", Boolean, nullable=False),  # what people wrote is sent too
    Column("secret", Text, nullable=False),  # sealed
    Column("previous_secret", Text),  # sealed; signs too until previous_until
    Column("previous_until", BigInteger),
    Column("paused_at", BigInteger),  # null: events are sent; else they wait
    Column("pause_reason", Text),  # null: its owner's wish
    Column("failing_since", BigInteger),  # the first failure after the last success
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index(None, "workspace_id", "created_at"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    # The outbox: an event for one webhook, written with the change that it tells of.
    Column("id", Text, primary_key=True),
    _workspace(),
    Column("webhook_id", Text, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Text, nullable=False),  # the same for all webhooks and attempts
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON as it is signed
    # Whose words may be in the body: they go with it.
    Column("conversation_id", Text, ForeignKey("conversations.id", ondelete="CASCADE")),
    Column("status", Text, nullable=False),  # pending | delivered | failed
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", BigInteger),  # null unless pending
    # Of the last attempt:
    Column("attempted_at", BigInteger),
    Column("status_code", Integer),
    Column("latency_ms", Integer),
    Column("error", Text),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "status", "next_attempt_at"),
    Index(None, "webhook_id", "created_at"),
    Index(None, "conversation_id"),
    Index(None, "created_at"),
)

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # in lower case
    Column("name", Text, nullable=False),
    Column("password_hash", Text),  # argon2id; null: signs in with the identity provider only
    Column("oidc_issuer", Text),  # whom the identity provider calls oidc_subject
    Column("oidc_subject", Text),
    Column("totp_secret", Text),  # sealed; there from the start of setting it up
    Column("totp_enabled_at", BigInteger),  # null: no second factor
    Column("totp_step", BigInteger),  # the last 30 seconds whose code was taken: none twice
    Column("last_workspace_id", Text),  # where the next session begins
    Column("created_at", BigInteger, nullable=False),
    Column("last_signed_in_at", BigInteger),
    UniqueConstraint("oidc_issuer", "oidc_subject"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, nullable=False),  # owner | admin | editor | analyst
    Column("created_at", BigInteger, nullable=False),
    Index(None, "person_id"),
)

sessions = Table(
    "sessions",
    metadata,
    # Of a membership: it goes when its person leaves the workspace.
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the token, hex
    Column("address", Text),  # from where it began
    Column("user_agent", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["workspace_id", "person_id"],
        ["memberships.workspace_id", "memberships.person_id"],
        name="fk_sessions_membership",
        ondelete="CASCADE",
    ),
    Index(None, "person_id"),
    Index(None, "workspace_id", "person_id"),
)

one_time_tokens = Table(
    "one_time_tokens",
    metadata,
    # Links that can be used once: gone when they are used.
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),  # setup | invitation | reset
    Column("hash", Text, nullable=False, unique=True),  # SHA-256 of the token, hex
    # Of an invitation: where to, as what, and by whom.
    Column("workspace_id", Text, ForeignKey("workspaces.id", ondelete="CASCADE")),
    Column("email", Text),
    Column("role", Text),
    Column("invited_by", Text, ForeignKey("people.id", ondelete="CASCADE")),
    # Of a reset: whose password.
    Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE")),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "workspace_id"),
    Index(None, "person_id"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person_id", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, primary_key=True),  # SHA-256, hex; gone when it is used
)

sign_in_attempts = Table(
    "sign_in_attempts",
    metadata,
    # Of the last quarter of an hour, those that have not (yet) led to a session.
    Column("id", _COUNTED, primary_key=True),
    Column("account", Text, nullable=False),  # SHA-256 of what was given as e-mail address, hex
    Column("address", Text, nullable=False),  # an IPv4 address or an IPv6 /64
    Column("at", BigInteger, nullable=False),
    Index(None, "account", "at"),
    Index(None, "address", "at"),
    Index(None, "at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    # Who did what; triggers refuse to change or delete a row. Without foreign keys: it outlives
    # whatever it tells of. A null workspace: what concerns the whole installation.
    Column("seq", _COUNTED, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("workspace_id", Text),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),  # api_key.created
    Column("actor_kind", Text, nullable=False),  # key | person | cli | server
    Column("actor_id", Text),
    Column("target_id", Text),
    Column("target_name", Text),  # as it was called then
    Column("detail", JSON),  # no secret, no words of a message
    Column("address", Text),
    Column("request_id", Text),
    Index(None, "workspace_id", "at"),
    sqlite_autoincrement=True,
)
