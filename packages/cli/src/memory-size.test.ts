import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { parseMemorySize } from './memory-size.ts';

it('reads sizes as people write them', () => {
  const sizes = ['6GB', '2048MB', '5.5 GiB', '6g', '1e', '123456', '123456b', '7 kb', '2TiB', '512m'];
  const bytes = [6e9, 2048e6, 5.5 * 2 ** 30, 6e9, null, null, 123456, 7000, 2 ** 41, 512e6];
  const found = sizes.map((text) => {
    try {
      return parseMemorySize(text, '--max_memory');
    } catch (error) {
      return isNnUNetError(error, 'usage') ? null : error;
    }
  });
  expect(found).toEqual(bytes);
});

it('knows every unit, of 1000 and of 1024', () => {
  const bytes = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };
  const binary = { kib: 1024, mib: 1_048_576, gib: 1_073_741_824, tib: 1_099_511_627_776 };
  const bare = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, ki: 1024, mi: 1_048_576, gi: 1_073_741_824, ti: 1_099_511_627_776 };
  for (const [unit, size] of Object.entries({ ...bytes, ...binary, ...bare }))
    for (const number of [1, 2.5]) expect(parseMemorySize(`${number}${unit}`, '-o'), unit).toBe(number * size);
});

it('refuses everything else, naming the option', () => {
  for (const text of ['', 'GB', '-3GB', '0', '0GB', '0.0 kib', '6 apples', '1.2.3GB'])
    expect(() => parseMemorySize(text, '--max_memory')).toThrow(`"${text}" is not a memory size (--max_memory)`);
});
