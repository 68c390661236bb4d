import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NnUNetError } from '@nnunet/errors';

/**
 * What a module of the user's own exports.
 *
 * @throws NnUNetError 'bad-plugin' where it cannot be imported
 */
export async function importPlugin(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    throw new NnUNetError('bad-plugin', {
      what: `cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: path,
      remedy:
        'Give the path of an ES module (.mjs), and install beside it the packages that it imports, for example: npm i @nnunet/planner @nnunet/trainer',
      cause,
    });
  }
}
