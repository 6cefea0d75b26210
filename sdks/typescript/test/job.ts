/** The real job: `node sdks/typescript/test/job.ts job.json` prints a transcript. */
import { readFileSync } from 'node:fs';
import { Cevvo } from '../src/index.ts';
import { type Options, type Outcome, run } from './driver.ts';

interface Step {
  call: string;
  args?: Record<string, unknown>;
  options?: Options;
  keep?: Record<string, string>;
}

const script: Step[] = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
const known: Record<string, unknown> = {};
const client = new Cevvo();
const transcript: Outcome[] = [];
for (const { call, args = {}, options, keep = {} } of script) {
  const filled = JSON.parse(JSON.stringify(args), (_, value) => known[value] ?? value);
  const outcome = await run(client, call, filled, options);
  for (const [name, place] of Object.entries(keep)) {
    let found: any = outcome.result;
    for (const part of place.split('.')) found = found[part];
    known[`$${name}`] = found;
  }
  transcript.push({ call, ...outcome });
}
process.stdout.write(JSON.stringify(transcript));
