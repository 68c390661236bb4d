import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/**
 * Creates a folder that is removed after the test that calls this (or `beforeEach`) or, if called at the top of a file
 * or of `describe`, after all its tests. Do not call it in `beforeAll`.
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
