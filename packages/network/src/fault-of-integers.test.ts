import { afterEach, expect, it, vi } from 'vitest';
import { faultOfIntegers } from './fault-of-integers.ts';
import { nodeRuntime } from './node/node-runtime.ts';
import type { Runtime } from './runtime.ts';

/** A runtime whose convolution has these results. */
function resulting(data: Uint8Array): Runtime {
  const session = { run: async () => ({ y: { data } }), release: async () => undefined };
  return { ...nodeRuntime, load: async () => session as never };
}

afterEach(() => void vi.restoreAllMocks());

it('finds exact integers exact, and asks a runtime once', async () => {
  const runtime = resulting(Uint8Array.of(228, 28));
  const load = vi.spyOn(runtime, 'load');
  expect(await faultOfIntegers(runtime)).toBeNull();
  expect(await faultOfIntegers(runtime)).toBeNull();
  expect(load).toHaveBeenCalledOnce();
});

it('says what is wrong with sums that saturate', async () => {
  // 2 * 255 * 127 = 64770 is cut off at 32767, or -64770 at -32768: half of 100 is left.
  for (const [codes, shown] of [
    [[179, 77], '179 and 77'],
    [[228, 29], '228 and 29'],
  ] as const)
    expect(await faultOfIntegers(resulting(Uint8Array.from(codes)))).toBe(
      `this processor computes them inexactly (${shown} instead of 228 and 28)`,
    );
});

it('says that operators are missing', async () => {
  const load = () => Promise.reject(new Error('no kernel'));
  expect(await faultOfIntegers({ ...nodeRuntime, load })).toBe('this processor has no operators for them (no kernel)');
});

it('agrees with this processor about the greatest sum', async () => {
  // On one whose sums saturate, that is what it says.
  expect(await faultOfIntegers(nodeRuntime)).toSatisfy(
    (fault: string | null) => fault === null || /inexactly \(1\d\d and \d\d instead of 228 and 28\)$/.test(fault),
  );
});
