/** Server-sent events, as the WHATWG HTML standard describes their interpretation (9.2.6). */

export interface ServerSentEvent {
  event: string;
  data: string;
}

/**
 * Turns bytes into events, however they are cut: a character, a line break or an event may be
 * split over chunks. Lines end with LF, CR or CRLF; comments and unknown fields are skipped;
 * several `data` lines are joined by LF; an event without its closing blank line is dropped.
 */
export class SSEDecoder {
  #utf8 = new TextDecoder('utf-8');
  #rest = '';
  #afterCR = false;
  #event = '';
  #data: string[] = [];

  /** The events completed by these bytes. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const text = this.#rest + this.#utf8.decode(bytes, { stream: true });
    const events: ServerSentEvent[] = [];
    let start = 0;
    for (let at = this.#rest.length; at < text.length; at++) {
      const character = text[at];
      if (character === '\n' && this.#afterCR) {
        start = at + 1; // second half of a CRLF, perhaps cut in two
      } else if (character === '\n' || character === '\r') {
        const event = this.#line(text.slice(start, at));
        if (event) events.push(event);
        start = at + 1;
      }
      this.#afterCR = character === '\r';
    }
    this.#rest = text.slice(start);
    return events;
  }

  #line(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    return null;
  }

  #dispatch(): ServerSentEvent | null {
    const event = { event: this.#event || 'message', data: this.#data.join('\n') };
    const empty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    return empty ? null : event;
  }
}
