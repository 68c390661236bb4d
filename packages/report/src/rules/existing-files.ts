import { existsSync } from 'node:fs';
import { joinPath } from '@nnunet/schema/internal';

/** The path of what exists; else, and below null, null. */
export function ifExists(folder: string | null, ...parts: string[]): string | null {
  if (folder === null) return null;
  const path = joinPath(folder, ...parts);
  return existsSync(path) ? path : null;
}
