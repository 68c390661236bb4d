import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatJsonV2 } from './json-v2.ts';

it('keeps the order of keys, and writes floats with a point where v2 has floats', () => {
  const configurations = {
    '3d_lowres': { spacing: [2, 1.5], median_image_size_in_voxels: [40, 50], patch_size: [8, 8] },
    '2d': { spacing: [1, 1], median_image_size_in_voxels: [40, 50], norm_op_kwargs: { eps: 1e-5, affine: true } },
  };
  expect(formatJsonV2({ plans_name: 'Größe', configurations, order: 1 }).replace(/\s+/g, ' ')).toBe(
    '{ "plans_name": "Gr\\u00f6\\u00dfe", "configurations": { "3d_lowres": { "spacing": [ 2.0, 1.5 ], ' +
      '"median_image_size_in_voxels": [ 40, 50 ], "patch_size": [ 8, 8 ] }, "2d": { "spacing": [ 1.0, 1.0 ], ' +
      '"median_image_size_in_voxels": [ 40.0, 50.0 ], "norm_op_kwargs": { "eps": 1e-05, "affine": true } } }, "order": 1 }',
  );
});

const golden = new URL('../../../../shared/golden/v2/plans/', import.meta.url);

describe.skipIf(!existsSync(golden))("writes v2's own files byte by byte (../shared/golden/v2)", () => {
  const files = (existsSync(golden) ? readdirSync(golden) : []).flatMap((dataset) =>
    readdirSync(new URL(`${dataset}/`, golden))
      .filter((name) => /(Plans|fingerprint)\.json$/.test(name))
      .map((name) => `${dataset}/${name}`),
  );

  it('finds them', () => expect(files.length).toBeGreaterThan(20));

  it.each(files)('%s', (file) => {
    const text = readFileSync(new URL(file, golden), 'utf8');
    expect(formatJsonV2(JSON.parse(text))).toBe(text);
  });
});
