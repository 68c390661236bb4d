import { readFileSync } from 'node:fs';
import { mutate } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { isBadPickle } from '../src/bad-pickle.ts';
import { pickleToJson } from '../src/pickle-to-json.ts';
import { readPickle } from '../src/read-pickle.ts';

// NNUNET_FUZZ=5000 makes a longer run.
const RUNS = Number(process.env.NNUNET_FUZZ ?? 800);
const files = [
  'values.p2.pkl',
  'values.p3.pkl',
  'values.p4.pkl',
  'values.p5.pkl',
  'v1/plans.pkl',
  'v1/aniso_10112.pkl',
  'v1/model_final_checkpoint.model.pkl',
];

it.each(files)('a damaged %s is a value or the one error, soon', (file) => {
  const bytes = readFileSync(new URL(`../fixtures/${file}`, import.meta.url));
  let refused = 0;
  let worst = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const damaged = mutate(bytes, seed);
    const from = performance.now();
    try {
      pickleToJson(readPickle(damaged));
    } catch (error) {
      if (!isBadPickle(error)) throw new Error(`seed ${seed}: ${error}`, { cause: error });
      refused++;
    }
    worst = Math.max(worst, performance.now() - from);
  }
  expect(refused).toBeGreaterThan(RUNS / 10);
  expect(worst).toBeLessThan(2000);
});

it('random instructions are a value or the one error', () => {
  // Every byte that is an instruction, small numbers, and the names of the table.
  const words = [...'().012BCGJKMNQRTUX]abcdehjlqrstu}'].map((c) => c.charCodeAt(0));
  for (let code = 0x80; code <= 0x98; code++) words.push(code);
  const names = [
    ...['collections\nOrderedDict', 'builtins\nset', '_codecs\nencode', 'numpy\ndtype', 'numpy\nndarray'],
    ...['numpy.core.multiarray\n_reconstruct', 'numpy.core.multiarray\nscalar', 'pathlib\nPosixPath'],
  ].map((name) => [...new TextEncoder().encode(`c${name}\n`)]);
  for (let seed = 1; seed <= RUNS * 5; seed++) {
    let state = seed;
    const next = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const bytes = [0x80, 4];
    for (let i = 0; i < 60; i++) {
      const kind = next(10);
      if (kind === 0) bytes.push(...names[next(names.length)]!);
      else if (kind === 1) bytes.push(0x4b, next(4));
      else if (kind === 2) bytes.push(0x8c, 2, 0x66, 0x34 + 4 * next(2));
      else bytes.push(words[next(words.length)]!);
    }
    try {
      readPickle(Uint8Array.from([...bytes, 0x2e]));
    } catch (error) {
      if (!isBadPickle(error)) throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
  }
});
