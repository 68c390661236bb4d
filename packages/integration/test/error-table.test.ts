import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_TAGS } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { repository } from './commands.ts';

const tags = Object.entries(ERROR_TAGS);

/** After a change of the tags, `npx vitest run packages/integration/test/error-table.test.ts -u` writes the page anew. */
it('docs/errors.md lists every tag', async () => {
  const rows = tags.map(([tag, [meaning, remedy]]) => `| \`${tag}\` | ${meaning} | ${remedy} |`);
  const page = `# Errors

Every error that a user can cause is an \`NnUNetError\` of \`@nnunet/errors\`. Its \`tag\` names the situation, \`where\` the file or folder, \`what\` what is wrong, and \`remedy\` what to do; the message has all of them. Ask for a tag with \`isNnUNetError(error, 'missing-file')\`. A command exits with 2 for \`usage\`, and with 1 for all others.

| tag | meaning | what to do |
|---|---|---|
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot(join(repository, 'docs/errors.md'));
});

it('every tag is thrown somewhere', () => {
  const packages = join(repository, 'packages');
  const files = readdirSync(packages, { recursive: true })
    .map(String)
    .filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file) && !/\.(test|fixture)\.ts$|error-tags\.ts$/.test(file));
  const source = files.map((file) => readFileSync(join(packages, file), 'utf8')).join('\n');
  expect(tags.map(([tag]) => tag).filter((tag) => !source.includes(`'${tag}'`))).toEqual([]);
});
