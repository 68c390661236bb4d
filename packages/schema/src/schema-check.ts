import { type ErrorTag, NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import * as v from 'valibot';

export interface SchemaSource {
  /** File name for the error message. */
  file: string;
  /** Error tag, e.g. 'bad-plans'. */
  tag: ErrorTag;
  /** What to do about an invalid file. */
  remedy: string;
}

/** Number of problems named in one message; the rest are counted. */
const SHOWN = 8;

/**
 * Checks a parsed file against its schema and returns it typed. The error names the file, every invalid key with the
 * expected and the actual value, and the remedy.
 * @throws NnUNetError with the given tag
 */
export function checkSchema<T>(schema: v.GenericSchema<unknown, T>, value: unknown, source: SchemaSource): T {
  const result = v.safeParse(schema, value);
  if (result.success && !isListForObject(schema, value)) return result.output;
  const issues = isListForObject(schema, value) ? [] : (result.issues ?? []);
  // Valibot uses its own wording for missing keys, which a schema cannot override.
  const missing = issues.filter(isMissingKey).map((issue) => `"${v.getDotPath(issue)}"`);
  const wrong = issues.filter((issue) => !isMissingKey(issue));
  const lines = wrong.slice(0, SHOWN).map((issue) => {
    const key = v.getDotPath(issue) ?? '(whole file)';
    return `key "${key}": ${issue.message}; found ${describe(issue.input)}`;
  });
  if (wrong.length > SHOWN) lines.push(`and ${wrong.length - SHOWN} more`);
  if (missing.length > 0) lines.unshift(`lacks ${missing.length === 1 ? 'the key' : 'the keys'} ${listed(missing)}`);
  if (issues.length === 0) lines.push(`an object expected; found ${describe(value)}`);
  const faults = wrong.length + missing.length;
  const what = lines.length === 1 ? lines[0]! : `${faults} faults\n  ${lines.join('\n  ')}`;
  throw new NnUNetError(source.tag, { what, where: source.file, remedy: source.remedy });
}

function isMissingKey({ message, input }: { message: string; input: unknown }): boolean {
  return input === undefined && message.startsWith('Invalid key');
}

/** Valibot treats a list as an object without keys. */
function isListForObject(schema: { type: string }, value: unknown): boolean {
  return schema.type.endsWith('object') && Array.isArray(value);
}

/** Describes a value, truncated to a readable length. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A number that may be NaN: null in our files, bare NaN in v1's. */
export const numberOrNaN = v.pipe(
  v.custom<number | null>((value) => value === null || typeof value === 'number', 'a number expected (null for NaN)'),
  v.transform((value) => (value === null ? Number.NaN : value)),
);

export const text = v.string('a string expected');
export const finite = v.pipe(v.number('a number expected'), v.finite('a finite number expected'));
export const positive = v.pipe(
  finite,
  v.check((n) => n > 0, 'a number above 0 expected'),
);
export const integer = v.pipe(v.number('an integer expected'), v.integer('an integer expected'));
export const count = v.pipe(integer, v.minValue(0, 'an integer of 0 or more expected'));
export const positiveInteger = v.pipe(integer, v.minValue(1, 'an integer of 1 or more expected'));
export const flag = v.boolean('true or false expected');

/** A list of `length` items. */
export function listOf<T extends v.GenericSchema>(item: T, length: number, what: string) {
  return v.pipe(v.array(item, `a list of ${length} ${what} expected`), v.length(length, `${length} ${what} expected`));
}

/** An object that is not a list; valibot's record and object accept lists. */
export function objectBefore<T extends v.GenericSchema<Record<string, unknown>, unknown>>(schema: T, message: string) {
  const plain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return v.pipe(v.custom<v.InferInput<T>>(plain, message), schema);
}

/** An object keyed by channel or stage index. */
export function indexed<T extends v.GenericSchema>(item: T, what: string) {
  const key = v.pipe(v.string(), v.regex(/^(0|[1-9]\d*)$/, 'a key that is an integer expected, such as "0"'));
  return objectBefore(v.record(key, item), `an object expected, from index to ${what}`);
}
