import type { ChatResponse, ChatStreamEvent, SourcesEvent } from '../types.ts';
import { type Name, remember } from './answers.ts';
import { StreamError } from './errors.ts';
import { BROKEN, eventData, parseEvent } from './events.ts';
import { either } from './signals.ts';

/** Opens the request; the signal ends it at any time. */
type Open = (signal: AbortSignal) => Promise<Response>;

/**
 * An answer as it is written. Read it once, in one of three ways: the events by `for await`, the
 * text alone through `textStream`, or all of it at once with `final()`, which may also be awaited
 * beside or after the other two. Or pass it on with `toReadableStream()`.
 *
 * Reading throws APIError and APIConnectionError as any call does, and StreamError when the stream
 * reports an error, breaks off, or stays silent for `idle` milliseconds.
 */
export class ChatStream implements AsyncIterable<ChatStreamEvent> {
  #controller = new AbortController();
  #signal: AbortSignal;
  #response: Promise<Response>;
  #request: Name;
  #idle: number;
  #started = false;
  #text = '';
  #finish!: (answer: ChatResponse) => void;
  #fail!: (reason: unknown) => void;
  #final = new Promise<ChatResponse>((resolve, reject) => {
    this.#finish = resolve;
    this.#fail = reject;
  });

  constructor(open: Open, request: Name, idle: number, signal?: AbortSignal) {
    this.#request = request;
    const own = this.#controller.signal;
    this.#signal = signal ? either(signal, own) : own;
    this.#idle = idle;
    this.#response = open(this.#signal);
    // Both are awaited by whoever reads; until then a failure is not an unhandled one.
    this.#response.catch(() => undefined);
    this.#final.catch(() => undefined);
  }

  /** The text that has arrived so far. */
  get text(): string {
    return this.#text;
  }

  /** The ids of the answer and its thread, known before the first word. */
  async opened(): Promise<{ id: string | null; thread_id: string | null }> {
    const { headers } = await this.#response;
    return { id: headers.get('x-message-id'), thread_id: headers.get('x-thread-id') };
  }

  /** Ends the request; a `for await` that is under way stops, `final()` rejects. */
  abort(): void {
    this.#controller.abort(new DOMException('The stream was aborted.', 'AbortError'));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ChatStreamEvent, void, undefined> {
    this.#start();
    try {
      yield* this.#events();
    } catch (error) {
      this.#fail(error);
      if (!this.#controller.signal.aborted) throw error;
    } finally {
      this.abort(); // left early: the server need not go on
      this.#fail(this.#controller.signal.reason);
    }
  }

  /** The pieces of the answer's text. */
  get textStream(): AsyncIterable<string> {
    const events = this;
    return {
      async *[Symbol.asyncIterator]() {
        for await (const event of events) if (event.type === 'text') yield event.text;
      },
    };
  }

  /** The bytes as the server sends them, to be passed on to a browser; `final()` then rejects. */
  toReadableStream(): ReadableStream<Uint8Array> {
    this.#start();
    this.#fail(new StreamError('The stream was passed on: its answer is not known here.'));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#response
      .then((response) => response.body?.pipeTo(writable))
      .catch((error) => writable.abort(error)) // whoever reads it is told
      .catch(() => undefined);
    return readable;
  }

  /** The complete answer. */
  async final(): Promise<ChatResponse> {
    if (!this.#started) for await (const _ of this);
    return this.#final;
  }

  #start(): void {
    if (this.#started) throw new StreamError('A stream can be read only once.');
    this.#started = true;
  }

  async *#events(): AsyncGenerator<ChatStreamEvent, void, undefined> {
    const response = await this.#response;
    let sources: SourcesEvent | null = null;
    for await (const data of eventData(response, this.#request, this.#idle, this.#signal)) {
      if (data === '[DONE]') {
        if (!sources) throw new StreamError('The stream ended without its sources.');
        this.#finish(remember(assemble(this.#text, sources, response.headers), response));
        return;
      }
      const event = parseEvent<ChatStreamEvent>(data);
      if (event.type === 'text') this.#text += event.text;
      else if (event.type === 'sources') sources = event;
      else continue; // a kind of event that is newer than this client
      yield event;
    }
    throw new StreamError(BROKEN);
  }
}

function assemble(answer: string, event: SourcesEvent, headers: Headers): ChatResponse {
  const { type: _, ...rest } = event;
  return {
    id: headers.get('x-message-id') ?? '',
    thread_id: headers.get('x-thread-id') ?? '',
    model: '',
    usage: { prompt_tokens: 0, completion_tokens: 0 },
    answered: event.sources.length > 0,
    confidence: 0,
    degraded: false,
    citations: [],
    handover: null,
    cached: false,
    saved: true,
    ...rest,
    answer,
  };
}
