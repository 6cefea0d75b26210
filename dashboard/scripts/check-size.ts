/** Fails if a first visit to any page loads more than its budget. Sizes are gzip, fonts as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 60 * 1024;
const ASSETS = join(import.meta.dirname, '../../src/cevvo/dashboard_assets');
// The other font file holds characters that most pages do not need.
const FONT = /geist-latin-(?!ext)/;

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

const manifest: Record<string, Chunk> = JSON.parse(
  readFileSync(join(ASSETS, '.vite/manifest.json'), 'utf8'),
);

function size(file: string): number {
  const bytes = readFileSync(join(ASSETS, file));
  return file.endsWith('.woff2') ? bytes.length : gzipSync(bytes).length;
}

/** The files that come along when this chunk is loaded. */
function filesOf(name: string, found = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`The manifest does not know ${name}.`);
  found.add(chunk.file);
  for (const sheet of chunk.css ?? []) found.add(sheet);
  for (const next of chunk.imports ?? []) filesOf(next, found);
  return found;
}

const always = [
  'index.html',
  ...filesOf('index.html'),
  ...Object.values(manifest)
    .map(({ file }) => file)
    .filter((file) => FONT.test(file)),
];
const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(9);
let largest = 0;
for (const page of manifest['index.html']?.dynamicImports ?? []) {
  const files = new Set([...always, ...filesOf(page)]);
  const total = [...files].reduce((sum, file) => sum + size(file), 0);
  largest = Math.max(largest, total);
  console.log(`${kib(total)}  ${page}`);
}
if (largest === 0 || largest > BUDGET) {
  console.error(`A first load takes${kib(largest)}; the budget is${kib(BUDGET)}.`);
  process.exit(1);
}
