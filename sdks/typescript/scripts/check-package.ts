/**
 * Checks the package as it is published: `npm pack`, publint, Are The Types Wrong, its size, and
 * that the tarball runs where it is installed, as ES module and as CommonJS.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from 'vite';

const LIMIT = 8_000; // bytes, bundled and compressed
const here = fileURLToPath(new URL('..', import.meta.url));
const place = mkdtempSync(`${tmpdir()}/cevvo-sdk-`);
const installed = `${place}/node_modules/@cevvo/sdk`;

try {
  const tarball = pack();
  await lint(tarball);
  await types(tarball);
  install(tarball);
  runs();
  console.log(`@cevvo/sdk: ${await bundledSize()} bytes bundled and compressed`);
} finally {
  rmSync(place, { recursive: true });
}

function pack(): string {
  const options = ['pack', '--silent', '--json', '--pack-destination', place];
  const [packed] = JSON.parse(npm(options, here));
  return `${place}/${packed.filename}`;
}

function npm(options: string[], directory: string): string {
  const cli = process.env.npm_execpath;
  assert.ok(cli, 'to be run by npm: npm run check');
  const output = execFileSync(process.execPath, [cli, ...options], { cwd: directory });
  return output.toString();
}

async function lint(tarball: string): Promise<void> {
  const data = readFileSync(tarball);
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
}

async function types(tarball: string): Promise<void> {
  const checked = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  assert.ok(checked.types !== false, 'the package has no types');
  assert.deepEqual(checked.problems, []);
}

function install(tarball: string): void {
  writeFileSync(`${place}/package.json`, '{ "private": true }');
  npm(['install', '--silent', '--offline', '--no-audit', '--no-fund', tarball], place);
  const manifest = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'));
  assert.equal(manifest.dependencies, undefined);
}

function runs(): void {
  const use = `
    const client = new Cevvo({ apiKey: 'cevvo_sk_x', baseURL: 'http://127.0.0.1:9/api/v1' });
    const quickly = { maxRetries: 0 };
    client.analytics.overview({}, quickly).catch((error) => {
      console.log(error instanceof APIConnectionError, error.name);
    });`;
  const names = '{ Cevvo, APIConnectionError }';
  const run = (kind: string, code: string) =>
    execFileSync(process.execPath, [`--input-type=${kind}`, '-e', code], { cwd: place }).toString();
  const right = 'true APIConnectionError\n';
  assert.equal(run('module', `import ${names} from '@cevvo/sdk'; ${use}`), right);
  assert.equal(run('commonjs', `const ${names} = require('@cevvo/sdk'); ${use}`), right);
}

async function bundledSize(): Promise<number> {
  const entry = createRequire(`${place}/x.js`).resolve('@cevvo/sdk').replace('/cjs/', '/');
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, lib: { entry, formats: ['es'] } },
  });
  const [output] = Array.isArray(result) ? result : [];
  const code = output?.output.map((each) => ('code' in each ? each.code : '')).join('') ?? '';
  const size = gzipSync(code).length;
  assert.ok(size > 0 && size <= LIMIT, `${size} bytes are more than ${LIMIT}`);
  return size;
}
