import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceDescription } from '@nnunet/augment/node';
import type { Expression } from '@nnunet/autodiff';
import { add } from '@nnunet/autodiff/operators';
import { Architecture, type Layers, shippedArchitectures } from '@nnunet/network';
import { readCaseProperties, writePreparedCase } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import { shippedTrainers } from '../trainer-registry.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { type Announcement, announceTraining } from './announce-training.ts';
import type { FoldCases } from './fold-cases.ts';
import { LogFile } from './log-file.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';

vi.mock('@nnunet/network/node/internal', async (original) => ({
  ...(await original<typeof import('@nnunet/network/node/internal')>()),
  chooseLowering: async () => ({ name: 'plain', block: undefined, reason: 'Whatever is the fastest here.' }),
}));

const noCases: SourceDescription = { kind: 'arrays', cases: [] };

async function announced(
  more: Partial<Announcement>,
  {
    split = {},
    settings = {},
    training = noCases,
  }: { split?: Partial<FoldCases>; settings?: object; training?: typeof noCases },
) {
  const foldFolder = temporaryFolder();
  const lines: string[] = [];
  const log = await LogFile.start(foldFolder, (line) => lines.push(line));
  const trainer = createTrainer({ plans: tinyPlans([8, 8]), configuration: '2d', trainer: 'nnUNetTrainerV2' });
  const cases = { train: ['a', 'b'], val: ['c'], made: null, notices: [], ...split };
  await announceTraining(
    {
      task: 'Task900_Tiny',
      fold: 3,
      foldFolder,
      trainer,
      recipe: trainer.recipe(5),
      compute: { lowering: 'plain' },
      ...more,
    },
    { folder: '', cases: [], split: cases, training, validation: noCases },
    {
      state: startingState(resolveSettings(settings), 0.99),
      weights: new Map(),
      batchSize: 5,
      memory: { line: 'a step takes 1 GB', data: { training, validation: noCases } },
      continues: null,
      begins: null,
    },
    log,
  );
  return { lines, debug: JSON.parse(await readFile(join(foldFolder, 'debug.json'), 'utf8')), log };
}

it('says the cases, the memory and the operators of a training, and no more where nothing is special', async () => {
  const { lines } = await announced({}, {});
  expect(lines).toEqual([
    'fold 3: 2 training cases, 1 validation case',
    'a step takes 1 GB',
    'Operators as requested: plain.',
  ]);
  const auto = await announced({ compute: {} }, {});
  expect(auto.lines.at(-1)).toBe('Whatever is the fastest here.');
});

it('says if an architecture is for one patch size', async () => {
  class OnePatch extends Architecture {
    override outputs(x: Expression, layers: Layers): Expression[] {
      const place = layers.parameter('place', [1, 1, ...x.shape.slice(2)], 0);
      return [layers.convolution(add(x, place), { name: 'head', outputs: this.settings.classes })];
    }
  }
  class Mine extends nnUNetTrainerV2 {
    override networkVariant() {
      return { architecture: 'OnePatch', deepSupervision: false };
    }
  }
  const trainer = createTrainer({
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'Mine',
    trainers: shippedTrainers.with(Mine),
    architectures: shippedArchitectures.with(OnePatch),
  });
  const { lines } = await announced({ trainer }, {});
  expect(lines).toContain('OnePatch works with patches of 8 x 8 voxels only');
});

it('says what is special: new folds, odd folds, cases without foreground, settings, sessions', async () => {
  const root = temporaryFolder();
  await writeTinyTask(root, [0]);
  const folder = join(root, 'nnUNetData_plans_v2.1_stage0');
  const properties = await readCaseProperties(join(folder, 'case_0.json'));
  const caseIds = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7'];
  for (const id of caseIds) {
    const content = { data: new Float32Array(16), shape: [2, 2, 2, 2] as const, properties };
    await writePreparedCase(folder, id, { ...content, locations: { 1: new Int32Array() } });
  }
  const { lines } = await announced(
    { compute: { lowering: 'plain', sessions: 2 } },
    {
      split: { made: [], train: ['a'], notices: ['first oddity', 'second oddity'] },
      settings: { epochs: 7 },
      training: { kind: 'prepared', folder, caseIds },
    },
  );
  expect(lines).toEqual([
    'wrote splits_final.json with five folds',
    'fold 3: 1 training case, 1 validation case',
    'first oddity',
    'second oddity',
    'no foreground in e1, e2, e3, e4, e5 and 2 more: their patches are sampled anywhere',
    'a step takes 1 GB',
    "settings that differ from nnU-Net's defaults: 7 epochs (default 1000)",
    'Operators as requested: plain.',
    '2 sessions share each batch of 5',
  ]);
});

it('names the GPUs that share a batch, which need no choice of operators', async () => {
  const { lines } = await announced({ compute: { device: 'cuda', sessions: 3 } }, {});
  expect(lines.slice(-2)).toEqual([
    'Device: cuda, with standard operators.',
    '3 sessions share each batch of 5, each on its own GPU',
  ]);
});

it('writes every setting to debug.json, as texts', async () => {
  const { debug, log } = await announced({}, { settings: { epochs: 7 } });
  expect(debug).toMatchObject({
    trainer: 'nnUNetTrainerV2',
    task: 'Task900_Tiny',
    fold: '3',
    configuration: '2d',
    batch_size: '5',
    patch_size: '[8,8]',
    batch_dice: 'true',
    mirror_axes: '[0,1]',
    lowering: 'Operators as requested: plain.',
    sessions: '1',
    log_file: log.path,
    node: process.version,
  });
  expect(JSON.parse(debug.settings)).toMatchObject({ epochs: 7 });
  expect(JSON.parse(debug.optimizer)).toMatchObject({ momentum: 0.99 });
});
