import type { Summary } from '@nnunet/metrics';
import { expect, it } from 'vitest';
import { bestCandidates, formatCandidates, scoreCandidate } from './candidate.ts';
import { predictionCommands } from './prediction-commands.ts';

const member = { configuration: '2d', trainer: 'T', plans: 'P' };
const summary = (dice: Record<string, number>): Summary =>
  ({
    results: { all: [], mean: Object.fromEntries(Object.entries(dice).map(([label, Dice]) => [label, { Dice }])) },
  }) as unknown as Summary;

it('compares by the plain mean of the foreground and leaves out NaN', () => {
  const a = scoreCandidate('a', [member], summary({ 0: 0.99, 1: 0.5, 2: 0.75, mean: 0.1 }));
  const b = scoreCandidate('b', [member], summary({ 0: 0.99, 1: 0.75, 2: 0.5 }));
  const c = scoreCandidate('c', [member], summary({ 1: 0.9, 2: Number.NaN }));
  expect([a.score, a.average, c.score, c.average]).toEqual([0.625, 0.625, Number.NaN, 0.9]);
  expect(bestCandidates([a, b, c]).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(bestCandidates([c])).toEqual([]);
  expect(formatCandidates([a, c])).toBe('model,class1,class2,average\na,0.5000,0.7500,0.6250\nc,0.9000,nan,0.9000\n');
});

it('names the commands of a configuration and of an ensemble', () => {
  const options = { task: 'Task004_X', trainer: 'T', cascadeTrainer: 'C', plans: 'P' };
  const single = scoreCandidate('2d', [member], summary({ 1: 1 }));
  const line = (n: number, m: string) =>
    `nnUNet_predict -i FOLDER_WITH_TEST_CASES -o OUTPUT_FOLDER_MODEL${n} -tr T -ctr C -m ${m} -p P -t Task004_X`;
  expect(predictionCommands(single, { ...options, postprocessingFile: '/r/pp.json' })).toEqual([line(1, '2d')]);
  const pair = scoreCandidate('e', [member, { ...member, configuration: '3d_lowres' }], summary({ 1: 1 }));
  const merge = 'nnUNet_ensemble -f OUTPUT_FOLDER_MODEL1 OUTPUT_FOLDER_MODEL2 -o OUTPUT_FOLDER';
  expect(predictionCommands(pair, options)).toEqual([`${line(1, '2d')} -z`, `${line(2, '3d_lowres')} -z`, merge]);
  expect(predictionCommands(pair, { ...options, postprocessingFile: '/my data/pp.json' })[2]).toBe(
    `${merge} -pp '/my data/pp.json'`,
  );
  expect(predictionCommands(pair, { ...options, postprocessingFile: "/it's/pp.json" })[2]).toBe(
    `${merge} -pp '/it'\\''s/pp.json'`,
  );
  const commonArguments = ['--root', '/my data'];
  expect(predictionCommands(single, { ...options, commonArguments })).toEqual([`${line(1, '2d')} --root '/my data'`]);
  expect(predictionCommands(pair, { ...options, commonArguments })).toEqual([
    `${line(1, '2d')} -z --root '/my data'`,
    `${line(2, '3d_lowres')} -z --root '/my data'`,
    `${merge} --root '/my data'`,
  ]);
});
