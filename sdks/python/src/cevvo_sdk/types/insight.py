"""Analytics, use of language models, and the settings of answers."""

from typing import Literal, Required, TypedDict

from cevvo_sdk.types.gaps import GapStatus
from cevvo_sdk.types.model import Model

Period = Literal["24h", "7d", "30d", "90d"]
WidgetTheme = Literal["auto", "light", "dark"]
WidgetPosition = Literal["right", "left"]


class Trend(Model):
    """Against the window of the same length before; None when that one is empty.

    ``conversations`` is relative (0.12 is 12 % more), ``resolution_rate`` a difference (0.03 is
    three points more).
    """

    conversations: float | None
    resolution_rate: float | None


class Interval(Model):
    """Where the true rate lies in 95 of 100 cases."""

    low: float
    high: float


class Overview(Model):
    """The figures of a period. Rates are 0..1 and None where nothing was asked.

    ``resolution_rate`` and the stricter ``confirmed_rate`` are shares of
    ``resolution_conversations``; ``resolution_explained`` is where the rule is written down.
    Response times are from the question to the last word of its answer, in milliseconds;
    ``total_messages`` counts both roles.
    """

    total_conversations: int
    resolution_rate: float | None
    avg_response_time_ms: int | None
    total_messages: int
    period: Period
    trend: Trend
    p50_response_time_ms: int | None
    p95_response_time_ms: int | None
    avg_first_token_ms: int | None
    resolution_conversations: int
    resolution_interval: Interval | None
    confirmed_rate: float | None
    resolution_explained: str


class Bucket(Model):
    """The figures of one hour or day. Rates and times are None where there is nothing to count."""

    start: str
    conversations: int
    messages: int
    resolution_rate: float | None
    resolution_conversations: int
    confirmed_rate: float | None
    avg_response_time_ms: int | None


class TimeSeries(Model):
    """A period in hours or days of UTC, the oldest first and none left out."""

    period: Period
    unit: Literal["hour", "day"]
    data: list[Bucket]


class TopQuestion(Model):
    """Questions that mean the same, counted by conversation; ``resolved_rate`` is 0..1.

    ``conversations.list(question=id)`` lists those that asked it.
    """

    id: str
    question: str
    count: int
    resolved_rate: float


class TopQuestions(Model):
    """Most frequent first."""

    data: list[TopQuestion]


class NearestSource(Model):
    """A page that came near to answering a gap. ``score`` is 0..1, not calibrated."""

    title: str
    url: str | None
    score: float


class CoverageGap(Model):
    """A question that the sources do not answer. ``suggestion``: why what came nearest did not
    suffice."""

    id: str
    question: str
    count: int
    first_asked: str
    last_asked: str
    status: GapStatus
    nearest_sources: list[NearestSource]
    suggestion: str | None


class CoverageGaps(Model):
    """Most frequent first."""

    data: list[CoverageGap]


class UsageEntry(Model):
    """What one model took for one API key on one day of UTC.

    ``key_name`` is None where the key is gone; ``cost`` is in the currency of the operator's
    prices.
    """

    day: str
    key_id: str
    key_name: str | None
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


class RefusedRequests(Model):
    """How many requests of one API key were answered with 429 on one day of UTC.

    ``key_name`` is None where the key is gone.
    """

    day: str
    key_id: str
    key_name: str | None
    requests: int


class UsageReport(Model):
    """What language models took on the days that the period touches, the newest day first, and
    the requests that were refused on them."""

    period: Period
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    data: list[UsageEntry]
    refused: list[RefusedRequests]


class RefusedTopic(Model):
    """A topic that is not answered, and what is said instead; None: a sentence that ships."""

    topic: str
    reply: str | None


class RefusedTopicInput(TypedDict, total=False):
    """A topic that shall not be answered; ``reply`` may be left out."""

    topic: Required[str]
    reply: str | None


class HandoverRules(Model):
    """For which reasons a person takes over, and what is said then."""

    customer_request: bool
    missing_knowledge: bool
    policy: bool
    message: str | None


class HandoverUpdate(TypedDict, total=False):
    """What is left out stays; None puts the default back."""

    customer_request: bool | None
    missing_knowledge: bool | None
    policy: bool | None
    message: str | None


class AnswerSettings(Model):
    """How a workspace answers, when a person takes over, and what language models may take.

    ``synonyms``: groups of words or phrases that mean the same. ``max_wrong_rate``: the highest
    share of wrong answers that is acceptable, 0.01..0.5; None: as the server ships.
    ``tokens_per_day`` and ``cost_per_day``: a day is one of UTC; None: no bound.
    ``updated_at``: None: never changed.
    """

    instructions: str | None
    assistant_name: str | None
    refuse: list[RefusedTopic]
    handover: HandoverRules
    synonyms: list[list[str]]
    max_wrong_rate: float | None
    tokens_per_day: int | None
    cost_per_day: float | None
    updated_at: str | None


class Retention(Model):
    """How many days after their last message conversations are kept; None: until deleted."""

    conversation_days: int | None


class WidgetSettings(Model):
    """How a workspace appears to people outside: its widget, and its public ask page.

    ``color``: ``#rrggbb``. ``language``: ISO 639-1; None: that of the page, else of the browser.
    ``texts``: your own words, by language and name. ``contact_email``: where visitors can write
    when the sources do not say; ``contact_form``: whether they can leave a message then.
    ``ask_page``: the last part of the page's address; None: there is none.
    """

    color: str
    theme: WidgetTheme
    position: WidgetPosition
    language: str | None
    texts: dict[str, dict[str, str]]
    suggestions: list[str]
    contact_email: str | None
    contact_form: bool
    ask_page: str | None
    ask_page_indexed: bool
    updated_at: str | None


class ShownWidget(Model):
    """What a widget shows, in one language, with all its texts."""

    color: str
    theme: WidgetTheme
    position: WidgetPosition
    language: str
    direction: Literal["ltr", "rtl"]
    texts: dict[str, str]
    suggestions: list[str]
    contact_email: str | None
    contact_form: bool


class PageMeta(Model):
    """Where a page is in its list; ``page`` counts from 1.

    ``searched``: of conversations with words, so many were read for them where not all could be.
    """

    page: int
    per_page: int
    total: int
    searched: int | None
