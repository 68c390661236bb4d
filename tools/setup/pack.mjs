// npm run pack [-- STAGE …]: makes the tarballs of all public packages, and prints the lines that install the commands, or
// stages, from them. The packages must be built. Options: --out FOLDER (default: tarballs).
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  commandsTarball,
  contentFaults,
  kilobytes,
  packCommands,
  packPackages,
  published,
  tarballOf,
  withDependencies,
} from './tarballs.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { values, positionals: stages } = options();
const unknown = stages.filter((stage) => !published.includes(stage));
if (unknown.length > 0) refuse(`there is no package ${unknown.join(', ')}. There are ${published.join(', ')}.`);
const folder = resolve(values.out ?? join(root, 'tarballs'));
if (existsSync(folder) && readdirSync(folder).some((file) => !file.endsWith('.tgz')))
  refuse(`${folder} holds other files than tarballs. Name a new folder: --out FOLDER.`);

const unfinished = mkdtempSync(`${folder}-`);
try {
  packPackages(unfinished);
  const faults = published.flatMap((name) => contentFaults(unfinished, name));
  if (faults.length > 0)
    throw new Error(`${faults.join('\n')}\nBuild again (npm run setup), or correct "files" in its package.json.`);
  packCommands(unfinished);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
} catch (error) {
  rmSync(unfinished, { recursive: true, force: true });
  console.error(`Packing failed.\n${error.message}`);
  process.exit(1);
}

const files = [...published.map(tarballOf), commandsTarball];
const width = Math.max(...files.map((file) => file.length));
for (const file of files) console.log(`${file.padEnd(width)} ${String(kilobytes(join(folder, file))).padStart(6)} kB`);

const pathOf = (file) => {
  const path = relative(process.cwd(), join(folder, file));
  return quoted(path.startsWith('..') ? join(folder, file) : `./${path}`);
};
console.log(
  `\nThe commands, on any machine that has this one file:\n  npm install -g --ignore-scripts ${pathOf(commandsTarball)}`,
);
const chosen = stages.length > 0 ? stages : ['planner'];
const needed = withDependencies(chosen).map((name) => pathOf(tarballOf(name)));
console.log(
  `\nIn a project of your own, ${chosen.map((name) => `@nnunet/${name}`).join(', ')}` +
    `${stages.length > 0 ? '' : ' (others: npm run pack -- STAGE …)'}:\n  npm install --ignore-scripts ${needed.join(' ')}`,
);

function quoted(path) {
  return /^[\w./:\\@-]+$/.test(path) ? path : `"${path}"`;
}

function options() {
  try {
    return parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    refuse(`${error.message}\nusage: npm run pack -- [--out FOLDER] [STAGE …]`);
  }
}

function refuse(why) {
  console.error(why);
  process.exit(2);
}
