/** Builds what is published: ES modules in dist, CommonJS in dist/cjs, types beside both. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));

rmSync(`${here}/dist`, { recursive: true, force: true });
for (const config of ['tsconfig.json', 'tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', `${here}/${config}`], { stdio: 'inherit' });
}
// Without it Node would take its files for ES modules, as the package's own manifest says.
writeFileSync(`${here}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
