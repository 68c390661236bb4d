import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { drawAll } from './draw-all.ts';
import { listener } from './small-task.fixture.ts';

const cases = ['a', 'b', 'c', 'd'].map((id) => ({ id }));

it.each([
  [0, 1],
  [1, 1],
  [3, 3],
])('with %i workers draws %i at a time', async (workers, expected) => {
  let [now, most] = [0, 0];
  await drawAll(cases, {
    outputFolder: 'out',
    workers,
    async draw({ id }, output) {
      expect(output).toBe(join('out', `${id}.png`));
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now--;
    },
    reporter: listener(),
  });
  expect(most).toBe(expected);
});

it('names the cases that failed, and removes their earlier pictures alone', async () => {
  const outputFolder = temporaryFolder();
  for (const id of ['a', 'b']) writeFileSync(join(outputFolder, `${id}.png`), 'earlier');
  const draw = async ({ id }: { id: string }) => {
    if (id === 'b' || id === 'c') throw new Error('no picture');
  };
  const drawn = drawAll(cases, { outputFolder, workers: 2, draw, reporter: listener() });
  await expect(drawn).rejects.toThrow(/^2 of 4 cases failed:\n- b: no picture\n- c: no picture\n/);
  expect(readdirSync(outputFolder)).toEqual(['a.png']);
});
