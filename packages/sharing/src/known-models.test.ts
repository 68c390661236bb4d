import { expect, it } from 'vitest';
import { knownModels } from './known-models.ts';

/** By record of Zenodo, from the table in v1's download_pretrained_model.py. */
const archives = {
  4003545: [
    'Task001_BrainTumour',
    'Task002_Heart',
    'Task003_Liver',
    'Task004_Hippocampus',
    'Task006_Lung',
    'Task007_Pancreas',
    'Task008_HepaticVessel',
    'Task009_Spleen',
    'Task010_Colon',
    'Task017_AbdominalOrganSegmentation',
    'Task024_Promise',
    'Task027_ACDC',
    'Task029_LITS',
    'Task035_ISBILesionSegmentation',
    'Task038_CHAOS_Task_3_5_Variant2',
    'Task048_KiTS_clean',
    'Task055_SegTHOR',
    'Task061_CREMI',
    'Task075_Fluo_C3DH_A549_ManAndSim',
    'Task076_Fluo_N3DH_SIM',
    'Task089_Fluo-N2DH-SIM_thickborder_time',
  ],
  4288464: ['Task114_heart_MNMs'],
  4485926: ['Task005_Prostate'],
  4635763: [
    'Task082_nnUNetTrainerV2__nnUNetPlansv2.1_5fold',
    'Task082_nnUNetTrainerV2BraTSRegions_DA3_BN_BD__nnUNetPlansv2.1_bs5_5fold',
    'Task082_nnUNetTrainerV2BraTSRegions_DA4_BN__nnUNetPlansv2.1_bs5_15fold',
    'Task082_nnUNetTrainerV2BraTSRegions_DA4_BN_BD__nnUNetPlansv2.1_bs5_5fold',
  ],
  5126443: ['Task135_KiTS2021'],
};

it('are the archives that v1 fetches', () => {
  const found: Record<string, string[]> = {};
  for (const [task, { sources }] of knownModels) {
    for (const { url } of sources) {
      const [, record, archive] = /^https:\/\/zenodo\.org\/record\/(\d+)\/files\/(.+)\.zip\?download=1$/.exec(url)!;
      found[record!] = [...(found[record!] ?? []), archive!];
      expect(archive!.slice(0, 7)).toBe(task.slice(0, 7));
    }
  }
  expect(found).toEqual(archives);
});
