import { existsSync, realpathSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { builtWorker } from './built-worker.ts';

let offered = false;

/**
 * Lets modules of the user import this program's own packages (`@nnunet/…`) where none are installed beside them. A
 * module then extends the very classes that the program uses.
 */
export function offerOwnPackages(): void {
  if (offered) return;
  offered = true;
  const hooks = pathToFileURL(builtWorker(import.meta.url, 'own-packages-worker')).href;
  const program = process.argv[1];
  const programs = [
    ...(program !== undefined && existsSync(program) ? [pathToFileURL(realpathSync(program)).href] : []),
    import.meta.url,
  ];
  register(hooks, { data: programs });
}
