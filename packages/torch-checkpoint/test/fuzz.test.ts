import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { mutate, zipArchive } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { openTorchCheckpoint } from '../src/open-torch-checkpoint.ts';
import { bytesSource } from '../src/range-source.ts';
import { tensorsOf } from './tensors.ts';
import { entriesOf } from './zip-archive.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

// NNUNET_FUZZ=5000 makes a longer run.
const RUNS = Number(process.env.NNUNET_FUZZ ?? 800);

async function readAll(bytes: Uint8Array): Promise<Map<string, string>> {
  const { value } = await openTorchCheckpoint(bytesSource(bytes));
  const out = new Map<string, string>();
  for (const [name, tensor] of tensorsOf(value)) out.set(name, (await tensor.read()).join());
  return out;
}

it.each(['zip.pt', 'legacy.pt', 'no-checksums.pt', 'big-endian.pt', 'zip64'])(
  'a damaged %s is read or refused with the one error, soon',
  async (file) => {
    const bytes = file === 'zip64' ? zipArchive(entriesOf(fixture('zip.pt')), true) : fixture(file);
    const whole = await readAll(bytes);
    expect(whole.size).toBeGreaterThan(30);
    let refused = 0;
    let worst = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const from = performance.now();
      try {
        const read = await readAll(mutate(bytes, seed));
        // Where checksums protect the whole elements, no wrong ones come out; part views are the exception.
        if (file.startsWith('zip') || file === 'big-endian.pt') {
          for (const [name, values] of read)
            if (!name.includes('part') && !name.includes('slice')) expect(values).toBe(whole.get(name));
        }
      } catch (error) {
        if (!isNnUNetError(error, 'bad-checkpoint')) throw new Error(`seed ${seed}: ${error}`, { cause: error });
        refused++;
      }
      worst = Math.max(worst, performance.now() - from);
    }
    expect(refused).toBeGreaterThan(RUNS / 20);
    expect(worst).toBeLessThan(2000);
  },
);
