/** The wire cases that all SDKs have in common: `sdks/README.md`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cevvo } from '../src/index.ts';
import { type Options, run } from './driver.ts';

interface Case {
  name: string;
  call: string;
  args?: Record<string, unknown>;
  options?: Options;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const own = `${root}/.venv/bin/python`;
const python = existsSync(own) ? own : 'python3';
const server = spawn(python, [`${root}/sdks/conformance/server.py`], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
let address = '';

before(async () => {
  for await (const line of createInterface(server.stdout)) {
    address = line;
    break;
  }
});
after(() => server.stdin.end());

test('every wire case', async () => {
  const cases = (await (await fetch(`${address}/cases`)).json()) as Case[];
  assert.ok(cases.length > 80);
  const failures: string[] = [];
  const queue = cases.values();
  const worker = async () => {
    for (const one of queue) failures.push(...(await judged(one)));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  assert.deepEqual(failures, []);
});

async function judged({ name, call, args = {}, options }: Case): Promise<string[]> {
  const client = new Cevvo({
    apiKey: 'cevvo_sk_test',
    baseURL: `${address}/${name}/typescript/api/v1`,
  });
  const outcome = await run(client, call, args, options);
  const verdict = await fetch(`${address}/verdict/${name}/typescript`, {
    method: 'POST',
    body: JSON.stringify(outcome),
  });
  const { failures } = (await verdict.json()) as { failures: string[] };
  return failures.map((failure) => `${name}: ${failure}`);
}
