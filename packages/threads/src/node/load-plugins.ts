import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NnUNetError, type Registry } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';

/**
 * Returns the registries extended with the exports of plug-in modules (`--plugin ./mine.mjs`). Exports of other kinds
 * are ignored. Threads load the same paths again, because they share no classes.
 *
 * @param paths paths of ES modules, relative to the working directory
 * @throws NnUNetError 'bad-plugin' for a module that does not exist, cannot be imported or exports a class without a name, 'name-taken'
 */
export async function loadPlugins<Registries extends Readonly<Record<string, Registry<unknown>>>>(
  paths: readonly string[],
  registries: Registries,
): Promise<Registries> {
  let loaded = registries;
  for (const path of paths) {
    const exported = await importModule(path);
    const entries = Object.entries(loaded).map(([key, registry]) => [key, registry.withModule(path, exported)]);
    loaded = Object.fromEntries(entries) as Registries;
  }
  return loaded;
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  if (!existsSync(path)) {
    throw new NnUNetError('bad-plugin', { what: 'does not exist', where: path, remedy: 'Check the path.' });
  }
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw new NnUNetError('bad-plugin', {
      what: `cannot be imported: ${messageOf(cause)}`,
      where: path,
      remedy:
        'Give the path of an ES module (.mjs), and install the packages that it imports next to it, for example: npm i @nnunet/planner @nnunet/trainer',
      cause,
    });
  }
}
