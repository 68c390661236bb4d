import type { Registry } from '@nnunet/errors';
import { lettersToChange, methodsHolder } from '@nnunet/errors/internal';

/**
 * Says what methods a value lacks that is almost an entry of a registry, or is one with another method misspelt;
 * undefined for all others.
 */
export function lackOf(value: unknown, { form }: Registry<unknown>): string | undefined {
  if (form === undefined) return undefined;
  const members = methodsHolder(value, form);
  if (members === undefined) return undefined;
  const missing = form.methods.filter((method) => typeof members[method] !== 'function');
  const own = methodsOf(members);
  const slips = new Map(
    missing.flatMap((method) => {
      const slip = own.find((name) => isSlip(name, method));
      return slip === undefined ? [] : [[method, slip] as const];
    }),
  );
  // What has some of the methods, or misspelt ones, is almost what has them all.
  const some = missing.length < form.methods.length;
  if (slips.size === 0 && (form.some || !some || missing.length === 0)) return undefined;
  return (form.some ? [...slips.keys()] : missing)
    .map((method) => (slips.has(method) ? `${slips.get(method)} instead of ${method}` : `no method ${method}`))
    .join(', ');
}

/** Names of the methods of a value, also of inherited ones. */
function methodsOf(members: object): string[] {
  const names: string[] = [];
  for (let at = members; at !== Object.prototype && at !== null; at = Object.getPrototypeOf(at)) {
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
