/**
 * Compiles plane-kernels.ts (AssemblyScript) to WebAssembly and writes it as src/plane-kernels-binary.ts, or with
 * --check only says (exit code 1) when that file is not what would be written.
 * node packages/resample/kernels/build.mjs [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../src/plane-kernels-binary.ts', import.meta.url));

let binary = new Uint8Array();
const options = '--runtime stub --importMemory --noAssert --enable simd,bulk-memory -O3 --converge';
const { error, stderr } = await asc.main(
  ['plane-kernels.ts', '--baseDir', folder, '--outFile', 'kernels.wasm', ...options.split(' ')],
  {
    writeFile: (_, contents) => {
      binary = contents;
    },
  },
);
if (error) throw new Error(`${error.message}\n${stderr}`);
const base64 = Buffer.from(binary).toString('base64');
const text = `/** kernels/plane-kernels.ts, compiled by kernels/build.mjs; base64. */\nexport const BINARY =\n  '${base64}';\n`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/plane-kernels-binary.ts is out of date: run kernels/build.mjs.');
  process.exitCode = 1;
}
