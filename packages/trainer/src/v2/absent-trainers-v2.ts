const adan = 'Adan is the optimiser of a package that nnU-Net v2 does not ship either';
const benchmark = 'it measures the speed of CUDA devices';
const primus = 'its network is a transformer';

const reasons = (names: string, reason: string) => Object.fromEntries(names.split(' ').map((name) => [name, reason]));

/** The trainers of nnU-Net 2.8.1 that are not built here, by its class names, with the reason. */
export const absentTrainersV2: Readonly<Record<string, string>> = {
  ...reasons(
    'nnUNetTrainerAdan nnUNetTrainerAdan1en1 nnUNetTrainerAdan1en3 nnUNetTrainerAdan3en4 nnUNetTrainerAdanCosAnneal',
    adan,
  ),
  ...reasons('nnUNetTrainerBenchmark_5epochs nnUNetTrainerBenchmark_5epochs_noDataLoading', benchmark),
  ...reasons(
    'nnUNet_Primus_S_Trainer nnUNet_Primus_B_Trainer nnUNet_Primus_M_Trainer nnUNet_Primus_L_Trainer nnUNet_Primus_M_Trainer_BS8 nnUNet_Primus_M_Trainer_BS8_2e4',
    primus,
  ),
  ...reasons(
    ['V2', 'V3'].flatMap((v) => ['S', 'B', 'M', 'L'].map((size) => `nnUNet_Primus${v}${size}_Trainer`)).join(' '),
    primus,
  ),
  ...reasons('AbstractPrimus _Primus_S_96_BS1 _Primus_B_96_BS1 _Primus_M_96_BS1 _Primus_L_48_BS1', primus),
};
