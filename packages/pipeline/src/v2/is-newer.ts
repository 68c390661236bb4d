import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Whether a file exists and none of the files that it was made from was written after it. */
export async function isNewer(file: string, sources: readonly string[]): Promise<boolean> {
  if (!existsSync(file)) return false;
  const { mtimeMs: made } = await stat(file);
  for (const source of sources) if ((await stat(source)).mtimeMs > made) return false;
  return true;
}
