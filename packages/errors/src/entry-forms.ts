import { lettersToChange } from './nearest-names.ts';
import type { EntryKind } from './registry.ts';

/** How the entries of a registry are recognised. */
type EntryForm = Required<Pick<EntryKind<unknown>, 'accepts' | 'lacks'>>;

/** Recognises classes that have these methods. */
export function classWith(...methods: readonly string[]): EntryForm {
  return {
    accepts: (value) => isClass(value) && methods.every((method) => has(value.prototype, method)),
    lacks: (value) => (isClass(value) ? lackOfAll(value.prototype, methods) : undefined),
  };
}

/** Recognises objects that have a `name` and these methods. */
export function objectWith(...methods: readonly string[]): EntryForm {
  return {
    accepts: (value) => isNamedObject(value) && methods.every((method) => has(value, method)),
    lacks: (value) => (isNamedObject(value) ? lackOfAll(value, methods) : undefined),
  };
}

/** Recognises objects that have a `name`, and classes, with at least one of these methods. */
export function withOneOf(...methods: readonly string[]): EntryForm {
  const target = (value: unknown) => (isClass(value) ? value.prototype : isNamedObject(value) ? value : undefined);
  return {
    accepts: (value) => methods.some((method) => has(target(value), method)),
    lacks(value) {
      const own = target(value);
      const slips = slipsIn(
        own,
        methods.filter((method) => !has(own, method)),
      );
      return slips.size === 0 ? undefined : inWords(slips.keys(), slips);
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

function isClass(value: unknown): value is { prototype: Members } {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}

function isNamedObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && typeof (value as Members).name === 'string';
}

function has(members: Members | undefined, method: string): boolean {
  return typeof members?.[method] === 'function';
}

/** A value with some of the methods, or misspelt ones, is almost one that has them all. */
function lackOfAll(members: Members, methods: readonly string[]): string | undefined {
  const missing = methods.filter((method) => !has(members, method));
  const slips = slipsIn(members, missing);
  const isOther = missing.length === 0 || (missing.length === methods.length && slips.size === 0);
  return isOther ? undefined : inWords(missing, slips);
}

function inWords(missing: Iterable<string>, slips: ReadonlyMap<string, string>): string {
  return [...missing]
    .map((method) => (slips.has(method) ? `${slips.get(method)} instead of ${method}` : `no method ${method}`))
    .join(', ');
}

/** Methods that a value has under a similar name. */
function slipsIn(members: Members | undefined, methods: readonly string[]): Map<string, string> {
  const own = methodsOf(members);
  return new Map(
    methods.flatMap((method) => {
      const slip = own.find((name) => isSlip(name, method));
      return slip === undefined ? [] : [[method, slip] as const];
    }),
  );
}

/** Names of the methods of a value, also of inherited ones. */
function methodsOf(members: Members | undefined): string[] {
  const names: string[] = [];
  for (let at: unknown = members; at != null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === 'function' && name !== 'constructor') names.push(name);
  }
  return names;
}

/** Whether someone wrote one name and meant the other: an ending left out, or a wrong letter in a long name. */
function isSlip(name: string, method: string): boolean {
  if (name.length < 4 || name.length < method.length - 3) return false;
  const [a, b] = [name.toLowerCase(), method.toLowerCase()];
  if (a === b || b.startsWith(a) || a === `${b}s`) return name !== method;
  return method.length > 5 && lettersToChange(a, b) <= (method.length > 8 ? 2 : 1);
}
