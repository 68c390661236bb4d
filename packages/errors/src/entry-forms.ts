/** Members by which the entries of a registry are recognised. */
export interface EntryForm {
  /** Classes are entries. */
  classes: boolean;
  /** Objects with this member are entries; null if none are. */
  objectsWith: 'name' | 'extensions' | null;
  /** Methods that an entry has, of which one is enough if `some` is true. */
  methods: readonly string[];
  some: boolean;
}

/** The part of a kind of entries that recognises them. */
interface Recognition {
  form: EntryForm;
  accepts(value: unknown): boolean;
}

/** Recognises classes that have these methods. */
export function classWith(...methods: readonly string[]): Recognition {
  return recognition({ classes: true, objectsWith: null, methods, some: false });
}

/** Recognises objects that have a `name` and these methods. */
export function objectWith(...methods: readonly string[]): Recognition {
  return recognition({ classes: false, objectsWith: 'name', methods, some: false });
}

/** Recognises entries by their form. */
export function recognition(form: EntryForm): Recognition {
  return {
    form,
    accepts(value) {
      const members = methodsHolder(value, form);
      const has = (method: string) => typeof members?.[method] === 'function';
      return form.some ? form.methods.some(has) : form.methods.every(has);
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

/** Returns what has the methods of an entry: an object, or the prototype of a class; undefined for other values. */
export function methodsHolder(value: unknown, { classes, objectsWith }: EntryForm): Members | undefined {
  if (typeof value === 'function') return classes ? value.prototype : undefined;
  if (objectsWith === null || typeof value !== 'object' || value === null) return undefined;
  const marked = (value as Members)[objectsWith];
  return (objectsWith === 'name' ? typeof marked === 'string' : Array.isArray(marked)) ? (value as Members) : undefined;
}
