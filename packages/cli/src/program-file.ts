import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Returns the file that Node runs for a command of this installation. */
export function programFile(command: string): string {
  return fileURLToPath(new URL(`../bin/${command}.mjs`, import.meta.url));
}

/** Version of this package, which all packages share. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
