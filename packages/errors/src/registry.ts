import type { EntryForm } from './entry-forms.ts';
import type { ErrorTag } from './error-tags.ts';
import { nearestNames } from './nearest-names.ts';
import { NnUNetError } from './nnunet-error.ts';

/**
 * Any name. The known ones are listed only so that editors suggest them: a registry looks names up at run time, and your
 * own entries add further ones.
 */
export type NameAmong<Known extends string> = Known | (string & {});

/** Describes the entries of a registry. */
export interface EntryKind<Entry> {
  /** Noun for an entry in messages, such as 'planner'. */
  noun: string;
  /** Tag of the error for an unknown name. */
  unknown: ErrorTag;
  /**
   * Recognises an entry among the exports of a module by its members; it may come from another copy of this program.
   */
  accepts(value: unknown): boolean;
  /** The members that `accepts` looks for, to say what an export lacks that is almost an entry. */
  form?: EntryForm;
  /** Returns the names of an entry. Default: its own `name`. */
  namesOf?(entry: Entry): readonly string[];
  /** Names that a user may know from nnU-Net and that are not built here, with the reason for each. */
  absent?: Readonly<Record<string, string>>;
}

/**
 * Looks up entries by name: planners, preprocessors, normalisation schemes, trainers, architectures, transforms,
 * listeners, metrics, image formats. Registries are immutable: adding an entry returns a new one.
 */
export class Registry<Entry, Known extends string = string> {
  readonly #kind: EntryKind<Entry>;
  readonly #entries: ReadonlyMap<string, Entry>;
  /** Paths of the modules loaded into it; threads load them again. */
  readonly modules: readonly string[];

  /** @param entries entries by name; numeric names would lose their order */
  constructor(
    kind: EntryKind<Entry>,
    entries: Readonly<Record<Known, Entry>> | Map<string, Entry>,
    modules: readonly string[] = [],
  ) {
    this.#kind = kind;
    this.#entries = entries instanceof Map ? entries : new Map(Object.entries<Entry>(entries));
    this.modules = modules;
  }

  /**
   * @throws NnUNetError with the tag of the kind ('unknown-planner', …) for an unknown name; suggests the most similar
   *   ones
   */
  get(name: NameAmong<Known>): Entry {
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    const { noun, unknown, absent = {} } = this.#kind;
    const reason = Object.hasOwn(absent, name) ? `: ${absent[name]}` : '';
    throw new NnUNetError(unknown, {
      what: `there is no ${noun} called ${name}${reason}`,
      remedy: nearestNames(name, this.names(), 'Load your own as a plug-in (`plugin`).'),
    });
  }

  /** Returns the names in the order of registration. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Returns a registry that also contains your own entries.
   * @throws NnUNetError 'name-taken' if a name is already in use, 'bad-plugin' for an entry without a name, or called
   * `__proto__`
   */
  with(...entries: readonly Entry[]): Registry<Entry, Known> {
    return this.#with(entries, this.modules);
  }

  /**
   * Returns a registry that also contains the exports of a module that are entries of this kind.
   * @param path path of the module
   * @throws as {@link with}, naming the module
   */
  withModule(path: string, exported: Readonly<Record<string, unknown>>): Registry<Entry, Known> {
    const entries = Object.values(exported).filter((value): value is Entry => this.recognises(value));
    // JavaScript calls a class `default` that is exported by default without a name.
    const unnamed = entries.find((entry) => typeof entry === 'function' && entry.name === 'default');
    if (unnamed !== undefined) throw nameless(this.noun, path);
    return this.#with(entries, [...new Set([...this.modules, path])], path);
  }

  /** Noun for an entry in messages. */
  get noun(): string {
    return this.#kind.noun;
  }

  /** Whether an export of a module is an entry of this kind. */
  recognises(value: unknown): boolean {
    return this.#kind.accepts(value);
  }

  /** Members of an entry, if this kind of entry is recognised by them alone. */
  get form(): EntryForm | undefined {
    return this.#kind.form;
  }

  #with(entries: readonly Entry[], modules: readonly string[], where?: string): Registry<Entry, Known> {
    const { noun, namesOf = (entry: Entry) => [(entry as { name?: string }).name ?? ''] } = this.#kind;
    const all = new Map(this.#entries);
    for (const entry of entries) {
      for (const name of namesOf(entry)) {
        if (name === '') throw nameless(noun, where);
        // Nothing could be stored under it.
        if (name === '__proto__') {
          const what = `${withArticle(noun)} cannot be called __proto__`;
          throw new NnUNetError('bad-plugin', { what, where, remedy: 'Give it another name.' });
        }
        if ((all.get(name) ?? entry) !== entry) {
          throw new NnUNetError('name-taken', {
            what: `there is ${withArticle(noun)} called ${name} already`,
            where,
            remedy: 'Give yours another name: plans and models must identify unambiguously what made them.',
          });
        }
        all.set(name, entry);
      }
    }
    return new Registry(this.#kind, all, modules);
  }
}

function nameless(noun: string, where: string | undefined): NnUNetError {
  return new NnUNetError('bad-plugin', {
    what: `${withArticle(noun)} has no name`,
    where,
    remedy: 'Give it a name, as in `export class MyName`.',
  });
}

/** Puts the indefinite article before a noun. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
