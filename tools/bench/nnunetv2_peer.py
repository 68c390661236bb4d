"""The peer of the benchmarks of the data stages: nnU-Net v2's own functions, driven line by line as data-peer.mjs is."""
import json
import os
import sys
import time

out = os.dup(1)
os.dup2(2, 1)  # what the packages print must not mix with the answers

import numpy as np


def floats(path, shape):
    return np.fromfile(path, np.float32).reshape(shape)


def resample(m):
    from nnunetv2.preprocessing.resampling.default_resampling import compute_new_shape, resample_data_or_seg_to_shape

    data = floats(m["input"], [1, *m["shape"]])
    new_shape = compute_new_shape(m["shape"], m["spacing"], m["target"])
    order = 1 if m["labels"] else 3

    def run():
        return resample_data_or_seg_to_shape(
            data, new_shape, m["spacing"], m["target"], is_seg=m["labels"], order=order, order_z=0, force_separate_z=None
        )

    return run, lambda path, result: result[0].astype(np.float32).tofile(path), None


def plans_and_configuration(m):
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    resampling = "resample_data_or_seg_to_shape"
    common = {"order_z": 0, "force_separate_z": None}
    configuration = {
        "data_identifier": "case",
        "preprocessor_name": "DefaultPreprocessor",
        "spacing": m["spacing"],
        "patch_size": m["patch"],
        "normalization_schemes": [m["scheme"]],
        "use_mask_for_norm": [False],
        "architecture": {"network_class_name": "", "arch_kwargs": {}, "_kw_requires_import": []},
        "resampling_fn_data": resampling,
        "resampling_fn_data_kwargs": {"is_seg": False, "order": 3, **common},
        "resampling_fn_seg": resampling,
        "resampling_fn_seg_kwargs": {"is_seg": True, "order": 1, **common},
        "resampling_fn_probabilities": resampling,
        "resampling_fn_probabilities_kwargs": {"is_seg": False, "order": 1, **common},
    }
    plans = PlansManager(
        {
            "dataset_name": "Dataset105_Bench",
            "plans_name": "nnUNetPlans",
            "transpose_forward": [0, 1, 2],
            "transpose_backward": [0, 1, 2],
            "image_reader_writer": "SimpleITKIO",
            "label_manager": "LabelManager",
            "foreground_intensity_properties_per_channel": {"0": {}},
            "configurations": {"3d": configuration},
        }
    )
    dataset = {
        "channel_names": {"0": "MRI"},
        "labels": {"background": 0, **{str(c): c for c in range(1, m["classes"])}},
        "file_ending": ".nii.gz",
    }
    return plans, plans.get_configuration("3d"), dataset


def preprocess(m):
    from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor

    plans, configuration, dataset = plans_and_configuration(m)
    preprocessor = DefaultPreprocessor(verbose=False)
    target = os.path.join(m["folder"], "case")

    def run():
        for name in os.listdir(m["folder"]):  # it does not overwrite
            os.remove(os.path.join(m["folder"], name))
        preprocessor.run_case_save(target, [m["image"]], m["label"], plans, configuration, dataset)

    def describe(_):
        import blosc2

        return list(blosc2.open(target + ".b2nd", mode="r").shape[1:])

    return run, lambda path, result: None, describe


def export(m):
    import torch
    from nnunetv2.imageio.simpleitk_reader_writer import SimpleITKIO
    from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape

    plans, configuration, dataset = plans_and_configuration(m)
    # the order of the classes is all that counts; v2 holds logits as float16
    logits = torch.from_numpy(floats(m["input"], m["shape"]).astype(np.float16))
    spacing = m["original_spacing"]
    properties = {
        "spacing": spacing,
        "shape_before_cropping": m["original"],
        "shape_after_cropping_and_before_resampling": m["original"],
        "bbox_used_for_cropping": [[0, n] for n in m["original"]],
        "sitk_stuff": {"spacing": spacing[::-1], "origin": (0.0,) * 3, "direction": (1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0)},
    }

    def run():
        start = time.perf_counter()
        labels = convert_predicted_logits_to_segmentation_with_correct_shape(
            logits, plans, configuration, plans.get_label_manager(dataset), properties, num_threads_torch=2
        )
        restored = time.perf_counter() - start
        SimpleITKIO().write_seg(labels, m["file"], properties)
        return labels, restored

    return run, lambda path, result: result[0].astype(np.uint8).tofile(path), lambda result: result[1]


kinds = {"resample": resample, "preprocess": preprocess, "export": export}


def main():
    work = None
    for line in sys.stdin:
        message = json.loads(line)
        answer = {}
        if message["command"] == "make":
            work = kinds[message["kind"]](message)
        else:
            run, keep, describe = work
            start, used = time.perf_counter(), time.process_time()
            result = run()
            answer["seconds"] = time.perf_counter() - start
            answer["processor"] = time.process_time() - used
            answer["about"] = describe(result) if describe else None
            if message.get("keep"):
                keep(message["keep"], result)
            del result
        os.write(out, (json.dumps(answer) + "\n").encode())


main()
