/** Fails if the widget weighs more than its budget: what every page loads, and what opening adds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const ASSETS = join(import.meta.dirname, '../../src/cevvo/widget_assets');
const BUDGETS = { loader: 2 * 1024, open: 30 * 1024 };

const size = (file: string) => gzipSync(readFileSync(join(ASSETS, file))).length;
const loader = size('loader.js');
const chunks = readdirSync(join(ASSETS, 'assets')).map((name) => `assets/${name}`);
const found = { loader, open: loader + chunks.reduce((sum, file) => sum + size(file), 0) };

for (const [name, bytes] of Object.entries(found)) {
  const budget = BUDGETS[name as keyof typeof BUDGETS];
  console.log(`${(bytes / 1024).toFixed(2).padStart(6)} of ${budget / 1024} KiB  widget, ${name}`);
  if (bytes > budget) process.exitCode = 1;
}
