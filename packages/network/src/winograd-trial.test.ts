import { expect, it, vi } from 'vitest';
import { nodeRuntime } from './node/node-runtime.ts';
import { NARROW_LAYER, timeWinograd, WIDE_LAYER } from './winograd-trial.ts';

it('times both forms of a layer, without the first run of each', async () => {
  const load = vi.spyOn(nodeRuntime, 'load');
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
  // Runs take turns: plain 900, 901, …; Winograd's 10 less. The first is the fastest.
  const sessions: string[] = [];
  let runs = 0;
  load.mockImplementation(async (model) => {
    const form = Buffer.from(model).toString('latin1').includes('Gather') ? 'winograd' : 'plain';
    sessions.push(form);
    return {
      async run({ x }: { x: { dims: number[] } }) {
        expect(x.dims).toEqual([1, 32, 16, 24, 24]);
        clock += (runs < 2 ? 1 : 900 + runs) - (form === 'winograd' ? 10 : 0);
        runs++;
        return {};
      },
      release: async () => void sessions.push('released'),
    } as never;
  });
  expect(await timeWinograd(nodeRuntime, WIDE_LAYER)).toEqual({ plain: 902, winograd: 893 });
  expect(sessions).toEqual(['plain', 'winograd', 'released', 'released']);
  expect(runs).toBe(10);
  load.mockRestore();
  now.mockRestore();
  const { plain, winograd } = await timeWinograd(nodeRuntime, { ...NARROW_LAYER, size: [8, 16, 16] });
  for (const time of [plain, winograd]) expect(time).toBeGreaterThan(0);
});
