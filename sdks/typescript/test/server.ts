/** An HTTP server on the loopback that misbehaves as a test tells it to. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cevvo, type CevvoOptions } from '../src/index.ts';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

type Step = (response: ServerResponse, request: Seen) => void;

export interface FaultServer extends AsyncDisposable {
  baseURL: string;
  seen: Seen[];
  client(options?: CevvoOptions): Cevvo;
}

/** Each request takes the next step; the last one serves all that follow. */
export async function serve(...steps: Step[]): Promise<FaultServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method = '', url = '', headers } = request;
    const record = { method, url, headers, body: Buffer.concat(parts).toString('latin1') };
    const step = steps[Math.min(seen.push(record), steps.length) - 1];
    step?.(response, record);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  return {
    baseURL,
    seen,
    client: (options) => new Cevvo({ apiKey: 'cevvo_sk_test', baseURL, ...options }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Step {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

export function failure(status: number, code: string, headers: Record<string, string> = {}): Step {
  return json(
    { error: { code, message: `It was ${code}.`, param: null, request_id: 'req_1' } },
    status,
    headers,
  );
}

export const reset: Step = (response) => response.socket?.destroy();
export const silent: Step = () => undefined;

/** Sends the pieces one after the other, each in a packet of its own, then ends as told. */
export function sse(
  pieces: (string | Uint8Array)[],
  end: 'close' | 'reset' | 'hang' = 'close',
): Step {
  return async (response) => {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'x-thread-id': 'thr_1',
      'x-message-id': 'msg_1',
    });
    response.flushHeaders();
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((next) => setTimeout(next, 2));
    }
    if (end === 'close') response.end();
    if (end === 'reset') response.socket?.destroy();
  };
}
