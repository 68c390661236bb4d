import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/**
 * Makes a folder that is removed again: when the test is done that calls this (or `beforeEach`), else, at the top of a
 * file or of `describe`, when all of its tests are. `beforeAll` must not call it.
 */
export function temporaryFolder(prefix = 'nnunet-'): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    onTestFinished(remove);
  } catch {
    afterAll(remove);
  }
  return folder;
}
