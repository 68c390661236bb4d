import { expect, it } from 'vitest';
import { chooseLowering, loweringFor } from './choose-lowering.ts';
import { nodeRuntime, physicalCores } from './node/node-runtime.ts';

it.each(['training', 'prediction'] as const)('chooses once for %s, and says why', async (use) => {
  const chosen = await chooseLowering(nodeRuntime, use);
  expect(await chooseLowering(nodeRuntime, use)).toBe(chosen);
  const withoutBlocks = use === 'training' ? ['plain'] : ['plain', 'winograd'];
  expect(chosen.block === undefined ? withoutBlocks : ['blocked']).toContain(chosen.name);
  if (chosen.block !== undefined) expect([4, 8, 16]).toContain(chosen.block);
  expect(chosen.reason).toMatch(
    /^(Standard operators|Operators in blocks of \d+ channels|Winograd's convolutions): .*\.$/,
  );
  expect((await loweringFor(nodeRuntime, 'auto', 'cpu', use)) === undefined).toBe(chosen.name === 'plain');
  expect(await loweringFor(nodeRuntime, 'plain')).toBeUndefined();
});

it('counts at least one core', () => {
  expect(physicalCores()).toBeGreaterThanOrEqual(1);
});
