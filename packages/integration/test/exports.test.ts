import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { published, repository } from './commands.ts';
import { PublicDeclarations } from './declarations.ts';

const declarations = new PublicDeclarations(published);

/** What a package offers is a promise: names and types. What changes of it is to be seen in the change that does it. */
it.each(published)('%s offers what its api.md says', async (name) => {
  const accept = 'If the change is meant: npx vitest run packages/integration/test/exports.test.ts -u';
  const report = `# What \`@nnunet/${name}\` declares\n\n${declarations.report(name)}`;
  await expect(report, accept).toMatchFileSnapshot(join(repository, 'packages', name, 'api.md'));
});

/** Long lists of names that their README gives by kind. */
const byKind = /\/(operators|planners|preprocessors|transforms)$/;

it.each(published)('%s names in its README what it offers, at most about fifteen values an entry', async (name) => {
  const readme = readFileSync(join(repository, 'packages', name, 'README.md'), 'utf8');
  for (const { path, values } of declarations.entries.get(name)!) {
    if (byKind.test(path)) continue;
    // Of pipeline, one function is what one command does.
    expect(values.length, path).toBeLessThanOrEqual(name === 'pipeline' ? 25 : 15);
    if (name !== 'cli') expect(values.filter((one) => !new RegExp(`\\b${one}\\b`).test(readme))).toEqual([]);
  }
});
