import type { ErrorTag } from './error-tags.ts';
import { nearestNames } from './nearest-names.ts';
import { NnUNetError } from './nnunet-error.ts';

/** One of the known names, which editors suggest, or any other. */
export type NameAmong<Known extends string> = Known | (string & {});

/** What the entries of a registry are. */
export interface EntryKind<Entry> {
  /** What messages call one, such as 'planner'. */
  noun: string;
  /** Of the error for a name that nothing has. */
  unknown: ErrorTag;
  /** Tells an entry among the exports of a module by its members: it may come from another copy of this program. */
  accepts(value: unknown): boolean;
  /** The names that an entry is found by; the entry's own `name` if not given. */
  namesOf?(entry: Entry): readonly string[];
}

/**
 * What is found by name: planners, preprocessors, trainers, image formats. A value: what adds to it gives another one.
 */
export class Registry<Entry, Known extends string = string> {
  readonly #kind: EntryKind<Entry>;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Paths of the modules that were loaded into it, for threads, which load them again. */
  readonly modules: readonly string[];

  /** @param entries by their names; names that are numbers would lose their order */
  constructor(
    kind: EntryKind<Entry>,
    entries: Readonly<Record<Known, Entry>> | Map<string, Entry>,
    modules: readonly string[] = [],
  ) {
    this.#kind = kind;
    this.#entries = entries instanceof Map ? entries : new Map(Object.entries<Entry>(entries));
    this.modules = modules;
  }

  /** @throws NnUNetError with the tag of the kind ('unknown-planner', …) for a name that nothing has; tells those most like it */
  get(name: NameAmong<Known>): Entry {
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    const { noun, unknown } = this.#kind;
    throw new NnUNetError(unknown, {
      what: `there is no ${noun} called ${name}`,
      remedy: nearestNames(name, this.names(), 'Load other classes as a plug-in.'),
    });
  }

  /** In the order in which they came. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The same with entries of your own.
   * @throws NnUNetError 'name-taken' where another entry has the name, 'bad-plugin' for an entry without one
   */
  with(...entries: readonly Entry[]): Registry<Entry, Known> {
    return this.#with(entries, this.modules);
  }

  /**
   * The same with those exports of a module that are entries of this kind.
   * @param path of the module
   * @throws as {@link with}, naming the module
   */
  withModule(path: string, exported: Readonly<Record<string, unknown>>): Registry<Entry, Known> {
    const entries = Object.values(exported).filter((value): value is Entry => this.#kind.accepts(value));
    return this.#with(entries, [...new Set([...this.modules, path])], path);
  }

  #with(entries: readonly Entry[], modules: readonly string[], where?: string): Registry<Entry, Known> {
    const { noun, namesOf = (entry: Entry) => [(entry as { name?: string }).name ?? ''] } = this.#kind;
    const all = new Map(this.#entries);
    for (const entry of entries) {
      for (const name of namesOf(entry)) {
        if (name === '') {
          throw new NnUNetError('bad-plugin', { what: `a ${noun} has no name`, where, remedy: 'Name the class.' });
        }
        if ((all.get(name) ?? entry) !== entry) {
          throw new NnUNetError('name-taken', {
            what: `there is a ${noun} called ${name} already`,
            where,
            remedy: 'Give yours a name of its own: plans and models must say without doubt what made them.',
          });
        }
        all.set(name, entry);
      }
    }
    return new Registry(this.#kind, all, modules);
  }
}

/** Tells classes that have these methods. */
export function classWith(...methods: readonly string[]): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'function' && methods.every((method) => typeof value.prototype?.[method] === 'function');
}
