/** A visitor's conversation: what was asked, what is being answered, what went wrong. */
import {
  APIConnectionError,
  APIError,
  AuthenticationError,
  type Cevvo,
  type ChatStream,
  type Citation,
  type CitedSource,
  type Message,
  NotFoundError,
  PermissionDeniedError,
  type Rating,
  RateLimitError,
  StreamError,
} from '@cevvo/sdk';
import type { Memory } from './memory.ts';
import type { Texts } from './look.ts';

export interface Turn {
  question: string;
  text: string;
  state: 'writing' | 'done' | 'stopped' | 'failed';
  sources: CitedSource[];
  citations: Citation[];
  messageId: string | null;
  /** The sources did not say, or the owner wants a person here. */
  needsPerson: boolean;
  rating: Rating | null;
  problem: Problem | null;
}

export interface Problem {
  text: keyof Texts;
  seconds: number;
}

const RENEW = 12 * 3_600_000; // milliseconds before its end that a token is renewed

export function newTurn(question: string): Turn {
  return {
    question,
    text: '',
    state: 'writing',
    sources: [],
    citations: [],
    messageId: null,
    needsPerson: false,
    rating: null,
    problem: null,
  };
}

/** Tells `changed` of everything that is to be drawn. */
export class Thread {
  turns: Turn[] = [];
  passedOn = false;
  #client: Cevvo;
  #memory: Memory;
  #given: () => string | null;
  #changed: () => void;
  #stream: ChatStream | null = null;
  /** The last rating on its way. */
  #rated: Promise<unknown> = Promise.resolve();
  /** A token of the website's that does not hold any more. */
  #refused: string | null = null;

  /** `given`: a token that the website's backend has made for its user. */
  constructor(
    client: Cevvo,
    memory: Memory,
    given: () => string | null,
    changed: () => void,
  ) {
    this.#client = client;
    this.#memory = memory;
    this.#given = given;
    this.#changed = changed;
  }

  get writing(): boolean {
    return this.turns.at(-1)?.state === 'writing';
  }

  /** Whether the website has told who the visitor is. */
  get known(): boolean {
    return this.#named() !== null;
  }

  /** Loads the thread that this browser remembers; whatever is wrong with it, a new one begins. */
  async restore(): Promise<void> {
    const { thread } = this.#memory.get();
    if (!thread || this.turns.length > 0) return;
    try {
      const { messages } = await this.#client.conversations.get(thread, await this.#asVisitor());
      if (this.turns.length > 0) return; // a question was quicker
      this.turns = turnsOf(messages);
      this.#changed();
    } catch (error) {
      if (isForeign(error)) this.#memory.set({ thread: undefined });
    }
  }

  async ask(question: string): Promise<void> {
    if (this.writing) return;
    const turn = newTurn(question);
    this.turns = [...this.turns, turn];
    this.#changed();
    try {
      await this.#answer(turn).catch((error) => {
        const { thread, token } = this.#memory.get();
        if (!isForeign(error) || !(thread || token || this.known)) throw error;
        if (error instanceof AuthenticationError) this.#refused = this.#named();
        this.#memory.set({ thread: undefined, token: undefined, expires: undefined });
        return this.#answer(turn); // as somebody new
      });
      if (this.#memory.get().draft === question) this.#memory.set({ draft: undefined });
    } catch (error) {
      if (turn.state === 'writing') {
        Object.assign(turn, { state: 'failed', problem: problemOf(error, turn.text !== '') });
        if (!this.#memory.get().draft) this.#memory.set({ draft: question }); // over a reload, too
      }
    }
    this.#stream = null;
    this.#changed();
  }

  /** The same question again, in place of the turn that failed. */
  again(turn: Turn): Promise<void> {
    this.turns = this.turns.filter((each) => each !== turn);
    return this.ask(turn.question);
  }

  stop(): void {
    const turn = this.turns.at(-1);
    if (turn?.state === 'writing') turn.state = 'stopped';
    this.#stream?.abort();
    this.#changed();
  }

  restart(): void {
    this.stop();
    this.turns = [];
    this.passedOn = false;
    this.#memory.set({ thread: undefined });
    this.#changed();
  }

  async rate(turn: Turn, rating: Rating, comment: string | null): Promise<boolean> {
    if (!turn.messageId) return false;
    const before = turn.rating;
    turn.rating = rating;
    this.#changed();
    try {
      const request = { message_id: turn.messageId, rating, comment };
      // One after the other: what is sent last is to stand, and it may have been written quickly.
      const sent = this.#rated.then(async () =>
        this.#client.feedback(request, await this.#asVisitor()),
      );
      this.#rated = sent.catch(() => undefined);
      await sent;
      return true;
    } catch {
      turn.rating = before;
      this.#changed();
      return false;
    }
  }

  /** Asks for a person; raises what the server or the network says. */
  async passOn(reason: string): Promise<void> {
    const { thread } = this.#memory.get();
    if (!thread) throw new Error('There is no conversation yet.');
    await this.#client.conversations.escalate(thread, reason, await this.#asVisitor());
    this.passedOn = true;
    this.#changed();
  }

  async #answer(turn: Turn): Promise<void> {
    const options = await this.#asVisitor();
    if (turn.state !== 'writing') return;
    const { thread } = this.#memory.get();
    const request = { message: turn.question, ...(thread ? { thread_id: thread } : {}) };
    const stream = this.#client.chat.stream(request, options);
    this.#stream = stream;
    const { id, thread_id } = await stream.opened();
    turn.messageId = id;
    if (thread_id) this.#memory.set({ thread: thread_id });
    for await (const event of stream) {
      if (event.type === 'text') turn.text += event.text;
      else {
        const { sources, citations = [], answered = true, handover, saved = true } = event;
        Object.assign(turn, { sources, citations, needsPerson: !answered || !!handover });
        if (!saved) {
          turn.messageId = null; // the server has no room: nothing of it is there afterwards
          if (!thread) this.#memory.set({ thread: undefined });
        }
      }
      this.#changed();
    }
    if (turn.state === 'writing') turn.state = 'done';
  }

  async #asVisitor() {
    return { headers: { 'X-Visitor-Token': this.#named() ?? (await this.#token()) } };
  }

  #named(): string | null {
    const given = this.#given();
    return given === this.#refused ? null : given;
  }

  /** The visitor's token: the one remembered, renewed in time, or one for somebody new. */
  async #token(): Promise<string> {
    const { token, expires = 0 } = this.#memory.get();
    if (token && expires - Date.now() > RENEW) return token;
    const options = token ? { headers: { 'X-Visitor-Token': token } } : {};
    try {
      const made = await this.#client.visitorTokens.create({}, options);
      this.#memory.set({ token: made.visitor_token, expires: Date.parse(made.expires_at) });
      return made.visitor_token;
    } catch (error) {
      if (token) return token; // it still holds
      throw error;
    }
  }
}

/** The thread or the token is not this visitor's, or not any more. */
function isForeign(error: unknown): boolean {
  return (
    error instanceof NotFoundError ||
    error instanceof AuthenticationError ||
    error instanceof PermissionDeniedError
  );
}

export function problemOf(error: unknown, begun: boolean): Problem {
  const code = error instanceof APIError || error instanceof StreamError ? error.code : null;
  if (code === 'budget_exceeded') return { text: 'used_up', seconds: 0 };
  if (error instanceof RateLimitError) {
    // Two at least: the words are of several, in each language.
    return { text: 'busy', seconds: Math.max(2, Math.ceil(error.retryAfter ?? 10)) };
  }
  if (begun || error instanceof StreamError) return { text: 'broken', seconds: 0 };
  if (error instanceof APIConnectionError) return { text: 'offline', seconds: 0 };
  return { text: 'failed', seconds: 0 };
}

/** The turns of a stored conversation; a question without an answer was interrupted. */
export function turnsOf(messages: Message[]): Turn[] {
  const found: Turn[] = [];
  for (const message of messages) {
    const turn = found.at(-1);
    if (message.role === 'user') {
      found.push({ ...newTurn(message.content), state: 'stopped' });
    } else if (turn) {
      Object.assign(turn, {
        text: message.content,
        state: message.status === 'interrupted' ? 'stopped' : 'done',
        sources: message.sources ?? [],
        citations: message.citations ?? [],
        messageId: message.id,
        needsPerson: message.answered === false || !!message.handover,
        rating: message.feedback?.rating ?? null,
      } satisfies Partial<Turn>);
    }
  }
  return found;
}
