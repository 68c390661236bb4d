import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { shippedTrainers } from './trainer-registry.ts';
import { v1Trainers } from './v1-trainers.fixture.ts';

const text = readFileSync(fileURLToPath(new URL('../../../docs/trainers.md', import.meta.url)), 'utf8');
const [present, absent] = text.split('## Not available') as [string, string];
const there = shippedTrainers.names();

it('lists every trainer in docs/trainers.md', () => {
  const named = new Set((present.match(/[…\w]+/gu) ?? []).map((word) => word.replace('…', 'nnUNetTrainerV2')));
  const cascade = (name: string) => name.replace('CascadeFullRes', '');
  const regions = (name: string) => name.replace('BraTSRegions', '');
  const missing = there.filter((name) => ![name, cascade(name), regions(name)].some((spelling) => named.has(spelling)));
  expect(missing).toEqual([]);
});

it('says of every trainer of v1 that is not there why', () => {
  const reasons = absent
    .split('\n')
    .filter((line) => line.startsWith('| nnUNetTrainer'))
    .map((line) => line.split('|'))
    .flatMap(([, names, reason]) => names!.split(',').map((name) => ({ name: name.trim(), reason: reason!.trim() })));
  expect(reasons.map(({ name }) => name).sort()).toEqual(v1Trainers.filter((name) => !there.includes(name)).sort());
  expect(reasons.filter(({ reason }) => reason === '')).toEqual([]);
});

it('names every parameter of the augmentation in docs/own_trainer.md', () => {
  const guide = readFileSync(fileURLToPath(new URL('../../../docs/own_trainer.md', import.meta.url)), 'utf8');
  const table = guide.split('## Augmentation')[1]!.split('\n## ')[0]!;
  const named = new Set([...table.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code!.match(/\w+/g) ?? []));
  const keys = (part: unknown): string[] =>
    part === null || typeof part !== 'object' || Array.isArray(part)
      ? []
      : Object.entries(part).flatMap(([key, value]) => (value === undefined ? [] : [key, ...keys(value)]));
  const registry = shippedTrainers;
  // a residual encoder needs other plans, and augments like the trainers without it
  const plain = there.filter((name) => !name.includes('Resenc'));
  const recipes = plain.map((name) => {
    const cascade = name.includes('CascadeFullRes');
    const configuration = cascade ? ('3d_cascade_fullres' as const) : ('3d_fullres' as const);
    const context = { plans: tinyPlans([8, 8, 8]), configuration, stage: 0, batchDice: true };
    return new (registry.get(name))(context).recipe(2);
  });
  const common = ['probability', 'channelProbability', 'count', 'size', 'axes', 'factor', 'classes', 'balls'];
  const local = ['scale', 'location', 'strength', 'gamma', 'width', 'mean', 'sd', 'alpha', 'sigma'];
  const known = new Set([...named, ...common, ...local]);
  expect([...new Set(recipes.flatMap(keys))].filter((key) => !known.has(key))).toEqual([]);
});
