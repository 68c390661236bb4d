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

it('refuses what is none, naming the option', () => {
  for (const text of ['', 'GB', '-3GB', '0', '6 apples', '1.2.3GB'])
    expect(() => parseMemorySize(text, '--max_memory')).toThrow(/--max_memory/);
});
