/** What goes over the wire. Field names are the API's; what is not set is null. */

export type Period = '24h' | '7d' | '30d' | '90d';

/** A page or file that the answer cites. `score` is its calibrated relevance, 0..1. */
export interface CitedSource {
  title: string;
  url: string | null;
  score: number;
}

/**
 * A verbatim quotation that supports the answer.
 * `source` is the 1-based number of the cited source, the one that `[n]` in the answer names;
 * `start` and `end` are character positions in the stored document; `url` opens the very place.
 */
export interface Citation {
  source: number;
  document_id: string;
  quote: string;
  start: number;
  end: number;
  url: string | null;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
}

export interface SearchFilters {
  /** The documents' language, an ISO 639-1 code such as `de`. */
  language?: string;
  /** Names and values that were sent with the documents. */
  metadata?: Record<string, string>;
}

export interface ChatRequest {
  /** 1..8000 characters. */
  message: string;
  /** Continues this conversation; without it a new one begins. */
  thread_id?: string | null;
  /** `auto` (default) or any model that the server lists. */
  model?: string;
  /** Search only these sources. */
  source_ids?: string[];
  /** Search only documents that are so; all conditions must hold. */
  filters?: SearchFilters;
  user_id?: string;
  metadata?: Record<string, unknown>;
  /** `retrieved` adds all passages that were found, cited or not. */
  include?: 'retrieved'[];
  /** A test counts in no figure of the analytics. */
  test?: boolean;
}

/** Why a person should take over. `policy`: the owner does not want the topic answered. */
export interface Handover {
  reason: 'customer_request' | 'missing_knowledge' | 'policy';
}

/** A passage that was found for a question; `score` is how well it fits, 0..1, not calibrated. */
export interface RetrievedPassage {
  title: string;
  url: string | null;
  score: number;
  quote: string;
}

export interface ChatResponse {
  id: string;
  /** Markdown text; marks such as `[1]` index `sources` from 1. */
  answer: string;
  thread_id: string;
  sources: CitedSource[];
  model: string;
  usage: Usage;
  /** False when the knowledge base does not say; then `sources` is empty. */
  answered: boolean;
  /** Calibrated probability, 0..1, that the answer is right. */
  confidence: number;
  /** True when a configured model was not available and a lesser one stood in. */
  degraded: boolean;
  citations: Citation[];
  /** Null where nobody has to take over. */
  handover: Handover | null;
  /** True for an earlier answer to the same question, given again. */
  cached: boolean;
  /** With `include: ['retrieved']` only. */
  retrieved?: RetrievedPassage[] | null;
  /** False when the server's disk is full: then the answer is in no conversation. */
  saved: boolean;
}

export interface TextEvent {
  type: 'text';
  text: string;
}

/** Closes a stream: everything about the answer but its text. */
export interface SourcesEvent extends Partial<Omit<ChatResponse, 'answer' | 'sources'>> {
  type: 'sources';
  sources: CitedSource[];
}

export type ChatStreamEvent = TextEvent | SourcesEvent;

export type Rating = 'positive' | 'negative';

export interface FeedbackRequest {
  message_id: string;
  rating: Rating;
  comment?: string | null;
}

export interface Feedback {
  message_id: string;
  rating: Rating;
  comment: string | null;
}

export interface Conversation {
  id: string;
  title: string;
  /** Messages of both roles. */
  message_count: number;
  created_at: string;
  updated_at: string;
  /** Every question in it was sent as a test, so it counts in no figure. */
  test?: boolean;
}

export interface Message {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  created_at: string;
  /** The following are set on messages of the assistant. */
  sources?: CitedSource[];
  model?: string | null;
  answered?: boolean | null;
  confidence?: number | null;
  degraded?: boolean | null;
  /** `interrupted`: the client left before the answer was whole. */
  status?: 'complete' | 'interrupted';
  citations?: Citation[];
  handover?: Handover | null;
  cached?: boolean | null;
  feedback?: Pick<Feedback, 'rating' | 'comment'> | null;
}

export interface ConversationDetail {
  id: string;
  title: string;
  message_count?: number;
  messages: Message[];
  created_at: string;
  updated_at?: string;
  test?: boolean;
  /** The last request for a person; null: none was asked for. */
  escalation?: Escalation | null;
}

/** They are gone; `count`: how many there were. */
export interface DeletedConversations {
  deleted: true;
  count: number;
}

/** A request for a person. */
export interface Escalation {
  thread_id: string;
  escalated: true;
  reason: string;
  escalated_at: string;
}

export type SourceType = 'website' | 'file' | 'text';
export type SourceStatus = 'pending' | 'syncing' | 'synced' | 'failed' | 'paused';

export interface Source {
  id: string;
  name: string;
  type: SourceType;
  url: string | null;
  status: SourceStatus;
  /** Units with a citation anchor of their own: web pages, PDF pages, top-level sections. */
  document_count: number;
  auto_sync: boolean;
  sync_interval_hours: number;
  crawl: CrawlSettings | null;
  last_synced_at: string | null;
  /** When it is crawled again by itself; null without `auto_sync`. */
  next_sync_at: string | null;
  created_at: string;
  updated_at: string;
  /** Why the source failed and has nothing to serve. */
  error: string | null;
  /** Why the last sync failed, while the content from before keeps being served. */
  sync_error: string | null;
  /** 0..1 of the running job; null when none runs. */
  progress: number | null;
  /** The job that runs or waits, else the last one. */
  job_id: string | null;
}

/** What a crawl takes and how far it goes; what is left out follows the server's limits. */
export interface CrawlSettings {
  /**
   * Only pages that match one of these: a path such as `/guide` (that page and all below it), a
   * pattern with `*`, or a whole address.
   */
  include?: string[] | null;
  /** Pages that match one of these are left out, whatever includes them. */
  exclude?: string[] | null;
  max_pages?: number | null;
  max_depth?: number | null;
  /** What is read of each page; without it the main part is found. */
  css_selector?: string | null;
  /** Read pages after their JavaScript has run; not every server can. */
  render_js?: boolean | null;
}

export interface PreviewRequest {
  url: string;
  crawl?: CrawlSettings;
  /** Pages to look at, 1..50 (10). */
  max_pages?: number;
}

/** What a crawl would make of a page. */
export interface PreviewPage {
  url: string;
  taken: boolean;
  /** Why it would not be taken. */
  reason: string | null;
  http_status: number | null;
  depth: number;
  title: string | null;
  language: string | null;
  characters: number | null;
  /** How its text begins. */
  excerpt: string | null;
  elapsed_ms: number;
}

/** The first pages of a crawl; nothing of it is stored. */
export interface Preview {
  pages: PreviewPage[];
  /** Addresses found so far. */
  discovered: number;
  /** Whether these are all pages of the site. */
  complete: boolean;
  /** Why the site cannot be crawled. */
  error: { code: string; message: string } | null;
}

export interface SourceCreate {
  name: string;
  type: SourceType;
  /** Required for a website: where the crawl starts. */
  url?: string;
  /** A text source may bring its text along. */
  content?: string;
  auto_sync?: boolean;
  sync_interval_hours?: number;
  crawl?: CrawlSettings;
}

export interface SourceUpdate {
  name?: string;
  auto_sync?: boolean;
  sync_interval_hours?: number;
  crawl?: CrawlSettings;
}

/** A document as it is stored and searched. */
export interface SourceDocument {
  id: string;
  source_id: string;
  title: string;
  url: string | null;
  /** All addresses at which crawls found this text. */
  urls: string[];
  media_type: string;
  /** ISO 639-1, where the document says it. */
  language: string | null;
  /** What it adds to the source's `document_count`. */
  unit_count: number;
  created_at: string;
  updated_at: string;
  /** What was said of it when it was sent. */
  metadata: Record<string, string>;
}

/** A stretch of a document that is found as one: characters `start` to `end` of its text. */
export interface Chunk {
  ordinal: number;
  start: number;
  end: number;
  heading_path: string[];
  anchor: string | null;
  /** Page of a PDF, from 1. */
  page: number | null;
}

/** A document with its text as it was read, and the chunks that search works on. */
export interface SourceDocumentDetail extends SourceDocument {
  text: string;
  chunks: Chunk[];
}

/** A question whose answer, `message_id`, cites a source. */
export interface CitingQuestion {
  question: string;
  thread_id: string;
  message_id: string;
  asked_at: string;
}

export interface Deleted {
  deleted: true;
}

export type JobStatus = 'processing' | 'completed' | 'failed' | 'cancelled';

/** The answer to an upload or URL: where to follow the work. */
export interface JobAccepted {
  job_id: string;
  status: JobStatus;
  source_id: string;
  file_name?: string;
  url?: string;
  title?: string;
}

export type JobKind = 'upload' | 'url' | 'text' | 'crawl';

/** `missing`: not found this time, its document is kept until the next. */
export type Verdict =
  | 'added'
  | 'changed'
  | 'unchanged'
  | 'duplicate'
  | 'refused'
  | 'failed'
  | 'missing'
  | 'removed';

/** What became of one page of a crawl. */
export interface JobPage {
  url: string;
  /** Links between the start page and this one. */
  depth: number;
  verdict: Verdict;
  /** Why it was not taken in, or not asked for. */
  reason: string | null;
  /** Of a duplicate: the page that has the same text. */
  same_as: string | null;
  http_status: number | null;
  /** Length of the text, where it is new. */
  characters: number | null;
  /** Length of the response, unpacked. */
  bytes: number | null;
  /** Of title, text and the places in it that answers link to. */
  content_hash: string | null;
  elapsed_ms: number | null;
  visited_at: string | null;
  document_id: string | null;
}

/** What a crawl came to: pages by verdict, what it cost, and why pages were not taken in. */
export interface CrawlReport extends Record<Verdict, number> {
  requests: number;
  bytes: number;
  passages_embedded: number;
  passages_reused: number;
  reasons: { reason: string; count: number }[];
}

/** The unfinished jobs, in the first event of a stream; later those that changed. */
export interface JobsEvent {
  type: 'jobs';
  jobs: Job[];
}

export interface Job {
  job_id: string;
  status: JobStatus;
  documents_processed: number;
  started_at: string | null;
  /** When it ended, however it did. */
  completed_at: string | null;
  kind: JobKind;
  /** Waits for its turn, for the first time or again. */
  queued: boolean;
  source_id: string | null;
  /** The file's name, the text's title or the page's address; null of a crawl. */
  name: string | null;
  created_at: string;
  /** 0..1 */
  progress: number;
  documents_total: number | null;
  /** An estimate; null until it can be told. */
  seconds_left: number | null;
  /** Times it was begun since it last got any further; it fails after `max_attempts`. */
  attempts: number;
  max_attempts: number;
  /** When it is tried again; null unless it failed and waits for that. */
  next_attempt_at: string | null;
  warnings: string[];
  /** Why it failed or, until it is completed, why its last attempt failed. */
  error: { code: string; message: string } | null;
  /** Of a crawl that has ended. */
  report: CrawlReport | null;
  /** Of a crawl, at most 200, the ones not taken in first; in a list of jobs none. */
  pages: JobPage[];
}

export interface TextIngest {
  title: string;
  content: string;
  source_id?: string;
  url?: string;
  /** What `SearchFilters` can ask for. Without it a document keeps what it has; `{}` takes it away. */
  metadata?: Record<string, string>;
}

export interface UrlIngest {
  url: string;
  source_id?: string;
  /** As in `TextIngest`. */
  metadata?: Record<string, string>;
}

export interface Overview {
  total_conversations: number;
  /** 0..1; null when no question was asked. */
  resolution_rate: number | null;
  /** From the question to the last word of its answer, mean. */
  avg_response_time_ms: number | null;
  p50_response_time_ms: number | null;
  p95_response_time_ms: number | null;
  avg_first_token_ms: number | null;
  /** Conversations with a question: what the rates are shares of. */
  resolution_conversations: number;
  /** Where the true resolution rate lies in 95 of 100 cases; null when no question was asked. */
  resolution_interval: { low: number; high: number } | null;
  /** The share that a positive rating confirms: the stricter rate. */
  confirmed_rate: number | null;
  /** Where the rule is written down. */
  resolution_explained: string;
  total_messages: number;
  period: Period;
  /** Against the window of the same length before; null when that one is empty. */
  trend: {
    /** Relative: 0.12 is 12 % more. */
    conversations: number | null;
    /** Difference: 0.03 is three points more. */
    resolution_rate: number | null;
  };
}

/** The figures of one hour or day; rates and times are null where there is nothing to count. */
export interface Bucket {
  start: string;
  conversations: number;
  messages: number;
  resolution_rate: number | null;
  resolution_conversations: number;
  confirmed_rate: number | null;
  avg_response_time_ms: number | null;
}

/** A period in hours or days of UTC, the oldest first and none left out. */
export interface TimeSeries {
  period: Period;
  unit: 'hour' | 'day';
  data: Bucket[];
}

export interface TopQuestion {
  /** `conversations.list({ question: id })` lists those that asked it. */
  id: string;
  question: string;
  count: number;
  /** 0..1 */
  resolved_rate: number;
}

export interface CoverageGap {
  id: string;
  question: string;
  count: number;
  first_asked: string;
  last_asked: string;
  status: GapStatus;
  /** What came nearest to answering it, best first. */
  nearest_sources: NearestSource[];
  /** Why that did not suffice. */
  suggestion: string | null;
}

export type GapStatus = 'open' | 'closed' | 'dismissed';

/** A page that came near to answering a gap. `score` is 0..1, not calibrated. */
export interface NearestSource {
  title: string;
  url: string | null;
  score: number;
}

export interface NearestPassage extends NearestSource {
  document_id: string;
  source_id: string;
  quote: string;
}

/** A sentence of a document, as it stands there. */
export interface OutlinePoint {
  text: string;
  document_id: string;
  title: string;
  url: string | null;
}

/** The outline of a missing article: sentences of the documents, and questions. */
export interface Outline {
  title: string;
  questions: string[];
  sections: { heading: string; points: OutlinePoint[] }[];
  markdown: string;
}

/** What a question of a gap was answered. `answered`: grounded, cited and of help. */
export interface GapAnswer {
  answered: boolean;
  answer: string;
  confidence: number | null;
  model: string | null;
  citations: { document_id: string; title: string; url: string | null; quote: string }[];
}

/** A conversation in which it was asked in vain. */
export interface GapConversation {
  thread_id: string;
  message_id: string;
  question: string;
  asked_at: string;
  /** What was said there. */
  before: GapAnswer;
  /** What was said when it was asked again, after content had changed; null where it was not. */
  after: GapAnswer | null;
}

/** A gap with all that is known about it; `count` and the times are ever. */
export interface GapDetail {
  id: string;
  question: string;
  status: GapStatus;
  count: number;
  first_asked: string;
  last_asked: string;
  opened_at: string;
  closed_at: string | null;
  reopened: number;
  reason:
    | 'nothing_near'
    | 'name_unknown'
    | 'says_opposite'
    | 'near_miss'
    | 'too_weak'
    | 'too_unsure'
    | 'not_said'
    | 'disliked';
  explanation: string;
  nearest: NearestPassage[];
  outline: Outline | null;
  checked_at: string | null;
  answer_document: { source_id: string; title: string } | null;
  conversations: GapConversation[];
}

export interface GapAnswerCreate {
  /** The same title again in a source is a new version of the text. */
  title: string;
  /** Markdown or plain text. */
  content: string;
  /** A text or file source; "Written answers" unless told. */
  source_id?: string;
}

/** The text will be indexed; after that the gap's questions are asked again. */
export interface GapAnswerAccepted {
  job_id: string;
  status: 'processing';
  title: string;
  source_id: string;
}

/**
 * A passage that was considered, with its place in each ranking, from 1; null where that search did
 * not find it. `lexical` is BM25, `dense` a cosine, `fused` and `score` are 0..1.
 */
export interface Candidate {
  document_id: string;
  source_id: string;
  title: string;
  heading: string | null;
  url: string | null;
  start: number;
  end: number;
  lexical: number | null;
  lexical_rank: number | null;
  dense: number | null;
  dense_rank: number | null;
  fused: number;
  fused_rank: number;
  score: number;
  rank: number;
  /** Its place in what the answer was made from; null: it was left out. */
  evidence_rank: number | null;
  cited: boolean;
}

/** How an answer came about. */
export interface Trace {
  /** The question with its thread folded in and misspelt words put right. */
  searched_for: string;
  source_ids: string[] | null;
  language: string | null;
  metadata: Record<string, string>;
  requested_model: string;
  model: string;
  degraded: boolean;
  cached: boolean;
  /** Tells prompts apart without a word of them. */
  prompt_hash: string | null;
  candidates: Candidate[];
  signals: Record<string, number> | null;
  /** Probability that the passages answer the question, and what an answer took. */
  answerable: number | null;
  least_answerable: number;
  /** Probability that an answer from them is right, and what an answer took. */
  right: number | null;
  least_confidence: number;
  /** Milliseconds. */
  timings: {
    understand_ms: number | null;
    search_ms: number | null;
    answer_ms: number | null;
    total_ms: number;
  };
}

export interface MessageTrace {
  message_id: string;
  thread_id: string;
  question: string;
  standalone: string;
  trace: Trace;
}

/** An answer, given then or now. */
export interface Said {
  answered: boolean;
  answer: string;
  confidence: number | null;
  model: string | null;
  sources: CitedSource[];
  citations: Citation[];
}

/** What a question was answered then, and what it would be now. */
export interface MessageReplay {
  message_id: string;
  thread_id: string;
  question: string;
  /** Answered alike, from the same words of the same documents. */
  same: boolean;
  then: Said;
  now: Said;
  diff: { change: 'same' | 'added' | 'removed'; text: string }[];
  trace: Trace;
}

export type StaleVerdict = 'same' | 'different' | 'unanswered';

/** An answer that rests on words which are no longer there. */
export interface StaleAnswer {
  message_id: string;
  thread_id: string;
  question: string;
  asked_at: string;
  /** The conversation went on in the 24 hours before that was found. */
  open: boolean;
  found_at: string;
  documents: {
    document_id: string;
    title: string;
    url: string | null;
    change: 'changed' | 'removed';
    quotes: string[];
  }[];
  /** Of the same question asked now; null until it has been. */
  verdict: StaleVerdict | null;
  then: GapAnswer;
  now: GapAnswer | null;
}

/** What one document says. `value`: a number, `not` or nothing, where they differ. */
export interface ConflictSide {
  document_id: string;
  source_id: string;
  title: string;
  url: string | null;
  quote: string;
  value: string;
}

/** Two sentences of different documents, both there now, that say otherwise of the same. */
export interface Conflict {
  id: string;
  /** What brought both up; null once that conversation is deleted. */
  question: string | null;
  kind: 'number' | 'negation';
  one: ConflictSide;
  other: ConflictSide;
  found_at: string;
}

/** How a workspace answers, when a person takes over, and what language models may take. */
export interface AnswerSettings {
  /** For the language model: tone, form, what to stress. */
  instructions: string | null;
  assistant_name: string | null;
  refuse: RefusedTopic[];
  handover: HandoverRules;
  /** Groups of words or phrases that mean the same. */
  synonyms: string[][];
  /** The highest share of wrong answers that is acceptable, 0.01..0.5; null: as the server ships. */
  max_wrong_rate: number | null;
  /** A day is one of UTC; null: no bound. */
  tokens_per_day: number | null;
  /** In the currency of the operator's prices; null: no bound. */
  cost_per_day: number | null;
  /** Null: never changed. */
  updated_at: string | null;
}

/** A topic that is not answered, and what is said instead; null: a sentence that ships. */
export interface RefusedTopic {
  topic: string;
  reply: string | null;
}

/** For which reasons a person takes over, and what is said then; null: a sentence that ships. */
export interface HandoverRules extends Record<Handover['reason'], boolean> {
  message: string | null;
}

/** How many days after their last message conversations are kept; null: until deleted. */
export interface Retention {
  conversation_days: number | null;
}

/** What is left out stays; null puts the default back. */
export type AnswerSettingsUpdate = {
  [Name in keyof Omit<AnswerSettings, 'updated_at' | 'handover' | 'refuse'>]?:
    | AnswerSettings[Name]
    | null;
} & {
  refuse?: (Pick<RefusedTopic, 'topic'> & Partial<RefusedTopic>)[] | null;
  handover?: { [Name in keyof HandoverRules]?: HandoverRules[Name] | null } | null;
};

/** How a workspace appears to people outside: its widget, and its public ask page. */
export interface WidgetSettings {
  /** `#rrggbb` */
  color: string;
  theme: 'auto' | 'light' | 'dark';
  /** The lower corner that the button is in. */
  position: 'right' | 'left';
  /** ISO 639-1; null: that of the page, else of the browser. */
  language: string | null;
  /** Your own words, by language and name. */
  texts: Record<string, Record<string, string>>;
  /** Questions to begin with. */
  suggestions: string[];
  /** Where visitors can write when the sources do not say. */
  contact_email: string | null;
  /** Whether they can leave a message in the conversation then. */
  contact_form: boolean;
  /** The last part of the address of the page to ask on; null: there is none. */
  ask_page: string | null;
  /** Whether search engines may list that page. */
  ask_page_indexed: boolean;
  /** Null: never changed. */
  updated_at: string | null;
}

/** What is left out stays; null puts the default back. */
export type WidgetSettingsUpdate = {
  [Name in keyof Omit<WidgetSettings, 'updated_at'>]?: WidgetSettings[Name] | null;
};

/** What a widget shows, in one language, with all its texts. */
export interface ShownWidget
  extends Pick<
    WidgetSettings,
    'color' | 'theme' | 'position' | 'suggestions' | 'contact_email' | 'contact_form'
  > {
  language: string;
  direction: 'ltr' | 'rtl';
  texts: Record<string, string>;
}

/** What one model took for one API key on one day of UTC. */
export interface UsageEntry {
  /** `2026-03-14` */
  day: string;
  key_id: string;
  /** Null: the key is gone. */
  key_name: string | null;
  model: string;
  /** Answers that are finished. */
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** In the currency of the operator's prices; 0 for a model without a price. */
  cost: number;
}

/** How many requests of one API key were answered with 429 on one day of UTC. */
export interface RefusedRequests {
  /** `2026-03-14` */
  day: string;
  key_id: string;
  /** Null: the key is gone. */
  key_name: string | null;
  requests: number;
}

/** What language models took on the days that the period touches, the newest day first. */
export interface UsageReport {
  period: Period;
  requests: number;
  prompt_tokens: number;
  completion_tokens: number;
  cost: number;
  data: UsageEntry[];
  /** Requests answered with 429, by day and key. */
  refused: RefusedRequests[];
}

export type ApiKeyKind = 'secret' | 'publishable';
export type ApiKeyStatus = 'active' | 'expired' | 'revoked';
export type Scope = 'chat' | 'read' | 'ingest' | 'admin';

/** A key, without what is secret of it: `prefix` and `last_four` are how it begins and ends. */
export interface ApiKey {
  id: string;
  name: string;
  kind: ApiKeyKind;
  status: ApiKeyStatus;
  prefix: string;
  last_four: string;
  scopes: Scope[];
  /** Null for a secret key. */
  allowed_origins: string[] | null;
  /** Requests a minute; null: the server's default. */
  rate_limit: number | null;
  /** A day is one of UTC; null: no bound. */
  tokens_per_day: number | null;
  messages_per_day: number | null;
  created_at: string;
  /** Null: never. */
  expires_at: string | null;
  revoked_at: string | null;
  /** True to a minute; null: never used. */
  last_used_at: string | null;
  /** The key that was made in its place. */
  replaced_by: string | null;
}

export interface NewApiKey extends ApiKey {
  /** Keep it now: it cannot be read again. */
  key: string;
}

export interface ApiKeyCreate {
  /** What it is for, 1..100 characters. */
  name: string;
  /** `secret` (default) for servers, `publishable` for web pages. */
  kind?: ApiKeyKind;
  /** What it may do; everything unless told; a publishable key: `chat`. */
  scopes?: Scope[] | null;
  /** RFC 3339; never unless told. */
  expires_at?: string | null;
  /** Requests a minute. */
  rate_limit?: number | null;
  /** What language models may take for it in a day of UTC. */
  tokens_per_day?: number | null;
  /** Of a publishable key; 2000 unless told. */
  messages_per_day?: number | null;
  /** Of a publishable key: the websites that may use it. */
  allowed_origins?: string[] | null;
}

export interface ApiKeyRotate {
  /** How long the old key holds beside the new one, 0..720 (24). */
  overlap_hours?: number;
}

export interface VisitorTokenRequest {
  /** Your own id of the person: with a secret key only, and then required. */
  user_id?: string | null;
}

/** Sent as `X-Visitor-Token`, with a publishable key. */
export interface VisitorToken {
  visitor_token: string;
  visitor_id: string;
  user_id: string | null;
  expires_at: string;
}

/** Who did something. `id`: of the key or person; of a command, its user on the server. */
export interface Actor {
  kind: 'key' | 'person' | 'cli' | 'server';
  id: string | null;
  name: string | null;
}

/** Something that was done. */
export interface AuditEntry {
  id: string;
  at: string;
  /** Such as `api_key.revoked`. */
  action: string;
  actor: Actor;
  target_id: string | null;
  /** What it was called then. */
  target_name: string | null;
  detail: Record<string, unknown> | null;
  /** Where the request came from; null for a command. */
  address: string | null;
  /** Of the request by which it was done. */
  request_id: string | null;
}

export type WebhookEventType =
  | 'source.failed'
  | 'conversation.escalated'
  | 'feedback.negative'
  | 'answer.invalidated'
  | 'gap.opened'
  | 'gap.closed';
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** Where events are sent, and which. */
export interface Webhook {
  id: string;
  url: string;
  events: WebhookEventType[];
  /** With what people wrote. */
  include_text: boolean;
  /** While it is paused, events wait. */
  status: 'active' | 'paused';
  paused_at: string | null;
  /** Why the server paused it; null where somebody did. */
  pause_reason: string | null;
  /** The first failure after the last success. */
  failing_since: string | null;
  /** Until then the secret before the last rotation signs, too. */
  previous_secret_expires_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface NewWebhook extends Webhook {
  /** Keep it now: it cannot be read again. */
  secret: string;
}

export interface WebhookCreate {
  /** Where events are sent, by POST. */
  url: string;
  events: WebhookEventType[];
  /** With what people wrote (false). */
  include_text?: boolean;
}

/** What is left out stays as it is. */
export interface WebhookUpdate {
  url?: string;
  events?: WebhookEventType[];
  include_text?: boolean;
  /** True: events wait, for 30 days at most. False: what waited is sent. */
  paused?: boolean;
}

export interface WebhookRotate {
  /** How long the old secret signs beside the new one, 0..720 (24). */
  overlap_hours?: number;
}

/** An event on its way to one webhook, and what came of its last attempt. */
export interface WebhookDelivery {
  id: string;
  /** The header `webhook-id`: the same for all webhooks and attempts. */
  event_id: string;
  type: string;
  /** `failed`: given up. */
  status: DeliveryStatus;
  attempts: number;
  /** Null unless pending. */
  next_attempt_at: string | null;
  attempted_at: string | null;
  status_code: number | null;
  latency_ms: number | null;
  error: string | null;
  /** What is sent. */
  payload: Record<string, unknown>;
  created_at: string;
}

export interface PageMeta {
  page: number;
  per_page: number;
  total: number;
  /** Of conversations with words: so many were read for them, where not all could be. */
  searched?: number | null;
}
