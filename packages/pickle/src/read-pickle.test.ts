import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PickledArray } from './numpy-array.ts';
import { pickleToJson } from './pickle-to-json.ts';
import { readPickle, readPickleAt } from './read-pickle.ts';

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const golden = new URL('../../../../shared/golden/', import.meta.url);

/** JSON with bare NaN and Infinity. */
function parseJson(text: string): unknown {
  return JSON.parse(
    text.replace(/: ?(-?(?:NaN|Infinity))|^\s*(-?(?:NaN|Infinity))/gm, (all) => all.replace(/-?[NI]\w+/, '"~$&"')),
    (_, v) => (typeof v === 'string' && v.startsWith('~') ? Number(v.slice(1)) : v),
  );
}

describe('values of Python', () => {
  const expected = parseJson(fixture('values.json').toString()) as Record<string, unknown>;

  it.each([2, 3, 4, 5])('come back from protocol %i', (protocol) => {
    const value = readPickle(fixture(`values.p${protocol}.pkl`)) as Map<string, Map<string, unknown>>;
    expect([...value.keys()]).toEqual(['plain', 'arrays', 'scalars', 'special']);
    for (const part of ['plain', 'arrays', 'scalars'] as const) {
      expect(pickleToJson(value.get(part))).toEqual(expected[part]);
    }
    const special = value.get('special')!;
    expect(special.get('bytes')).toEqual(Uint8Array.from({ length: 400 }, (_, i) => (i % 2 ? 255 : 0)));
    expect(special.get('bytearray')).toEqual(Uint8Array.of(97, 98, 99));
    expect(special.get('empty bytes')).toEqual(new Uint8Array());
    expect(special.get('complex')).toEqual({ real: 1.5, imag: -2 });
    expect(special.get('complex array')).toEqual([
      { real: 1, imag: 2 },
      { real: 3, imag: -4 },
    ]);
    expect(special.get('byte texts')).toEqual([Uint8Array.of(97, 98), Uint8Array.of(99)]);
    const big = [2n ** 53n, -(2n ** 53n), 2n ** 64n - 1n, -(2n ** 64n), 2n ** 200n, -(2n ** 200n)];
    expect(special.get('integers')).toEqual([...big, 0x1950a86a20f9469cfc6cn]);
    expect(special.get('surrogate')).toBe('a\udc80b');
  });

  it('are texts with a surrogate beside characters of each length', () => {
    const read = (...bytes: number[]) => readPickle(Uint8Array.from([0x80, 4, 0x8c, bytes.length, ...bytes, 0x2e]));
    const surrogate = [0xed, 0xb2, 0x80];
    expect(read(...surrogate, ...new TextEncoder().encode('aß€😀\u{10ffff}'))).toBe('\udc80aß€😀\u{10ffff}');
    // The first and the last character of each length.
    const edges = '\x00\x7f\x80\u07ff\u0800\uffff\u{10000}\u{3ffff}\u{40000}\u{fffff}\u{100000}';
    expect(read(...surrogate, ...new TextEncoder().encode(edges))).toBe(`\udc80${edges}`);
    // Longer than need be, cut short, beyond the last character, and a byte that begins none.
    for (const wrong of [
      [0xc1, 0xbf],
      [0xe0, 0x9f, 0xbf],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf0, 0x9f, 0x98],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xbf],
      [0xc3, 0x28],
    ])
      expect(() => read(...surrogate, ...wrong)).toThrow(/not UTF-8/);
  });

  it('keep their kinds', () => {
    const value = readPickle(fixture('values.p4.pkl')) as Map<string, Map<string, unknown>>;
    const plain = value.get('plain')!;
    expect((plain.get('tuples') as unknown[]).every(Object.isFrozen)).toBe(true);
    const shared = plain.get('shared') as unknown[];
    expect(shared[0]).toBe(shared[1]);
    expect(plain.get('set')).toEqual(new Set([7]));
    expect([...(plain.get('ordered') as Map<unknown, unknown>).keys()]).toEqual(['z', 'a']);
    expect([...(plain.get('keys') as Map<unknown, unknown>).keys()]).toEqual([0, 1, 'a', [1, 2], null]);
    const arrays = value.get('arrays')!;
    const types = ['f8', 'f4', 'f2', 'i8', 'u8', 'bool', 'column-major', 'no elements', 'no axes'].map((name) => {
      const { data, shape, dtype } = arrays.get(name) as PickledArray;
      return [data.constructor.name, dtype, ...shape];
    });
    expect(types).toEqual([
      ['Float64Array', 'float64', 2, 3, 4],
      ['Float32Array', 'float32', 4, 6],
      ['Float32Array', 'float16', 24],
      ['BigInt64Array', 'int64', 6, 4],
      ['BigUint64Array', 'uint64', 24],
      ['Uint8Array', 'bool', 24],
      ['Float64Array', 'float64', 2, 3, 4],
      ['Float64Array', 'float64', 0, 3],
      ['Float64Array', 'float64'],
    ]);
    const scalars = value.get('scalars')!;
    expect(scalars.get('i8 beyond 2^53')).toBe(-(2n ** 60n));
    expect(scalars.get('f4')).toBe(Math.fround(0.1));
    expect(Object.prototype).not.toHaveProperty('__proto__.1');
  });
});

describe("v1's pickles", () => {
  it('are those of its JSON', () => {
    const properties = pickleToJson(readPickle(fixture('v1/aniso_10112.pkl')));
    expect(properties).toEqual(JSON.parse(fixture('v1/aniso_10112.json').toString()));
    const model = readPickle(fixture('v1/model_final_checkpoint.model.pkl')) as Map<string, unknown>;
    expect([...model.keys()]).toEqual(['init', 'name', 'class', 'plans']);
    expect(model.get('name')).toBe('nnUNetTrainerV2');
    expect((model.get('init') as unknown[]).slice(4)).toEqual([false, 0, true, false, false]);
    const plans = pickleToJson(readPickle(fixture('v1/plans.pkl'))) as Record<string, never>;
    expect(plans).toMatchObject({ num_stages: 1, base_num_features: 4, all_classes: [1, 2], modalities: { 0: 'CT' } });
  });

  it.skipIf(!existsSync(golden))('are all read (skipped without ../shared/golden)', () => {
    const files = readdirSync(golden, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.pkl'));
    expect(files.length).toBeGreaterThan(40);
    let twins = 0;
    for (const file of files) {
      const json = pickleToJson(readPickle(readFileSync(new URL(file, golden))));
      const twin = new URL(file.replace(/\.pkl$/, '.json'), golden);
      if (!existsSync(twin)) continue;
      expect(json, file).toEqual(JSON.parse(readFileSync(twin, 'utf8')));
      twins++;
    }
    expect(twins).toBeGreaterThan(8);
    const plans = 'models/v1/nnUNet/3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1/plans.pkl';
    const { dataset_properties, preprocessed_data_folder, list_of_npz_files, ...rest } = pickleToJson(
      readPickle(readFileSync(new URL(plans, golden))),
    ) as Record<string, unknown>;
    const folder = new URL('plans/Task004_Hippocampus/', golden);
    const { list_of_npz_files: names, ...same } = JSON.parse(
      readFileSync(new URL('nnUNetPlansv2.1_plans_3D.json', folder), 'utf8'),
    );
    expect(rest).toEqual(same);
    const { case_ids, ...properties } = JSON.parse(readFileSync(new URL('dataset_properties.json', folder), 'utf8'));
    expect(dataset_properties).toEqual(properties);
    expect([case_ids.length, (list_of_npz_files as string[]).length, names.length]).toEqual([200, 200, 200]);
    expect(preprocessed_data_folder).toBeTypeOf('string');
  });
});

describe('streams', () => {
  it('are read one pickle after the other', () => {
    const bytes = Uint8Array.of(9, 0x80, 2, 0x4b, 5, 0x2e, 0x80, 2, 0x4e, 0x2e, 1);
    expect(readPickleAt(bytes, 1)).toEqual({ value: 5, end: 6 });
    expect(readPickleAt(bytes, 6)).toEqual({ value: null, end: 10 });
    expect(() => readPickleAt(bytes, 10)).toThrow(/at byte 10/);
  });

  it('have persistent ids and further names where these are given', () => {
    const bytes = new TextEncoder().encode('\x00\x02ctorch\nThing\nK\x07\x00Q.');
    bytes[0] = 0x80;
    bytes[bytes.length - 3] = 0x85;
    const globals = { 'torch.Thing': { value: 'thing' } };
    const pickle = bytes.slice();
    expect(() => readPickle(pickle, { globals })).toThrow(/persistent id/);
    const both = Uint8Array.of(...pickle.subarray(0, -1), 0x86, 0x2e);
    expect(readPickle(both, { globals, persistentId: (id) => ({ id }) })).toEqual(['thing', { id: [7] }]);
  });
});
