// Checks what the packages cost those who import them: the size of each root that runs in a browser, bundled with all that
// it imports, and the time of `import('@nnunet/planner')`. The budgets are in budget-table.mjs.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import ts from 'typescript';
import { importBudget, sizeBudgets } from './budget-table.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const TABLE = 'tools/checks/budget-table.mjs';
const kB = (bytes) => Math.round(bytes / 100) / 10;

const faults = [...tableFaults()];
for (const name of Object.keys(sizeBudgets)) faults.push(...(await sizeFaults(name)));
// A round that other programs disturbed may be repeated.
let milliseconds = Number.POSITIVE_INFINITY;
for (let round = 0; round < 3 && milliseconds > importBudget; round++) milliseconds = importTime('@nnunet/planner');
if (milliseconds > importBudget) {
  faults.push(
    `import('@nnunet/planner') takes ${milliseconds.toFixed(0)} ms of processor time, budget ${importBudget} ms. See what it loads that planning does not need.`,
  );
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`budgets: ${Object.keys(sizeBudgets).length} roots; planner loads in ${milliseconds.toFixed(0)} ms`);

/** The table must name the packages that run in a browser, which tsconfig.pure.json knows. */
function tableFaults() {
  const { config } = ts.readConfigFile(`${root}tsconfig.pure.json`, ts.sys.readFile);
  const pure = readdirSync(`${root}packages`).filter((name) => {
    const { private: own } = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8'));
    return !own && !config.exclude.includes(`packages/${name}`);
  });
  return [
    ...pure.filter((name) => !(name in sizeBudgets)).map((name) => `${TABLE} has no budget for ${name}`),
    ...Object.keys(sizeBudgets)
      .filter((name) => !pure.includes(name))
      .map((name) => `${TABLE} has a budget for ${name}, which is not a package for browsers`),
  ];
}

async function sizeFaults(name) {
  const { outputFiles, metafile, errors } = await build({
    entryPoints: [`packages/${name}/src/index.ts`],
    absWorkingDir: root,
    tsconfig: 'tsconfig.json',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
  }).catch(({ errors }) => ({ errors }));
  if (errors.length > 0) {
    const [{ text, location }] = errors;
    return [`@nnunet/${name} cannot be bundled for a browser: ${location?.file}: ${text}`];
  }
  const size = kB(gzipSync(outputFiles[0].contents, { level: 9 }).length);
  if (size <= sizeBudgets[name]) return [];
  const [{ inputs }] = Object.values(metafile.outputs);
  const largest = Object.entries(inputs)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .slice(0, 5)
    .map(([file, { bytesInOutput }]) => `${file.replace(/^.*node_modules\//, '')} ${kB(bytesInOutput)}`);
  return [
    `@nnunet/${name} weighs ${size} kB, budget ${sizeBudgets[name]} kB. Largest parts before gzip, kB: ${largest.join(', ')}. Where the growth is worth it, raise the budget in ${TABLE}.`,
  ];
}

/**
 * Processor time of an import in a fresh process, ms, beyond that of a process that imports nothing: the median of pairs.
 * Waiting for a busy processor does not count.
 */
function importTime(specifier) {
  const spent = (code) => {
    const print = 'const { user, system } = process.cpuUsage(); console.log(user + system);';
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', `${code}${print}`], {
      cwd: `${root}packages/integration`,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return Number(stdout) / 1000;
  };
  const pairs = Array.from({ length: 9 }, () => spent(`await import('${specifier}');`) - spent(''));
  return pairs.sort((a, b) => a - b)[4];
}
