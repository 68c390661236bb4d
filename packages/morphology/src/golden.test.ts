import { existsSync, readFileSync } from 'node:fs';
import { readNpz } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { ball, close, dilate, erode, open } from './dilation.ts';

const folder = new URL('../../../../shared/golden/augment/', import.meta.url);
const present = existsSync(new URL('cascade.npz', folder));
const operations = { dilation: dilate, erosion: erode, opening: open, closing: close };

interface Entry {
  name: string;
  channel_order: number[];
  operations: (keyof typeof operations)[];
  radii: number[];
}

// needs ../shared/golden/augment beside the repository
it.skipIf(!present)('changes one-hot labels as v1 does in its cascade augmentation', async () => {
  const json = JSON.parse(readFileSync(new URL('cascade.json', folder), 'utf8'));
  const entries = (Array.isArray(json) ? json : json.cases) as Entry[];
  const arrays = await readNpz(readFileSync(new URL('cascade.npz', folder)));
  const moved = arrays.get('moved')!;
  const shape = moved.shape.slice(-3);
  const size = shape[0]! * shape[1]! * shape[2]!;
  expect(entries.length).toBeGreaterThan(5);
  for (const entry of entries) {
    const channels: Uint8Array[] = [1, 2].map((c) =>
      Uint8Array.from(moved.data.subarray(c * size, (c + 1) * size) as Float32Array),
    );
    entry.channel_order.forEach((c, i) => {
      const before = channels[c - 1]!;
      const after = operations[entry.operations[i]!](before, shape, ball(entry.radii[i]!));
      const other = channels[2 - c]!;
      for (let v = 0; v < size; v++) if (after[v] && !before[v]) other[v] = 0;
      channels[c - 1] = after;
    });
    const expected = arrays.get(entry.name)!.data as Float32Array;
    let wrong = 0;
    for (let v = 0; v < 2 * size; v++) if (expected[v] !== channels[v < size ? 0 : 1]![v % size]) wrong++;
    expect([entry.name, wrong]).toEqual([entry.name, 0]);
  }
});
