import { expect, it } from 'vitest';
import { scoreClassesV2 } from './score-classes.ts';
import { foregroundDiceV2, formatSummaryV2, parseSummaryV2, summaryV2 } from './summary-v2.ts';

function caseOf(name: string, test: number[], reference: number[]) {
  const metrics = scoreClassesV2(Uint8Array.from(test), Uint8Array.from(reference), { classes: [1, [1, 2], [3]] });
  return { metrics, prediction_file: `pred/${name}`, reference_file: `ref/${name}` };
}
const summary = summaryV2([caseOf('a', [1, 1, 2, 0], [1, 2, 2, 0]), caseOf('b', [0, 0, 2, 0], [0, 0, 0, 0])]);

it('leaves NaN out of the means over cases, but not out of the foreground, as v2', () => {
  expect(summary.mean).toMatchObject({
    1: { Dice: 2 / 3, TP: 0.5, FP: 0.5 },
    '(1, 2)': { Dice: 0.5, n_pred: 2 },
    '(3,)': { Dice: Number.NaN, TN: 4 },
  });
  expect(summary.foreground_mean).toMatchObject({ Dice: Number.NaN, n_pred: 1, TN: 3 });
  expect(foregroundDiceV2(summary)).toBe((2 / 3 + 0.5) / 2);
  const background = { ...summary, mean: { 0: { ...summary.mean[1]!, Dice: 0 }, 1: summary.mean[1]! } };
  expect(foregroundDiceV2(background)).toBe(2 / 3);
});

it('writes keys in order, counts as integers and means as floats', () => {
  const text = formatSummaryV2(summary);
  expect(text.startsWith('{\n    "foreground_mean": {\n        "Dice": NaN,\n        "FN": ')).toBe(true);
  expect(text).toContain('"mean": {\n        "(1, 2)": {\n            "Dice": 0.5,\n            "FN": 0.0,');
  const [mean, cases] = text.split('"metric_per_case"') as [string, string];
  expect(mean.match(/"(\(.*\)|\d)": \{/g)).toEqual(['"(1, 2)": {', '"(3,)": {', '"1": {']);
  expect(cases).toContain('"Dice": 1.0,\n                    "FN": 0,\n                    "FP": 0,\n');
  expect(cases).toContain('"prediction_file": "pred/a",\n            "reference_file": "ref/a"\n        },');
  expect(text.endsWith(']\n}')).toBe(true);
  expect(parseSummaryV2(text)).toEqual(summary);
});

it.each([
  ['{', /is not JSON/],
  ['{"results": {}}', /has not the keys of nnU-Net v2/],
  [formatSummaryV2(summary).replaceAll('"n_ref"', '"ref"'), /has not the keys/],
  [formatSummaryV2(summary).replace(/"IoU": [^,]*(?=,[^{]*"n_ref": \d+\n)/, '"IoU": "none"'), /a case without scores/],
])('refuses another file', (text, message) => {
  expect(() => parseSummaryV2(text, 's.json')).toThrow(message);
  expect(() => parseSummaryV2(text, 's.json')).toThrow(
    expect.objectContaining({ tag: 'bad-summary', where: 's.json' }),
  );
});
