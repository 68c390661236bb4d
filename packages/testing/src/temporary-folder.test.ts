import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const made = { file: temporaryFolder(), suite: '', each: '', test: '' };

describe('temporaryFolder', () => {
  made.suite = temporaryFolder();
  beforeEach(() => {
    made.each = temporaryFolder('nnunet-each-');
    writeFileSync(join(made.each, 'a'), 'b');
  });

  it('makes folders', () => {
    made.test = temporaryFolder();
    for (const folder of Object.values(made)) expect(existsSync(folder), folder).toBe(true);
    expect(new Set(Object.values(made)).size).toBe(4);
  });
});

it('removes those of a test and of a suite when they are done', () => {
  for (const [of, folder] of Object.entries(made)) expect(existsSync(folder), of).toBe(of === 'file');
});
