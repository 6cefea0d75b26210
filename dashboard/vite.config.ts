import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    {
      // The first thing painted is the application in the reader's own theme.
      name: 'blocking-render',
      transformIndexHtml: {
        order: 'post',
        handler: (html) => html.replace('<script ', '<script blocking="render" '),
      },
    },
    {
      name: 'font-license',
      generateBundle() {
        const source = readFileSync(new URL('src/fonts/LICENSE', import.meta.url));
        this.emitFile({ type: 'asset', fileName: 'font-license.txt', source });
      },
    },
  ],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../src/cevvo/dashboard_assets',
    emptyOutDir: true,
    target: ['chrome123', 'edge123', 'firefox125', 'safari17.5'],
    // The server's content security policy takes no data: fonts and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    license: { fileName: 'licenses.md' },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8420' } },
});
