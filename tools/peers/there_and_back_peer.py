"""The peers of there-and-back.mjs: nnunet 1.7.1 and nnunetv2 2.8.1 on the CPU, with fewer epochs and iterations, and nothing else changed.

usage: compare FOLDER FOLDER              voxels that differ between label maps of the same names, as JSON
       continue_v1 CONFIGURATION EPOCHS   nnUNet_train CONFIGURATION nnUNetTrainerV2 Task103_CT 0 -c up to EPOCHS
       continue_v2 DATASET PLANS EPOCHS [ITERATIONS]   nnUNetv2_train DATASET 3d_fullres 0 -p PLANS --c up to EPOCHS, after preprocessing with the plans of the model
       begin_v2 DATASET PLANS EPOCHS [ITERATIONS]      the same without --c: the model is trained anew
"""
import glob
import json
import os
import shutil
import sys

ITERATIONS = 4


def compare(first, second):
    import numpy as np
    import SimpleITK as sitk

    read = lambda path: sitk.GetArrayFromImage(sitk.ReadImage(path))
    different = voxels = labelled = 0
    for path in sorted(glob.glob(os.path.join(first, "*.nii.gz"))):
        a, b = read(path), read(os.path.join(second, os.path.basename(path)))
        different += int(np.sum(a != b))
        voxels += a.size
        labelled += int(np.sum(b > 0))
    print(json.dumps({"different": different, "voxels": voxels, "labelled": labelled}))


def continue_v1(configuration, epochs):
    from nnunet.training.network_training.nnUNetTrainerV2 import nnUNetTrainerV2 as trainer

    init = trainer.__init__

    def short(self, plans_file, fold, output_folder=None, dataset_directory=None, batch_dice=True, stage=None,
              unpack_data=True, deterministic=True, fp16=False):
        init(self, plans_file, fold, output_folder, dataset_directory, batch_dice, stage, unpack_data, deterministic, fp16)
        self.max_num_epochs, self.num_batches_per_epoch, self.num_val_batches_per_epoch = int(epochs), ITERATIONS, 1

    trainer.__init__ = short
    trainer.validate = lambda self, *args, **kwargs: None
    from nnunet.run.run_training import main

    sys.argv = ["nnUNet_train", configuration, "nnUNetTrainerV2", "Task103_CT", "0", "-c", "--fp32", "--disable_postprocessing_on_folds"]
    main()


def begin_v2(*args):
    train_v2(*args, continues=False)


def continue_v2(*args):
    train_v2(*args, continues=True)


def train_v2(dataset, plans, epochs, iterations=ITERATIONS, *, continues):
    import torch
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, preprocess_dataset
    from nnunetv2.run import run_training
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer as trainer

    number = int(dataset[7:10])
    folder = os.path.join(os.environ["nnUNet_preprocessed"], dataset)
    model = os.path.join(os.environ["nnUNet_results"], dataset, f"nnUNetTrainer__{plans}__3d_fullres")
    os.makedirs(folder, exist_ok=True)
    extract_fingerprints([number], num_processes=1)
    shutil.copy(os.path.join(model, "plans.json"), os.path.join(folder, f"{plans}.json"))
    shutil.copy(os.path.join(model, "dataset.json"), os.path.join(folder, "dataset.json"))
    preprocess_dataset(number, plans, ("3d_fullres",), (1,))
    init = trainer.__init__

    def short(self, plans, configuration, fold, dataset_json, device=torch.device("cpu")):
        init(self, plans, configuration, fold, dataset_json, device)
        self.num_epochs, self.num_iterations_per_epoch, self.num_val_iterations_per_epoch = int(epochs), int(iterations), 1

    trainer.__init__ = short
    trainer.perform_actual_validation = lambda self, *args, **kwargs: None
    run_training.run_training(str(number), "3d_fullres", "0", plans_identifier=plans, continue_training=continues, device=torch.device("cpu"))


if __name__ == "__main__":
    {"compare": compare, "continue_v1": continue_v1, "continue_v2": continue_v2, "begin_v2": begin_v2}[sys.argv[1]](*sys.argv[2:])
