import type { CataloguedModel } from './catalogued-model.ts';

const ZENODO = 'https://zenodo.org/record';

/** Task, record, archives (if empty, the task's own), modalities by channel, targets, source of the data. */
type Row = [task: string, record: number, archives: string[], modalities: string, targets: string, about: string];

const DECATHLON = 'Medical Segmentation Decathlon, http://medicaldecathlon.com/';
const CELLS = 'Cell Tracking Challenge, http://celltrackingchallenge.net/';

const rows: Row[] = [
  [
    'Task001_BrainTumour',
    4003545,
    [],
    '0: FLAIR, 1: T1, 2: T1 with contrast agent, 3: T2',
    'edema, enhancing tumour, necrosis',
    DECATHLON,
  ],
  ['Task002_Heart', 4003545, [], '0: MRI', 'left atrium', DECATHLON],
  ['Task003_Liver', 4003545, [], '0: CT', 'liver, liver tumours', DECATHLON],
  ['Task004_Hippocampus', 4003545, [], '0: MRI', 'anterior and posterior hippocampus', DECATHLON],
  ['Task005_Prostate', 4485926, [], '0: T2, 1: ADC', 'peripheral and central zone', DECATHLON],
  ['Task006_Lung', 4003545, [], '0: CT', 'lung nodules', DECATHLON],
  ['Task007_Pancreas', 4003545, [], '0: CT', 'pancreas, pancreas tumour', DECATHLON],
  ['Task008_HepaticVessel', 4003545, [], '0: CT', 'hepatic vessels, liver tumours', DECATHLON],
  ['Task009_Spleen', 4003545, [], '0: CT', 'spleen', DECATHLON],
  ['Task010_Colon', 4003545, [], '0: CT', 'colon cancer', DECATHLON],
  [
    'Task017_AbdominalOrganSegmentation',
    4003545,
    [],
    '0: CT',
    'thirteen abdominal organs',
    'Beyond the Cranial Vault, https://www.synapse.org/#!Synapse:syn3193805',
  ],
  ['Task024_Promise', 4003545, [], '0: T2', 'prostate', 'PROMISE12, https://promise12.grand-challenge.org/'],
  [
    'Task027_ACDC',
    4003545,
    [],
    '0: cine MRI',
    'right ventricle, left ventricular cavity, myocardium',
    'ACDC, https://acdc.creatis.insa-lyon.fr/',
  ],
  [
    'Task029_LiTS',
    4003545,
    ['Task029_LITS'],
    '0: CT',
    'liver, liver tumours',
    'LiTS, https://competitions.codalab.org/competitions/17094',
  ],
  [
    'Task035_ISBILesionSegmentation',
    4003545,
    [],
    '0: FLAIR, 1: MPRAGE, 2: proton density, 3: T2',
    'multiple sclerosis lesions',
    'https://smart-stats-tools.org/lesion-challenge',
  ],
  [
    'Task038_CHAOS_Task_3_5_Variant2',
    4003545,
    [],
    '0: T1 in-phase, T1 out-phase or T2',
    'liver, kidneys, spleen',
    'CHAOS, https://chaos.grand-challenge.org/',
  ],
  ['Task048_KiTS_clean', 4003545, [], '0: CT', 'kidney, kidney tumours', 'KiTS19, https://kits19.grand-challenge.org/'],
  [
    'Task055_SegTHOR',
    4003545,
    [],
    '0: CT',
    'aorta, esophagus, heart, trachea',
    'SegTHOR, https://competitions.codalab.org/competitions/21145',
  ],
  ['Task061_CREMI', 4003545, [], '0: electron microscopy', 'synaptic clefts', 'CREMI, https://cremi.org/'],
  ['Task075_Fluo_C3DH_A549_ManAndSim', 4003545, [], '0: fluorescence microscopy', 'cells', CELLS],
  ['Task076_Fluo_N3DH_SIM', 4003545, [], '0: fluorescence microscopy', 'cell centres and borders', CELLS],
  [
    'Task082_BraTS2020',
    4635763,
    [
      'Task082_nnUNetTrainerV2__nnUNetPlansv2.1_5fold',
      'Task082_nnUNetTrainerV2BraTSRegions_DA3_BN_BD__nnUNetPlansv2.1_bs5_5fold',
      'Task082_nnUNetTrainerV2BraTSRegions_DA4_BN__nnUNetPlansv2.1_bs5_15fold',
      'Task082_nnUNetTrainerV2BraTSRegions_DA4_BN_BD__nnUNetPlansv2.1_bs5_5fold',
    ],
    '0: T1, 1: T1 with contrast agent, 2: T2, 3: FLAIR',
    'edema, enhancing tumour, necrosis',
    'BraTS 2020, https://www.med.upenn.edu/cbica/brats2020/',
  ],
  [
    'Task089_Fluo-N2DH-SIM_thickborder_time',
    4003545,
    [],
    '0 to 4: the four frames before and the frame of interest',
    'nuclei and cell borders',
    CELLS,
  ],
  [
    'Task114_heart_MNMs',
    4288464,
    [],
    '0: short-axis cine MRI',
    'left ventricle, myocardium, right ventricle',
    'M&Ms, https://www.ub.edu/mnms/',
  ],
  [
    'Task135_KiTS2021',
    5126443,
    [],
    '0: CT',
    'kidney, kidney tumours, cysts',
    'KiTS21, https://kits21.kits-challenge.org/',
  ],
];

/**
 * Models published by the authors of nnU-Net v1, by task. Their terms of use are those of the training data.
 * Origin: the table in v1's download_pretrained_model.py.
 */
export const knownModels: ReadonlyMap<string, CataloguedModel> = new Map(
  rows.map(([task, record, archives, modalities, targets, about]) => [
    task,
    {
      description: `Segments ${targets}. Images: ${modalities}. Data and their terms: ${about}`,
      sources: (archives.length === 0 ? [task] : archives).map((archive) => ({
        url: `${ZENODO}/${record}/files/${archive}.zip?download=1`,
      })),
    },
  ]),
);
