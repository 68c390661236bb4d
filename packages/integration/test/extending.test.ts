import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from './commands.ts';

const examples = join(repository, 'docs/examples/extending');
const page = readFileSync(join(repository, 'docs/extending_nnunet.md'), 'utf8');

describe.each(readdirSync(examples).filter((name) => name.endsWith('.mjs')))('docs/examples/extending/%s', (name) => {
  const code = readFileSync(join(examples, name), 'utf8');

  it('is short, needs no internals, and is what docs/extending_nnunet.md shows', () => {
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(code).not.toMatch(/\/internal'/);
    expect(page).toContain(`\`\`\`js\n${code}\`\`\``);
  });
});
