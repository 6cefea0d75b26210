/** Builds the widget into the server's package: first the app, then the loader, which names it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type InlineConfig } from 'vite';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, '../src/cevvo/widget_assets');

/** On other people's websites come older browsers than to the dashboard. */
const SHARED = {
  root: ROOT,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
} satisfies InlineConfig;
const TARGET = ['chrome99', 'edge99', 'firefox101', 'safari16.4'];

await build({
  ...SHARED,
  publicDir: 'public',
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: TARGET,
    modulePreload: false,
    manifest: true,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: join(ROOT, 'src/app.tsx'),
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: 'assets/app-[hash].js' },
    },
  },
});
const manifest = JSON.parse(readFileSync(join(OUT, '.vite/manifest.json'), 'utf8'));
const app: string = manifest['src/app.tsx'].file;
await build({
  ...SHARED,
  define: { APP: JSON.stringify(`widget/${app}`) },
  build: {
    outDir: OUT,
    emptyOutDir: false,
    target: TARGET,
    lib: { entry: join(ROOT, 'src/loader.ts'), formats: ['iife'], name: 'cevvoLoader', fileName: () => 'loader.js' },
  },
});
