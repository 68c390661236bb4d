import { fileURLToPath } from 'node:url';

/** Returns the file that Node runs for a command of this installation. */
export function programFile(command: string): string {
  return fileURLToPath(new URL(`../bin/${command}.mjs`, import.meta.url));
}
