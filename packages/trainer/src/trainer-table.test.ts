import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { TrainerRegistry } from './trainer-registry.ts';

it('lists every trainer in docs/trainers.md', () => {
  const text = readFileSync(fileURLToPath(new URL('../../../docs/trainers.md', import.meta.url)), 'utf8');
  const [present, absent] = text.split('## Not there');
  const named = new Set((present!.match(/[…\w]+/gu) ?? []).map((word) => word.replace('…', 'nnUNetTrainerV2')));
  const cascade = (name: string) => name.replace('CascadeFullRes', '');
  const regions = (name: string) => name.replace('BraTSRegions', '');
  const missing = new TrainerRegistry()
    .names()
    .filter((name) => ![name, cascade(name), regions(name)].some((spelling) => named.has(spelling)));
  expect(missing).toEqual([]);
  expect(absent).toBeDefined();
});
