import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { repository } from './commands.ts';

const published = (name: string): boolean =>
  JSON.parse(readFileSync(join(repository, 'packages', name, 'package.json'), 'utf8')).private !== true;
const packages = readdirSync(join(repository, 'packages')).filter(published);

/**
 * What a package offers is a promise: a name that comes or goes is to be seen in the change that does it. After a build,
 * `npx vitest run packages/integration/test/exports.test.ts -u` writes the lists anew.
 */
it.each(packages)('%s exports the names that it did', async (name) => {
  const folder = join(repository, 'packages', name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const names: Record<string, string[]> = {};
  for (const [entry, target] of Object.entries<{ default: string } | string>(exports)) {
    if (typeof target === 'string') continue;
    names[entry] = Object.keys(await import(pathToFileURL(join(folder, target.default)).href)).sort();
  }
  await expect(`${JSON.stringify(names, null, 1)}\n`).toMatchFileSnapshot(`exports/${name}.json`);
});

/** Long lists of names that their README gives by kind. */
const byKind = new Set(['./planners', './preprocessors', './transforms', './operators']);

it.each(packages)('%s names in its README what it offers, at most about fifteen values an entry', async (name) => {
  const readme = readFileSync(join(repository, 'packages', name, 'README.md'), 'utf8');
  const names: Record<string, string[]> = JSON.parse(
    readFileSync(join(repository, 'packages/integration/test/exports', `${name}.json`), 'utf8'),
  );
  for (const [entry, offered] of Object.entries(names)) {
    if (entry.endsWith('internal') || byKind.has(entry)) continue;
    // Of pipeline, one function is what one command does.
    expect(offered.length, entry).toBeLessThanOrEqual(name === 'pipeline' ? 25 : 15);
    if (name !== 'cli') expect(offered.filter((one) => !new RegExp(`\\b${one}\\b`).test(readme))).toEqual([]);
  }
});
