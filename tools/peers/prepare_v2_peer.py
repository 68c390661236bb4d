"""The peer of prepare-v2.mjs: draws small cases and plans, prepares each case by nnunetv2 2.8.1, and restores random logits.

usage: prepare_v2_peer.py FOLDER SEED COUNT   writes cases.json and arrays.npz
"""
import json
import os
import random
import sys
import warnings

for key in ("raw", "preprocessed", "results"):
    os.environ.setdefault(f"nnUNet_{key}", sys.argv[1])
warnings.filterwarnings("ignore")

import numpy as np
import torch
from nnunetv2.inference.export_prediction import convert_predicted_logits_to_segmentation_with_correct_shape as restore
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

torch.set_num_threads(1)
folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
draw, noise = random.Random(seed), np.random.default_rng(seed)
SPACINGS = [1, 1, 2, 0.5, 3, 4, 5.5, 0.7]
SCHEMES = ["ZScoreNormalization", "CTNormalization", "NoNormalization", "RescaleTo01Normalization", "RGBTo01Normalization"]
LINEAR = {"memefficient_seg_resampling": False}


def resampling(kind):
    """Functions for data, labels and probabilities."""
    if kind == "none":
        return [("no_resampling_hack", {})] * 3
    if kind.startswith("torch"):
        own = {"torch": {"force_separate_z": False}, "torch_apart": {"force_separate_z": None, "separate_z_anisotropy_threshold": 3}}
        return [("resample_torch_fornnunet", {"is_seg": i == 1, **LINEAR, **own[kind]}) for i in range(3)]
    orders = {"splines": (3, 1, 1), "nearest": (1, 0, 3), "forced": (3, 1, 1), "between": (3, 1, 1)}[kind]
    more = {"order_z": int(kind == "between"), "force_separate_z": True if kind == "forced" else None}
    return [("resample_data_or_seg_to_shape", {"is_seg": i == 1, "order": order, **more}) for i, order in enumerate(orders)]


def balls(shape, labels):
    out = np.zeros(shape, np.int16)
    grid = np.ogrid[tuple(slice(0, n) for n in shape)]
    for label in range(1, labels + 1):
        out[sum(((at - draw.uniform(0, n)) / max(1, n * draw.uniform(0.1, 0.4))) ** 2 for at, n in zip(grid, shape)) < 1] = label
    return out


def labels_of(kind, count, segmentation):
    values = list(range(1, count + 1))
    labels, order = {"background": 0, **{f"label {v}": v for v in values}}, None
    if kind.startswith("regions"):
        regions = [draw.sample(values, draw.randint(1, count)) for _ in range(draw.randint(1, 3))]
        regions.append(draw.sample(values, count) if count > 1 else [1, 1])
        labels = {"background": 0, **{f"region {i}": region for i, region in enumerate(regions)}}
        order = [draw.choice(values) for _ in regions]
        segmentation[~np.isin(segmentation, sum(regions, []))] = 0
    if kind.endswith("ignore"):
        labels["ignore"] = max(max(np.ravel(v)) for v in labels.values()).item() + 1
        segmentation[noise.random(segmentation.shape) < 0.5] = labels["ignore"]
    return labels, order


def case(name):
    flat = draw.random() < 0.2
    shape = [1 if flat else draw.randint(2, 20), draw.randint(6, 30), draw.randint(6, 30)]
    spacing = [draw.choice(SPACINGS) for _ in range(3)]
    target = [max(draw.choice(SPACINGS), s * n / 60) for s, n in zip(spacing, shape)]
    forward = [0, 1, 2] if flat else draw.sample(range(3), 3)
    channels = draw.choice([1, 1, 2, 3])
    data = noise.normal(100, 40, (channels, *shape)).clip(0, 255).astype(np.float32)
    mask = np.zeros(shape, bool)
    mask[tuple(slice(draw.randint(0, n // 3), draw.randint(max(1, 2 * n // 3), n)) for n in shape)] = True
    if draw.random() < 0.7:
        mask &= noise.random(shape) >= draw.choice([0.1, 0.4])
    if draw.random() < 0.7:
        data[:, ~mask] = 0
    kind, how = draw.choice(["plain", "ignore", "regions", "regions_ignore"]), draw.choice(["splines", "splines", "nearest", "forced", "between", "torch", "torch_apart", "none"])
    classes = draw.choice([1, 2, 3, 5])
    segmentation = balls(shape, classes)
    labels, order = labels_of(kind, classes, segmentation)
    schemes = [draw.choice(SCHEMES) for _ in range(channels)]
    own = {
        "architecture": {"network_class_name": "none", "arch_kwargs": {}, "_kw_requires_import": []},
        "patch_size": [8] * (2 if flat else 3),
        "spacing": target[1:] if flat else [target[axis] for axis in forward],
        "normalization_schemes": schemes,
        "use_mask_for_norm": [draw.random() < 0.5 for _ in schemes],
    }
    for use, (function, kwargs) in zip(("data", "seg", "probabilities"), resampling(how)):
        own |= {f"resampling_fn_{use}": function, f"resampling_fn_{use}_kwargs": kwargs}
    intensities = {"mean": 90.5, "std": 33.25, "percentile_00_5": 20.5, "percentile_99_5": 170.25}
    plans = {
        "transpose_forward": forward,
        "transpose_backward": [forward.index(axis) for axis in range(3)],
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {str(c): intensities for c in range(channels)},
        "configurations": {"own": own},
    }
    dataset = {"labels": labels, **({"regions_class_order": order} if order else {})}
    found = {"name": name, "kind": kind, "resampling": how, "shape": shape, "spacing": spacing, "plans": plans, "labels": list(labels.items()), "order": order}
    arrays = {"image": data.copy(), "labels": segmentation}
    manager = PlansManager(plans)
    configuration, label_manager = manager.get_configuration("own"), manager.get_label_manager(dataset)
    try:
        data, segmentation, properties = DefaultPreprocessor(verbose=False).run_case_npy(data, segmentation[None].astype(np.float32), {"spacing": spacing}, manager, configuration, dataset)
    except (ValueError, RuntimeError) as error:  # An image without voxels at the target spacing.
        return {**found, "error": str(error)}, arrays
    rows = {",".join(map(str, np.ravel(key))): np.reshape(where, (-1, 4))[:, 1:].astype(int) for key, where in properties["class_locations"].items()}
    found["locations"] = {key: [len(where), *where.sum(0).tolist(), *where[:3].ravel().tolist()] for key, where in rows.items()}
    logits = noise.normal(0, 3, (label_manager.num_segmentation_heads, *data.shape[1:])).astype(np.float16)
    restored, probabilities = restore(torch.from_numpy(logits), manager, configuration, label_manager, properties, return_probabilities=True)
    return found, {**arrays, "data": data, "segmentation": segmentation, "logits": logits.astype(np.float32), "restored": restored, "probabilities": probabilities}


cases = [case(str(i)) for i in range(count)]
np.savez(os.path.join(folder, "arrays.npz"), **{f"{found['name']}_{key}": array for found, arrays in cases for key, array in arrays.items()})
with open(os.path.join(folder, "cases.json"), "w") as file:
    json.dump([found for found, _ in cases], file)
