import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { commonMemory, KernelMemory } from './plane-kernels.ts';
import { BINARY } from './plane-kernels-binary.ts';

it('has the binary of its source', () => {
  const build = fileURLToPath(new URL('../kernels/build.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [build, '--check'], { encoding: 'utf8' })).toBe('');
}, 30_000);

it('is small enough to be compiled at once by every browser', () => {
  expect(atob(BINARY).length).toBeLessThan(4096);
});

for (const n of [1, 2, 3, 6, 7]) {
  it(`bounds and clips ${n} values, and passes over NaN`, () => {
    const memory = new KernelMemory(2 * KernelMemory.bytesOf(16));
    const bounds = memory.float64(2);
    const values = memory.float64(n + 1);
    bounds.set([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    for (let i = 0; i < n; i++) values[i] = (5 * i) % 7;
    values[n] = 99;
    if (n > 3) values[1] = Number.NaN;
    const before = [...values];
    const held = before.slice(0, n).filter((v) => !Number.isNaN(v));
    memory.run.bound(bounds.byteOffset, values.byteOffset, n);
    expect([...bounds]).toEqual([Math.min(...held), Math.max(...held)]);
    memory.run.clip(values.byteOffset, 1, 4, n);
    expect([...values]).toEqual(before.map((v, i) => (i === n ? 99 : Math.min(Math.max(v, 1), 4))));
  });
}

it('gives calls that need little the same memory', () => {
  const memory = commonMemory(3000);
  expect(commonMemory(2000)).toBe(memory);
  expect(memory.float64(3).byteOffset).toBe(commonMemory(1000).float64(3).byteOffset);
  expect(commonMemory(2 ** 25)).not.toBe(commonMemory(2 ** 25));
});

it('says how much memory cannot be had', () => {
  let caught: unknown;
  try {
    new KernelMemory(2 ** 33);
  } catch (error) {
    caught = error;
  }
  expect(isNnUNetError(caught, 'memory-limit')).toBe(true);
  expect((caught as Error).message).toContain('8.6 GB');
});
