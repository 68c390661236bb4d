import { readModelFile } from '@nnunet/inference/internal';
import { initialiseWeights } from '@nnunet/network';
import { encodeSafetensors, openZip } from '@nnunet/tensor';
import { concatenate } from '@nnunet/tensor/internal';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { archiveOfTuned } from './tuned-archive.ts';

it('packs an adapted model as an archive of one model, with its plans', async () => {
  const trainer = new nnUNetTrainerV2({ plans: tinyPlans([8, 8]), configuration: '2d', stage: 0, batchDice: true });
  const model = trainer.describeModel();
  const weights = [...initialiseWeights(model.network, 1)].map(([name, t]) => [`weight.${name}`, t] as const);
  const bytes = encodeSafetensors(new Map(weights), { nnunet: JSON.stringify({ version: 1, model }) });
  const { name, bytes: pieces } = await archiveOfTuned(bytes, 'Task501_Liver');
  expect(name).toBe('Task999_Liver_adapted');
  const archive = concatenate(pieces);
  const files = await openZip(archive, 'a.zip', 1e9);
  const folder = '2d/Task999_Liver_adapted/nnUNetTrainerV2__nnUNetPlansv2.1';
  expect([...files.keys()]).toEqual([`${folder}/fold_0/model_final_checkpoint.safetensors`, `${folder}/plans.json`]);
  expect(JSON.parse(new TextDecoder().decode(files.get(`${folder}/plans.json`)!()))).toEqual(
    JSON.parse(JSON.stringify(model.plans)),
  );
  const { rules, members } = await readModelFile(archive, 'a.zip', 1e9);
  expect(rules.description).toEqual(model);
  expect(members).toHaveLength(1);
  await expect(archiveOfTuned(bytes.subarray(0, 99), 'Task501_X')).rejects.toThrow(/^Task501_X: /);
  const names = ['Task501_Liver', 'Liver CT (v2)', 'own.safetensors', 'Task999_own_adapted.zip', 'æ', '../x'];
  expect(await Promise.all(names.map(async (original) => (await archiveOfTuned(bytes, original)).name))).toEqual([
    'Task999_Liver_adapted',
    'Task999_Liver_CT_v2_adapted',
    'Task999_own_adapted',
    'Task999_own_adapted',
    'Task999_Model_adapted',
    'Task999_x_adapted',
  ]);
});
