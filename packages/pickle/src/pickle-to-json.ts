import { isNnUNetError, type JsonValue } from '@nnunet/errors';
import { BadPickle } from './bad-pickle.ts';
import { PickledArray } from './numpy-array.ts';

export interface PickleToJsonOptions {
  /** File name for errors. */
  where?: string;
  /** Maximum number of values created; shared parts count each time. */
  maxValues?: number;
}

/**
 * Converts the result of {@link readPickle} to the form of this project's JSON files: dictionaries become objects with
 * integer keys as strings and tuple keys as printed by Python; tuples and sets become lists, arrays nested lists. NaN
 * and infinities stay numbers; integers beyond 2^53 are rounded, as in JSON.parse.
 * @throws NnUNetError 'bad-pickle' for values without such a form (bytes, complex numbers), naming the key
 */
export function pickleToJson(value: unknown, options: PickleToJsonOptions = {}): JsonValue {
  const { where, maxValues = 2_000_000 } = options;
  const path: (string | number)[] = [];
  let left = maxValues;

  function fail(what: string): never {
    const shown = path.length === 0 ? '' : ` at ${path.join('.')}`;
    throw new BadPickle({
      what: `the pickle contains ${what}${shown}, which cannot be expressed in JSON`,
      where,
      offset: -1,
    });
  }
  function take(count: number): void {
    left -= count;
    if (!(left >= 0)) throw new BadPickle({ what: `holds more than ${maxValues} values`, where, offset: -1 });
  }
  function list(items: Iterable<unknown>): JsonValue[] {
    const out: JsonValue[] = [];
    let i = 0;
    for (const item of items) {
      path.push(i++);
      out.push(convert(item));
      path.pop();
    }
    return out;
  }
  function object(map: Map<unknown, unknown>): JsonValue {
    const out: { [key: string]: JsonValue } = {};
    for (const [key, item] of map) {
      const name = keyText(key) ?? fail('a key that is neither a string nor a number');
      if (Object.hasOwn(out, name)) fail(`two keys "${name}"`);
      path.push(name);
      // Defines an own property even for the key "__proto__".
      const content = { value: convert(item), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(out, name, content);
      path.pop();
    }
    return out;
  }
  function array(source: PickledArray, axis: number, at: number, step: number): JsonValue {
    const { data, shape, dtype } = source;
    const size = shape[axis];
    if (size === undefined) {
      const element = data[at];
      return dtype === 'bool' ? element !== 0 : Number(element);
    }
    take(size);
    const inner = size === 0 ? 0 : step / size;
    return Array.from({ length: size }, (_, i) => array(source, axis + 1, at + i * inner, inner));
  }
  function convert(item: unknown): JsonValue {
    take(1);
    switch (typeof item) {
      case 'boolean':
      case 'number':
      case 'string':
        return item;
      case 'bigint':
        return Number(item);
    }
    if (item === null) return null;
    if (Array.isArray(item) || item instanceof Set) return list(item);
    if (item instanceof Map) return object(item);
    if (item instanceof PickledArray) return array(item, 0, 0, item.data.length);
    return fail(item instanceof Uint8Array ? 'bytes' : 'a special value');
  }
  try {
    return convert(value);
  } catch (cause) {
    if (isNnUNetError(cause)) throw cause;
    throw new BadPickle({ what: 'is nested too deeply', where, offset: -1, cause }); // no value of readPickle is
  }
}

function keyText(key: unknown): string | null {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (key === null) return 'None';
  if (!Array.isArray(key)) return null;
  const parts = key.map((part) => (typeof part === 'string' ? `'${part}'` : keyText(part)));
  if (parts.includes(null)) return null;
  return `(${parts.join(', ')}${parts.length === 1 ? ',' : ''})`;
}
