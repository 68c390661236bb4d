import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { formatMinimumSizes, parseMinimumSizes } from './minimum-sizes.ts';
import { formatPostprocessing, parsePostprocessing, ruleOfV2 } from './postprocessing-json.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/foreground_then_class_ct_spacing/${name}`, import.meta.url), 'utf8');

it("reads v1's files and writes them again byte for byte", () => {
  for (const name of ['postprocessing.json', 'postprocessing_advanced.json']) {
    const text = fixture(name);
    const content = JSON.parse(text);
    const rule = parsePostprocessing(text);
    expect(rule.entries).toEqual([[1, 2], 1]);
    const decision = {
      rule,
      raw: content.dc_per_class_raw,
      allAsOne: content.dc_per_class_pp_all,
      perLabel: content.dc_per_class_pp_per_class,
    };
    const { num_samples: cases, validation_raw: rawFolder, validation_final: finalFolder } = content;
    expect(formatPostprocessing(decision, { cases, rawFolder, finalFolder })).toBe(text);
  }
  const { minimumSizes } = parsePostprocessing(fixture('postprocessing_advanced.json'));
  expect(minimumSizes).toEqual([1613.503183145268, 854.1677220596906]);
});

it('reads the spellings of a Python dictionary', () => {
  const entries = [[1, 2], 1, [3], 4];
  const sizes = [12, 3.5, 1e-7, null];
  const text = formatMinimumSizes(entries, sizes);
  expect(text).toBe('{(1, 2): 12.0, 1: 3.5, (3,): 1e-7}');
  expect(parseMinimumSizes(text, entries)).toEqual(sizes);
  expect(parseMinimumSizes('{1: np.float64(3.5),  (1,2) :12 }', entries)).toEqual([12, 3.5, null, null]);
  expect(parseMinimumSizes('{}', entries)).toEqual([null, null, null, null]);
  expect(parseMinimumSizes('None', entries)).toBeNull();
  expect(formatMinimumSizes([], [])).toBe('{}');
  expect(formatMinimumSizes([1, 2], [7])).toBe('{1: 7.0}');
  expect(parseMinimumSizes(' {(3,): 1, 3: 2, 1: 5,} ', [3, [3], 1])).toEqual([2, 1, 5]);
});

it('takes sizes that are missing or null for none', () => {
  expect(parsePostprocessing('{"for_which_classes": [1]}')).toEqual({ entries: [1], minimumSizes: null });
  expect(parsePostprocessing('{"for_which_classes": [], "min_valid_object_sizes": null, "x": NaN}').entries).toEqual(
    [],
  );
});

it('names the file and what is wrong in it', () => {
  const message = (text: string): string => {
    try {
      return JSON.stringify(parsePostprocessing(text, 'pp.json'));
    } catch (error) {
      return isNnUNetError(error) ? `${error.tag} ${error.where} ${error.message}` : String(error);
    }
  };
  expect(message('[]')).toMatch(/^bad-postprocessing pp\.json/);
  expect(message('{}')).toMatch(/for_which_classes/);
  expect(message('{"for_which_classes": [0]}')).toMatch(/has 0 in for_which_classes/);
  expect(message('{"for_which_classes": [[]]}')).toMatch(/has \[\]/);
  expect(message('{"for_which_classes": [[1, 0]]}')).toMatch(/has \[1,0\]/);
  expect(message('{"for_which_classes": [1.5]}')).toMatch(/has 1.5/);
  for (const text of ['null', '7']) expect(message(text)).toMatch(/is not a JSON object/);
  for (const sizes of ['1: 2', '{1: 2', '1: 2}', '{1: 2} x', '{1 2}'])
    expect(message(JSON.stringify({ for_which_classes: [1], min_valid_object_sizes: sizes }))).toMatch(
      /^bad-postprocessing pp/,
    );
  expect(message('{"for_which_classes": ["1"]}')).toMatch(/has "1"/);
  expect(message('{"for_which_classes": [1], "min_valid_object_sizes": "{1: os}"}')).toMatch(/^bad-postprocessing/);
  expect(message('{"for_which_classes": [1], "min_valid_object_sizes": 3}')).toMatch(/not a string/);
  expect(message('{"for_which')).toMatch(/^bad-json/);
});

const step = 'remove_all_but_largest_component_from_segmentation';

it("reads v2's labels, regions and lists of both, each as one object", () => {
  const text = readFileSync(new URL('../fixtures/v2/postprocessing.json', import.meta.url), 'utf8');
  expect(parsePostprocessing(text)).toEqual({ entries: [[1, 2]], minimumSizes: null, diagonal: true });
  const keywords = [3, [1, 2], [[1, 2], 3]].map((labels_or_regions) => ({ labels_or_regions, background_label: 0 }));
  expect(ruleOfV2([step, step, step], keywords).entries).toEqual([3, [1, 2], [1, 2, 3]]);
  expect(ruleOfV2([], [])).toEqual({ entries: [], minimumSizes: null, diagonal: true });
});

it.each([
  [[step], [], 'as many'],
  [step, [{ labels_or_regions: 1 }], 'as many'],
  [['fill_holes'], [{ labels_or_regions: 1 }], 'the function "fill_holes"'],
  [[step], [{ labels_or_regions: 1, background_label: 2 }], 'background_label 2'],
  [[step], [{}], 'nothing in labels_or_regions'],
  [[step], [null], 'nothing in labels_or_regions'],
  [[step], [{ labels_or_regions: [0, 1] }], '[0,1] in labels_or_regions'],
  [[step], [{ labels_or_regions: [] }], '[] in labels_or_regions'],
])('refuses %j with %j', (functions, keywords, words) => {
  const text = JSON.stringify({ postprocessing_fns: functions, postprocessing_kwargs: keywords });
  expect(() => parsePostprocessing(text, 'pp.json')).toThrow(words);
});
