import { type JsonValue, NnUNetError } from '@nnunet/errors';

/** The result of {@link parseOrderedJson}. */
export interface OrderedJson {
  value: JsonValue;
  /** Returns an object's keys in the order of the text. JavaScript itself moves integer keys to the front. */
  keysOf(object: object): string[];
}

const NUMBER = /-?(?:Infinity|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Maximum nesting depth of lists and objects. nnU-Net's files have fewer than ten levels; very deep ones would overflow
 * the stack.
 */
const MAX_DEPTH = 100;

/**
 * Parses JSON as written by Python, in which NaN, Infinity and -Infinity may appear as bare numbers. `file` is named in
 * errors.
 * @throws NnUNetError 'bad-json' with line and column
 */
export function parseJsonWithNaN(text: string, file?: string): JsonValue {
  checkDepth(text, file);
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return parseOrderedJson(text, file).value;
  }
}

/**
 * Like {@link parseJsonWithNaN}, but preserves the order of keys. Duplicate keys are rejected, because all but the last
 * would be silently ignored.
 * @throws NnUNetError 'bad-json' with line and column
 */
export function parseOrderedJson(text: string, file?: string): OrderedJson {
  checkDepth(text, file);
  const order = new WeakMap<object, string[]>();
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;

  function fail(expected: string): never {
    const found = at < text.length ? JSON.stringify(text.slice(at, at + 12)) : 'the end of the file';
    throw badJson(text, { at, file, what: `${expected} expected, found ${found}` });
  }
  function skipSpace(): void {
    SPACE.lastIndex = at;
    SPACE.test(text);
    at = SPACE.lastIndex;
  }
  function take(pattern: RegExp): string | null {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return null;
    at = pattern.lastIndex;
    return match[0];
  }
  function string(expected: string): string {
    const start = at;
    const raw = take(STRING) ?? fail(expected);
    try {
      return JSON.parse(raw) as string;
    } catch {
      at = start;
      return fail('a string with valid escapes');
    }
  }
  function expectChar(char: string, expected = `'${char}'`): void {
    skipSpace();
    if (text[at] !== char) fail(expected);
    at++;
  }
  function word(name: string, value: JsonValue): JsonValue {
    if (!text.startsWith(name, at)) fail('a value');
    at += name.length;
    return value;
  }
  function array(): JsonValue[] {
    const items: JsonValue[] = [];
    expectChar('[');
    skipSpace();
    if (text[at] === ']') {
      at++;
      return items;
    }
    for (;;) {
      items.push(value());
      skipSpace();
      if (text[at] === ']') break;
      expectChar(',', "',' or ']'");
    }
    at++;
    return items;
  }
  function object(): { [key: string]: JsonValue } {
    const result: { [key: string]: JsonValue } = {};
    const keys = new Set<string>();
    expectChar('{');
    skipSpace();
    while (text[at] !== '}') {
      const start = at;
      const key = string('a key in double quotes');
      if (keys.has(key)) throw badJson(text, { at: start, file, what: `the key "${key}" occurs twice in one object` });
      expectChar(':');
      // Defines an own property even for the key "__proto__".
      Object.defineProperty(result, key, { value: value(), writable: true, enumerable: true, configurable: true });
      keys.add(key);
      skipSpace();
      if (text[at] === '}') break;
      expectChar(',', "',' or '}'");
      skipSpace();
      if (text[at] === '}') fail('a key in double quotes');
    }
    at++;
    order.set(result, [...keys]);
    return result;
  }
  function value(): JsonValue {
    skipSpace();
    switch (text[at]) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string('a string');
      case 't':
        return word('true', true);
      case 'f':
        return word('false', false);
      case 'n':
        return word('null', null);
      case 'N':
        return word('NaN', Number.NaN);
      case 'I':
        return word('Infinity', Number.POSITIVE_INFINITY);
      default:
        return Number(take(NUMBER) ?? fail('a value'));
    }
  }

  const result = value();
  skipSpace();
  if (at < text.length) fail('the end');
  return { value: result, keysOf: (target) => order.get(target) ?? Object.keys(target) };
}

function badJson(text: string, { at, file, what }: { at: number; file?: string; what: string }): NnUNetError {
  const before = text.slice(0, at).split('\n');
  return new NnUNetError('bad-json', {
    what: `not valid JSON at line ${before.length}, column ${before.at(-1)!.length + 1}: ${what}`,
    where: file,
    remedy: 'Correct the file in a text editor, or make it again.',
  });
}

function checkDepth(text: string, file?: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at++;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x5d || char === 0x7d) depth--;
    else if ((char === 0x5b || char === 0x7b) && ++depth > MAX_DEPTH)
      throw badJson(text, { at, file, what: `more than ${MAX_DEPTH} lists and objects inside one another` });
  }
}

const LINE = 110;

/**
 * Formats JSON with sorted keys (integers by value, then the rest by code unit), so that equal content yields equal
 * bytes. Lists of plain values stay on one line if they fit. NaN and infinities are written as null; undefined entries
 * are omitted.
 */
export function formatJson(value: unknown): string {
  return `${format(value, '')}\n`;
}

function format(value: unknown, indent: string): string {
  if (value === null || value === undefined || typeof value !== 'object') {
    // JSON.stringify drops the sign of -0, which occurs in direction cosines.
    return Object.is(value, -0) ? '-0.0' : (JSON.stringify(value ?? null) ?? 'null');
  }
  const inner = `${indent} `;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as ArrayLike<unknown>, (item) => format(item, inner));
    return enclose('[', items, ']', indent);
  }
  const source = value as Record<string, unknown>;
  const items = sortKeys(Object.keys(source).filter((key) => source[key] !== undefined)).map(
    (key) => `${JSON.stringify(key)}: ${format(source[key], inner)}`,
  );
  return enclose('{', items, '}', indent);
}

function enclose(open: string, items: string[], close: string, indent: string): string {
  const line = open + items.join(', ') + close;
  if (items.length === 0 || (indent !== '' && line.length + indent.length <= LINE && !line.includes('\n'))) return line;
  return `${open}\n${items.map((item) => `${indent} ${item}`).join(',\n')}\n${indent}${close}`;
}

function sortKeys(keys: string[]): string[] {
  const integers = keys.filter(isIndex).sort((a, b) => Number(a) - Number(b));
  return [...integers, ...keys.filter((key) => !isIndex(key)).sort()];
}

function isIndex(key: string): boolean {
  return /^(0|[1-9]\d{0,14})$/.test(key);
}
