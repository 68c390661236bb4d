/** A number that Python's json module would write with a decimal point, as a float. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/**
 * Formats JSON byte by byte as Python's `json.dump(value, sort_keys=True, indent=4)`: keys sorted by code unit, every
 * item on a line of its own, characters beyond ASCII escaped, NaN and infinities as bare words. Numbers are written as
 * integers where they are whole, unless wrapped in {@link PythonFloat}. Undefined entries are omitted.
 *
 * @param options `sorted`: whether keys are sorted; otherwise they keep their order. Default: true
 */
export function formatPythonJson(value: unknown, { sorted = true }: { sorted?: boolean } = {}): string {
  return format(value, '\n', sorted);
}

/** @param line the line break, with the indent of the value */
function format(value: unknown, line: string, sorted: boolean): string {
  if (value instanceof PythonFloat) return floatText(value.value);
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : floatText(value);
  if (value === null || value === undefined || typeof value !== 'object') return plain(value);
  const inner = `${line}    `;
  if (Array.isArray(value)) {
    return enclose(
      '[]',
      value.map((item) => format(item, inner, sorted)),
      line,
    );
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return enclose(
    '{}',
    entries.map(([key, item]) => `${plain(key)}: ${format(item, inner, sorted)}`),
    line,
  );
}

function enclose(brackets: string, items: readonly string[], line: string): string {
  if (items.length === 0) return brackets;
  const inner = `${line}    `;
  return `${brackets[0]}${inner}${items.join(`,${inner}`)}${line}${brackets[1]}`;
}

function plain(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python's `repr` of a float: the same shortest digits as in JavaScript, with other limits of the exponent. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const [digits, power] = value.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
