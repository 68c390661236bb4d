import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCaseProperties } from './case-properties-schema.ts';
import { parseFingerprint } from './fingerprint-schema.ts';
import { formatJson } from './json-with-nan.ts';
import { checkPlans, parsePlans } from './plans-schema.ts';

const read = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
const fingerprint = () => JSON.parse(read('plans/dataset_properties.json'));

function plans(dimensions: '2D' | '3D') {
  const golden = JSON.parse(read(`plans/nnUNetPlansv2.1_plans_${dimensions}.json`));
  return { ...golden, dataset_properties: fingerprint(), preprocessed_data_folder: 'preprocessed/Task101_Aniso' };
}

describe('parseFingerprint', () => {
  it("reads v1's, and what is written from it is read as the same", () => {
    const parsed = parseFingerprint(read('plans/dataset_properties.json'));
    expect(parsed).toEqual(fingerprint());
    expect(parseFingerprint(formatJson(parsed))).toEqual(parsed);
  });

  it('reads NaN as null and bare', () => {
    const zero = { mean: 0, sd: 0, mn: 0, mx: 0, percentile_99_5: 0, percentile_00_5: 0 };
    const text = JSON.stringify({
      ...fingerprint(),
      intensityproperties: { 0: { ...zero, median: null, local_props: { a: { ...zero, median: 'NAN' } } } },
    }).replace('"NAN"', 'NaN');
    const properties = parseFingerprint(text).intensityproperties!['0']!;
    expect(properties.median).toBeNaN();
    expect(properties.local_props.a!.median).toBeNaN();
    expect(formatJson(properties)).not.toContain('NaN');
  });

  it('names the wrong key', () => {
    const bad = { ...fingerprint(), all_sizes: [[1, 2]], modalities: ['MRI'] };
    expect(() => parseFingerprint(JSON.stringify(bad), 'd.json')).toThrow(
      /d\.json: 2 faults[\s\S]*all_sizes\.0": 3 sizes in voxels[\s\S]*"modalities": an object expected/,
    );
  });
});

describe('parsePlans', () => {
  it.each(['2D', '3D'] as const)("reads v1's %s plans, and what is written from them", (dimensions) => {
    const golden = plans(dimensions);
    const parsed = parsePlans(JSON.stringify(golden));
    expect(parsed).toEqual(golden);
    expect(parsePlans(formatJson(parsed))).toEqual(golden);
  });

  it('fills in what old plans lack', () => {
    const golden = plans('3D');
    const old = structuredClone(golden);
    delete old.transpose_forward;
    delete old.transpose_backward;
    delete old.plans_per_stage['0'].pool_op_kernel_sizes;
    delete old.plans_per_stage['0'].conv_kernel_sizes;
    const parsed = checkPlans(old);
    expect(parsed.transpose_forward).toEqual([0, 1, 2]);
    const stage = parsed.plans_per_stage['0']!;
    expect(stage.pool_op_kernel_sizes).toEqual(golden.plans_per_stage['0'].pool_op_kernel_sizes);
    expect(stage.conv_kernel_sizes).toEqual([1, 2, 3, 4].map(() => [3, 3, 3]));
  });

  it('lets an axis with fewer poolings join late', () => {
    const old = plans('3D');
    const { pool_op_kernel_sizes: _, conv_kernel_sizes: __, ...stage } = old.plans_per_stage['0'];
    old.plans_per_stage['0'] = { ...stage, num_pool_per_axis: [1, 3, 2] };
    const filled = checkPlans(old).plans_per_stage['0']!;
    expect(filled.pool_op_kernel_sizes).toEqual([[1, 2, 1], [1, 2, 2], [2, 2, 2]]); // biome-ignore format: a table
    expect(filled.conv_kernel_sizes).toEqual([1, 2, 3, 4].map(() => [3, 3, 3]));
  });

  it('wants lists of the right length', () => {
    const lists: [string, (p: ReturnType<typeof plans>, list: number[]) => void][] = [
      ['median_patient_size_in_voxels', (p, list) => Object.assign(p.plans_per_stage['0'], { median_patient_size_in_voxels: list })],
      ['current_spacing', (p, list) => Object.assign(p.plans_per_stage['0'], { current_spacing: list })],
      ['original_spacing', (p, list) => Object.assign(p.plans_per_stage['0'], { original_spacing: list })],
      ['original_spacings', (p, list) => Object.assign(p, { original_spacings: [list] })],
      ['original_sizes', (p, list) => Object.assign(p, { original_sizes: [list] })],
      ['all_sizes', (p, list) => Object.assign(p.dataset_properties, { all_sizes: [list] })],
      ['all_spacings', (p, list) => Object.assign(p.dataset_properties, { all_spacings: [list] })],
    ]; // biome-ignore format: a table
    for (const [key, put] of lists) {
      for (const n of [2, 3, 4]) {
        const changed = structuredClone(plans('3D'));
        put(changed, new Array(n).fill(5));
        expect([key, n, caught(() => checkPlans(changed))]).toEqual([
          key,
          n,
          n === 3 ? '' : expect.stringContaining(key),
        ]);
      }
    }
  });

  it.each(['current_spacing', 'original_spacing'])('refuses a %s that no image has', (key) => {
    for (const mm of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const wrong = structuredClone(plans('3D'));
      wrong.plans_per_stage[0][key][1] = mm;
      expect([mm, caught(() => checkPlans(wrong))]).toEqual([
        mm,
        expect.stringContaining(`plans_per_stage.0.${key}.1`),
      ]);
    }
  });

  it('refuses statistics of CT that are not finite, and leaves those of other modalities alone', () => {
    const whole = { median: 1, mean: 1, sd: 1, mn: 1, mx: 1, percentile_99_5: 1, percentile_00_5: 1, local_props: {} };
    const of = (scheme: string, change: object) => {
      const given = structuredClone(plans('3D'));
      given.normalization_schemes = { 0: scheme };
      given.dataset_properties.intensityproperties = { 0: { ...whole, ...change } };
      return caught(() => checkPlans(given));
    };
    expect(of('CT', { median: null })).toBe('');
    for (const key of ['mean', 'sd', 'percentile_99_5', 'percentile_00_5']) {
      expect(of('CT', { [key]: null })).toMatch(/finite intensityproperties/);
      expect(of('CT2', { [key]: null })).toMatch(/finite intensityproperties/);
      expect(of('nonCT', { [key]: null })).toBe('');
    }
    const without = plans('3D');
    expect(caught(() => checkPlans({ ...without, normalization_schemes: { 0: 'CT' } }))).toBe('');
  });

  it('refuses more classes than label maps of one byte hold', () => {
    expect(caught(() => checkPlans({ ...plans('3D'), num_classes: 256 }))).toMatch(/num_classes.*no more than 255/);
    expect(caught(() => checkPlans({ ...plans('3D'), num_classes: 255 }))).toBe('');
  });

  it('keeps keys of other planners', () => {
    const more = plans('3D');
    more.plans_per_stage['0'].num_blocks_encoder = [1, 2, 3];
    expect(checkPlans(more).plans_per_stage['0']).toHaveProperty('num_blocks_encoder', [1, 2, 3]);
  });

  it('names contradictions and wrong keys', () => {
    expect(() => checkPlans({ ...plans('3D'), num_stages: 2 })).toThrow(/plans_per_stage as num_stages says/);
    expect(() => checkPlans({ ...plans('3D'), num_modalities: 2 })).toThrow(/normalization_schemes as num_modalities/);
    expect(() => checkPlans({ ...plans('3D'), transpose_forward: [0, 0, 1] })).toThrow(/"transpose_forward": the axes/);
    expect(() => checkPlans({ ...plans('3D'), transpose_backward: [2, 0, 1] })).toThrow(/to undo transpose_forward/);
    const bad = plans('3D');
    bad.plans_per_stage['0'].patch_size = [16, 0, 16];
    expect(() => checkPlans(bad, 'p.json')).toThrow(
      /p\.json: key "plans_per_stage\.0\.patch_size\.1": .*1 or more.*found 0/,
    );
  });

  it('takes no numbers that memory is made of and cannot hold', () => {
    const changed = (key: string, value: unknown) => {
      const bad = plans('3D');
      return { ...bad, plans_per_stage: { ...bad.plans_per_stage, 0: { ...bad.plans_per_stage['0'], [key]: value } } };
    };
    const says = (key: string, value: unknown) => caught(() => checkPlans(changed(key, value)));
    for (const [key, most, more] of [
      ['batch_size', 65536, 65537],
      ['conv_kernel_sizes', [[3, 3, 1000]], [[3, 3, 1001]]],
      ['pool_op_kernel_sizes', [[1, 2, 2]], [[1, 2, 2, 2]]],
      ['conv_kernel_sizes', [[1, 3]], [[1]]],
      ['num_pool_per_axis', [0, 20, 3], [0, 21, 3]],
    ] as const) {
      expect([key, says(key, most), says(key, more)]).toEqual([key, '', expect.stringContaining(key)]);
    }
    expect(says('num_pool_per_axis', [1, 2])).toMatch(/as many entries in patch_size as in num_pool_per_axis/);
    for (const [n, message] of [[100, /^$/], [101, /no more than 100 convolutions/]] as const) // biome-ignore format: a table
      expect(caught(() => checkPlans({ ...plans('3D'), conv_per_stage: n }))).toMatch(message);
    expect(() => checkPlans(changed('patch_size', [1024, 1024, 256]))).not.toThrow();
    expect(() => checkPlans(changed('patch_size', [1024, 1024, 257]))).toThrow(/no more than 2\^28 voxels/);
    expect(() => checkPlans(changed('batch_size', 1e9))).toThrow(/no more than 65536 patches/);
    expect(() => checkPlans(changed('conv_kernel_sizes', [[3, 3, 5000]]))).toThrow(/beyond 1000 voxels/);
  });
});

describe('parseCaseProperties', () => {
  it("reads v1's", () => {
    const parsed = parseCaseProperties(read('cropped.json'), 'c.json');
    expect(parsed.crop_bbox).toEqual([[0, 38], [0, 9], [0, 33]]); // biome-ignore format: a table
    expect(parseCaseProperties(formatJson(parsed), 'c.json')).toEqual(parsed);
  });

  it('wants lists of the right length', () => {
    const given = JSON.parse(read('cropped.json'));
    for (const key of [
      'original_size_of_raw_data',
      'original_spacing',
      'itk_origin',
      'itk_spacing',
      'itk_direction',
      'crop_bbox',
      'size_after_cropping',
      'size_after_resampling',
      'spacing_after_resampling',
    ]) {
      // biome-ignore format: a list
      const right = given[key] ?? [1, 1, 1];
      for (const [list, message] of [[right, ''], [right.slice(1), key], [[...right, right[0]], key]]) // biome-ignore format: a table
        expect(caught(() => parseCaseProperties(JSON.stringify({ ...given, [key]: list }), 'c'))).toContain(message);
    }
    const boxes = (pair: number[]) => JSON.stringify({ ...given, crop_bbox: [pair, [0, 9], [0, 33]] });
    for (const pair of [[0], [0, 1, 2]])
      expect(caught(() => parseCaseProperties(boxes(pair), 'c'))).toContain('bounds');
    const { seg_file: _, ...test } = given;
    expect(parseCaseProperties(JSON.stringify(test), 'c').seg_file).toBeNull();
  });

  it('names the wrong key', () => {
    const bad = { ...JSON.parse(read('cropped.json')), itk_direction: [1, 0, 0] };
    expect(() => parseCaseProperties(JSON.stringify(bad), 'c.json')).toThrow(
      /c\.json: key "itk_direction": 9 direction/,
    );
  });
});

function caught(work: () => unknown): string {
  try {
    work();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

it('lists the keys that are missing, and says where an object is expected', () => {
  const said = (value: unknown) => {
    try {
      checkPlans(value, 'plans.json');
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(said({})).toMatch(/^plans\.json: lacks the keys "num_stages", "num_modalities", .* and 5 more\n/);
  expect(said({ num_stages: 'two' })).toMatch(
    /^plans\.json: 15 faults\n {2}lacks the keys "num_modalities".* and 4 more\n {2}key "num_stages": .*; found "two"\n/,
  );
  expect(said([])).toMatch(/^plans\.json: an object expected; found \[\]\n/);
  expect(said({})).not.toMatch(/Invalid/);
});
