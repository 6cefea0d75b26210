// node unpack_chromium.mjs <bin folder of @sparticuz/chromium> <target folder>
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const [packed, target] = process.argv.slice(2);
mkdirSync(target, { recursive: true });
const unpack = (name) => brotliDecompressSync(readFileSync(join(packed, name)));
writeFileSync(join(target, 'chromium'), unpack('chromium.br'), { mode: 0o755 });
for (const archive of ['al2023.tar.br', 'swiftshader.tar.br']) {
  execFileSync('tar', ['-x', '-C', target], { input: unpack(archive) });
}
