import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NnUNetError } from '@nnunet/errors';
import type { PreprocessorClass } from '../generic-preprocessor.ts';
import { registerPreprocessor } from '../preprocessor-registry.ts';

const loaded = new Set<string>();

/**
 * Imports modules and makes the preprocessors that they export known by their export names: classes with a method
 * `preprocess`. Other exports are left alone. A module is loaded once per thread.
 *
 * @throws NnUNetError 'bad-plugin' when a module cannot be imported, 'usage' when a name exists already
 */
export async function loadPreprocessors(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const url = pathToFileURL(resolve(path)).href;
    if (loaded.has(url)) continue;
    let exported: Record<string, unknown>;
    try {
      exported = await import(url);
    } catch (cause) {
      const what = `cannot be imported: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new NnUNetError('bad-plugin', { what, where: path, remedy: 'Give the path of an ES module.', cause });
    }
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value !== 'function' || typeof value.prototype?.preprocess !== 'function') continue;
      registerPreprocessor(name, value as PreprocessorClass);
    }
    loaded.add(url);
  }
}
