import { expect, it } from 'vitest';
import { formatPythonJson, PythonFloat } from './python-json.ts';

it.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [604, '604.0'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e-4, '0.0001'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [123456789012345680, '1.2345678901234568e+17'],
  [1e16, '1e+16'],
  [1234567890123456, '1234567890123456.0'],
  [-1.25e-300, '-1.25e-300'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
])('writes the float %d as Python does: %s', (value, text) => {
  expect(formatPythonJson(new PythonFloat(value))).toBe(text);
});

it('sorts keys by their characters, integers too, and puts every item on a line', () => {
  const value = { 2: 1, 10: [0.5, true, null], '(1, 2)': {}, a: [], left: undefined, b: { é: '"\n\u{1F600}' } };
  expect(formatPythonJson(value)).toBe(
    `{
    "(1, 2)": {},
    "10": [
        0.5,
        true,
        null
    ],
    "2": 1,
    "a": [],
    "b": {
        "\\u00e9": "\\"\\n\\ud83d\\ude00"
    }
}`,
  );
});
