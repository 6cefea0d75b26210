"""The services of the product, put together: the only place that chooses implementations."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from cevvo.domain.time import Clock
from cevvo.engine.answering.extractive.answerer import ExtractiveAnswerer
from cevvo.engine.answering.generative.answerer import GenerativeAnswerer
from cevvo.engine.answering.ladder import Ladder
from cevvo.engine.answering.thread.condensing import Condenser
from cevvo.engine.crawling.crawler import Crawler
from cevvo.engine.indexing.pipeline import IndexingPipeline
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import StartError
from cevvo.features.analytics.service import AnalyticsService
from cevvo.features.api_keys.service import ApiKeysService
from cevvo.features.audit_log.service import AuditLogService
from cevvo.features.chat.replaying import MessagesService
from cevvo.features.chat.service import ChatService
from cevvo.features.conflicts.service import ConflictsService
from cevvo.features.conversations.retention import RetentionService
from cevvo.features.conversations.service import ConversationsService
from cevvo.features.feedback.service import FeedbackService
from cevvo.features.gaps import replays
from cevvo.features.gaps.replays import Replays
from cevvo.features.gaps.service import GapsService
from cevvo.features.ingestion.feed import JobFeed
from cevvo.features.ingestion.service import IngestionService
from cevvo.features.ingestion.tasks import IngestionTasks
from cevvo.features.openai.service import OpenAiService
from cevvo.features.people.service import PeopleService
from cevvo.features.settings.service import SettingsService
from cevvo.features.sign_in.account import AccountService
from cevvo.features.sign_in.resets import PasswordResets
from cevvo.features.sign_in.service import SignInService
from cevvo.features.sources.plans import CrawlOptionsCheck
from cevvo.features.sources.preview import PreviewService
from cevvo.features.sources.service import SourcesService, follow_job
from cevvo.features.stale_answers import tasks as rechecks
from cevvo.features.stale_answers.service import StaleAnswersService
from cevvo.features.stale_answers.tasks import StaleAnswerTasks
from cevvo.features.transfers.importing import Installation
from cevvo.features.usage.budgets import Budgets
from cevvo.features.usage.service import UsageService
from cevvo.features.webhooks.delivering import Sender
from cevvo.features.webhooks.service import WebhooksService
from cevvo.features.webhooks.tasks import WebhookTasks
from cevvo.features.widget.service import WidgetService
from cevvo.features.workspaces.service import WorkspacesService
from cevvo.foundation.access.passwords import Passwords
from cevvo.foundation.access.visitors import VisitorTokens
from cevvo.foundation.db.database import Database
from cevvo.foundation.db.opening import open_database
from cevvo.foundation.http.response_headers import API_PREFIX
from cevvo.foundation.jobs.changes import Changes
from cevvo.foundation.jobs.job import Job
from cevvo.foundation.jobs.worker import Worker
from cevvo.foundation.secrets import Secrets
from cevvo.providers.blobs.files import BlobStore
from cevvo.providers.embedding.base import Embedder
from cevvo.providers.embedding.minilm import MiniLmEmbedder
from cevvo.providers.fetching.addresses import AddressRules
from cevvo.providers.fetching.chromium import ChromiumFetcher, rendering_available
from cevvo.providers.fetching.http import HttpFetcher
from cevvo.providers.fetching.posting import HttpPoster
from cevvo.providers.identity.base import IdentityProvider
from cevvo.providers.llm.configured import configured_models
from cevvo.providers.mail.smtp import configured_sender
from cevvo.providers.parsing.sandbox import SandboxedParser
from cevvo.providers.reading.configured import configured_reader
from cevvo.providers.search.base import SearchIndex
from cevvo.providers.search.beside import VectorsBeside
from cevvo.providers.search.configured import search_index
from cevvo.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """What the product can do, put together: behind the API, and for commands on this machine."""

    workspaces: WorkspacesService
    api_keys: ApiKeysService
    sources: SourcesService
    previews: PreviewService
    ingestion: IngestionService
    job_feed: JobFeed
    chat: ChatService
    messages: MessagesService
    conversations: ConversationsService
    retention: RetentionService
    feedback: FeedbackService
    analytics: AnalyticsService
    gaps: GapsService
    stale_answers: StaleAnswersService
    conflicts: ConflictsService
    settings: SettingsService
    usage: UsageService
    openai: OpenAiService
    audit_log: AuditLogService
    people: PeopleService
    sign_in: SignInService
    account: AccountService
    resets: PasswordResets
    webhooks: WebhooksService
    widget: WidgetService


@dataclass(frozen=True, slots=True)
class Readers:
    """What fetches, reads and finds text."""

    rules: AddressRules
    embedder: MiniLmEmbedder
    index: SearchIndex
    blobs: BlobStore
    parser: SandboxedParser
    fetcher: HttpFetcher
    pipeline: IndexingPipeline
    crawler: Crawler
    options: CrawlOptionsCheck


@dataclass(frozen=True, slots=True)
class Answerers:
    """What answers, and whom it asks."""

    settings: SettingsService
    retriever: Retriever
    ladder: Ladder
    chat: ChatService


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What asks again when content has changed."""

    gaps: Replays
    stale_answers: StaleAnswerTasks


@dataclass(frozen=True, slots=True)
class Doors:
    """How people and visitors come in."""

    passwords: Passwords
    secrets: Secrets
    sign_in: SignInService
    visitors: VisitorTokens
    identity_provider: IdentityProvider | None


@dataclass(frozen=True, slots=True)
class Outbox:
    """What sends events to webhooks, and when."""

    sender: Sender
    tasks: WebhookTasks


def open_readers(settings: Settings, db: Database, closing: AsyncExitStack) -> Readers:
    rules = AddressRules(settings.allow_private_networks)
    embedder = MiniLmEmbedder(settings.embedding_threads, settings.embedding_model)
    require_vectors(db, embedder)
    parser = SandboxedParser()
    fetcher = HttpFetcher(rules)
    pipeline = IndexingPipeline(parser, embedder)
    renderer = ChromiumFetcher(fetcher, settings.chromium)
    closing.callback(pipeline.close)
    closing.push_async_callback(parser.close)
    closing.push_async_callback(fetcher.close)
    closing.push_async_callback(renderer.close)
    return Readers(
        rules=rules,
        embedder=embedder,
        index=search_index(db, embedder.model_id, embedder.dimensions),
        blobs=BlobStore(settings.data_dir / "blobs"),
        parser=parser,
        fetcher=fetcher,
        pipeline=pipeline,
        crawler=Crawler(fetcher, parser, renderer),
        options=CrawlOptionsCheck(parser, partial(rendering_available, settings.chromium)),
    )


@contextmanager
def installation(settings: Settings, *, reembedding: bool = False) -> Iterator[Installation]:
    """A data directory for commands beside a server, which may be running.

    ``reembedding``: its vectors may be of another model than the one that is set. Raises StartError
    where they are and may not be.
    """
    with ExitStack() as closing:
        db = open_database(settings.data_dir, settings.given_database_url)
        closing.callback(db.close)
        embedder = MiniLmEmbedder(settings.embedding_threads, settings.embedding_model)
        pipeline = IndexingPipeline(SandboxedParser(), embedder)
        closing.callback(pipeline.close)
        if not reembedding:
            require_vectors(db, embedder)
        index = search_index(db, embedder.model_id, embedder.dimensions)
        yield Installation(db, BlobStore(settings.data_dir / "blobs"), index, pipeline)


def require_vectors(db: Database, embedder: Embedder) -> None:
    """Raises StartError where the passages have vectors of other models only: they would be found
    by their words alone."""
    if VectorsBeside(db, embedder.model_id).oldest_is_without():
        raise StartError(
            "The documents here were embedded by another model than the one that is set "
            f"({embedder.model_id}). Have this one's vectors made first: cevvo reembed. Or set "
            "CEVVO_EMBEDDING_MODEL as it was; unset, it is the model that ships."
        )


def open_outbox(
    db: Database, readers: Readers, doors: Doors, clock: Clock, closing: AsyncExitStack
) -> Outbox:
    poster = HttpPoster(readers.rules)
    closing.push_async_callback(poster.close)
    sender = Sender(poster, doors.secrets, clock)
    return Outbox(sender, WebhookTasks(db, sender, clock))


def open_worker(
    settings: Settings,
    db: Database,
    readers: Readers,
    outbox: Outbox,
    again: AskedAgain,
    clock: Clock,
) -> Worker:
    tasks = IngestionTasks(
        db,
        readers.index,
        readers.pipeline,
        readers.crawler,
        readers.fetcher,
        readers.blobs,
        clock=clock,
        max_crawl_pages=settings.max_crawl_pages,
        max_file_mb=settings.max_upload_mb,
    )
    return Worker(
        db,
        {
            **tasks.handlers,
            **outbox.tasks.handlers,
            **again.gaps.handlers,
            **again.stale_answers.handlers,
        },
        concurrency=settings.workers,
        workspace_limit=settings.workspace_workers,
        clock=clock,
        observe=_follow_job,
        sole=not db.is_shared,
    )


def _follow_job(connection: Connection, job: Job) -> None:
    """What else changes with a job's status."""
    follow_job(connection, job)
    replays.UPKEEP.follow_job(connection, job)
    rechecks.UPKEEP.follow_job(connection, job)


def open_answerers(
    settings: Settings, db: Database, readers: Readers, clock: Clock, closing: AsyncExitStack
) -> Answerers:
    embedder = readers.embedder
    models = configured_models(settings)
    for model in models:
        closing.push_async_callback(model.close)
    ladder = Ladder(
        [GenerativeAnswerer(model, embedder) for model in models],
        ExtractiveAnswerer(),
        wall_clock=clock,
    )
    prices = {price.model: (price.read, price.written) for price in settings.model_prices}
    answer_settings = SettingsService(db, clock, priced=bool(prices))
    retriever = Retriever(readers.index, embedder, configured_reader(settings))
    chat = ChatService(
        db,
        readers.index,
        retriever,
        embedder,
        ladder.answerers(),
        Condenser(models, ladder.is_resting, embedder.count_tokens),
        answer_settings,
        Budgets(db, clock, prices),
        clock,
    )
    closing.push_async_callback(chat.close)
    return Answerers(answer_settings, retriever, ladder, chat)


def ask_again(db: Database, answerers: Answerers, clock: Clock) -> AskedAgain:
    return AskedAgain(
        Replays(db, answerers.chat, clock), StaleAnswerTasks(db, answerers.chat, clock)
    )


def open_doors(settings: Settings, db: Database, clock: Clock, closing: AsyncExitStack) -> Doors:
    passwords, secrets = Passwords(), Secrets.of(settings.data_dir, settings.given_secret_key)
    closing.callback(passwords.close)
    identity_provider = _identity_provider(settings)
    if identity_provider is not None:
        closing.push_async_callback(identity_provider.close)
    sign_in = SignInService(db, passwords, secrets, clock)
    visitors = VisitorTokens(db, secrets, clock)
    return Doors(passwords, secrets, sign_in, visitors, identity_provider)


def put_together(
    settings: Settings,
    db: Database,
    readers: Readers,
    worker: Worker,
    answerers: Answerers,
    again: AskedAgain,
    doors: Doors,
    outbox: Outbox,
    clock: Clock,
) -> Services:
    mail = configured_sender(settings)
    ingestion = IngestionService(
        db,
        readers.blobs,
        readers.rules,
        clock=clock,
        notify=worker.notify,
        recheck=worker.recheck,
        max_upload_mb=settings.max_upload_mb,
    )
    return Services(
        workspaces=WorkspacesService(db, clock, index=readers.index, recheck=worker.recheck),
        api_keys=ApiKeysService(db, clock),
        sources=SourcesService(
            db,
            readers.index,
            readers.blobs,
            readers.rules,
            readers.options,
            clock=clock,
            notify=worker.notify,
            recheck=worker.recheck,
        ),
        previews=PreviewService(readers.crawler, readers.rules, readers.options),
        ingestion=ingestion,
        job_feed=JobFeed(db, Changes(db), clock),
        chat=answerers.chat,
        messages=MessagesService(db, answerers.chat),
        conversations=ConversationsService(db, clock),
        retention=RetentionService(db, clock),
        feedback=FeedbackService(db, clock),
        analytics=AnalyticsService(db, clock),
        gaps=GapsService(db, again.gaps, ingestion, clock, worker.notify),
        stale_answers=StaleAnswersService(db, clock, worker.notify),
        conflicts=ConflictsService(db),
        settings=answerers.settings,
        usage=UsageService(db, clock),
        openai=OpenAiService(answerers.ladder.answerers(), readers.embedder, clock),
        audit_log=AuditLogService(db, clock),
        people=PeopleService(db, mail, clock),
        sign_in=doors.sign_in,
        account=AccountService(db, doors.sign_in, doors.passwords, doors.secrets, clock),
        resets=PasswordResets(db, doors.passwords, mail, settings.public_url, clock),
        webhooks=WebhooksService(db, doors.secrets, readers.rules, outbox.sender, clock),
        widget=WidgetService(db, clock),
    )


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    # A hundred and sixty modules, which a server without an identity provider does not need.
    from cevvo.providers.identity.oidc import OidcProvider

    secret = settings.oidc_client_secret
    return OidcProvider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        f"{settings.public_url}{API_PREFIX}/session/oidc/callback",
        allowed=settings.allow_private_networks,
    )
