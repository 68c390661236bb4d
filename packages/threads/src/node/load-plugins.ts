import { NnUNetError, type Registry } from '@nnunet/errors';
import { alternatives, listed, withArticle } from '@nnunet/errors/internal';
import { lackOf } from './almost-entry.ts';
import { importModule } from './import-module.ts';

/**
 * Returns the registries extended with the exports of plug-in modules (`--plugin ./mine.mjs`). Exports of other kinds
 * are ignored. Threads load the same paths again, because they share no classes.
 *
 * @param paths paths of ES modules, relative to the working directory
 * @param options `everyKind`: the registries are all that a module can extend. Exports that are almost an entry are then
 * refused, and modules without any entry
 * @throws NnUNetError 'bad-plugin' for a module that does not exist, cannot be imported or exports a class without a name, 'name-taken'
 */
export async function loadPlugins<Registries extends Readonly<Record<string, Registry<unknown>>>>(
  paths: readonly string[],
  registries: Registries,
  { everyKind = false } = {},
): Promise<Registries> {
  let loaded = registries;
  for (const path of paths) {
    const exported = await importModule(path);
    const entries = Object.entries(loaded).map(([key, registry]) => [key, registry.withModule(path, exported)]);
    if (everyKind) requireRecognised(path, exported, Object.values(registries));
    loaded = Object.fromEntries(entries) as Registries;
  }
  return loaded;
}

/** @throws NnUNetError 'bad-plugin' naming what is almost an entry, or if there is no entry */
function requireRecognised(
  where: string,
  exported: Readonly<Record<string, unknown>>,
  registries: readonly Registry<unknown>[],
): void {
  const kindsOf = (value: unknown) => registries.filter((registry) => registry.recognises(value));
  const entries = Object.values(exported).filter((value) => kindsOf(value).length > 0);
  for (const [name, value] of Object.entries(exported)) {
    // The base of another class need not be complete.
    if (entries.some((entry) => isDerived(entry, value))) continue;
    const kinds = kindsOf(value);
    for (const registry of kinds.length > 0 ? kinds : registries) {
      const lack = lackOf(value, registry);
      if (lack === undefined) continue;
      throw new NnUNetError('bad-plugin', {
        what: `${name} is ${kinds.length > 0 ? '' : 'almost '}${withArticle(registry.noun)}, but has ${lack}`,
        where,
        remedy: 'Correct it, or do not export it.',
      });
    }
  }
  if (entries.length > 0) return;
  const others = Object.keys(exported);
  const names = others.length === 0 ? 'nothing' : `only ${listed(others)}`;
  const kinds = registries.map(({ noun }) => noun);
  throw new NnUNetError('bad-plugin', {
    what: `exports no ${alternatives(kinds)}: it exports ${names}`,
    where,
    remedy:
      'Export a class, or an object with a name, that has the methods of one of them (docs/extending_nnunet.md lists them).',
  });
}

function isDerived(entry: unknown, base: unknown): boolean {
  return typeof entry === 'function' && typeof base === 'function' && Object.prototype.isPrototypeOf.call(base, entry);
}
