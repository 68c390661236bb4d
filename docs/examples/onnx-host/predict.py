"""Segments a case with networks that nnUNet_export_onnx has written, without nnU-Net.

    pip install numpy scipy nibabel onnxruntime
    python predict.py MODEL_FOLDER OUTPUT.nii.gz CASE_0000.nii.gz [CASE_0001.nii.gz ...]

Everything is read from MODEL_FOLDER/manifest.json: version 1 of models of this program and of nnU-Net v1, version 2 of
those of nnU-Net v2. Arrays are (z, y, x), the reverse of NIfTI's order; "network order" is after the transpose.
Cascades are left out: their second stage needs the labels of the first as further channels.
"""
import itertools
import json
import sys
from pathlib import Path

import nibabel
import numpy as np
import onnxruntime
from scipy import ndimage


# ---- resampling -----------------------------------------------------------------------------------------------------

def resize(image, shape, order):
    """Splines of an order at the centres of the new voxels, clipped to the range of the image."""
    image = image.astype(np.float64)
    if order == 0:
        return image[np.ix_(*(nearest(n, m) for n, m in zip(image.shape, shape)))]
    zoom = [m / n for n, m in zip(image.shape, shape)]
    out = ndimage.zoom(image, zoom, order=order, mode="nearest", grid_mode=True)
    assert out.shape == tuple(shape)
    return np.clip(out, image.min(), image.max())


def nearest(size, new_size):
    """The old index of each new one."""
    x = size / new_size * (np.arange(new_size) + 0.5) - 0.5
    return np.floor(np.clip(x, 0, size - 1) + 0.5).astype(int)


def resize_mask(mask, shape, order):
    """-1 outside, 0 inside: each label where its share is at least a half, the larger label last."""
    if order == 0:
        return resize(mask, shape, 0)
    out = np.zeros(shape)
    for label in np.unique(mask):
        out[resize(mask == label, shape, order) >= 0.5] = label
    return out


def resample(image, shape, axis, orders, how):
    """Resamples a volume; slices along `axis` apart, if it is not None."""
    if image.shape == tuple(shape):
        return image
    if axis is None:
        return how(image, shape, orders["order"]).astype(image.dtype)
    plane = [n for i, n in enumerate(shape) if i != axis]
    slices = [how(s, plane, orders["order"]).astype(image.dtype) for s in np.moveaxis(image, axis, 0)]
    out = np.stack(slices, axis)
    if out.shape[axis] == shape[axis]:
        return out
    if orders["order_z"] == 0:
        return np.take(out, nearest(out.shape[axis], shape[axis]), axis)
    return how(out, shape, orders["order_z"]).astype(image.dtype)


def separate_axis(spacing, other, above):
    """The one axis with the largest spacing, of the first of both that is anisotropic."""
    for s in (spacing, other):
        if above is not None and max(s) / min(s) > above:
            axes = [i for i, x in enumerate(s) if max(s) / x == 1]
            return axes[0] if len(axes) == 1 else None
    return None


# ---- before the network ---------------------------------------------------------------------------------------------

def read(files, reorient=None):
    """Images (channel, z, y, x) as float32, spacing in mm, and the header to write labels with."""
    loaded = [nibabel.load(f) for f in files]
    if reorient:
        loaded = [nibabel.as_closest_canonical(image) for image in loaded]
    first = loaded[0]
    images = [np.asarray(image.dataobj, np.float32).transpose() for image in loaded]
    return np.stack(images), [float(s) for s in first.header.get_zooms()[:3][::-1]], first


def preprocess(images, spacing, steps):
    """The input of the network, and what is needed to go back."""
    mask = ndimage.binary_fill_holes(np.any(images != 0, axis=0))
    box = [(int(i.min()), int(i.max()) + 1) for i in np.nonzero(mask)]
    inside = tuple(slice(low, high) for low, high in box)
    order = steps["transpose"]
    images = images[(slice(None), *inside)].transpose(0, *(a + 1 for a in order))
    outside = np.where(mask[inside], 0, -1).astype(np.float32).transpose(order)
    if steps["nan_to_zero"]:
        images = np.nan_to_num(images, nan=0, posinf=np.inf, neginf=-np.inf)

    rule = steps["resample"]
    own = [spacing[a] for a in order]
    target = [own[i] if s is None else s for i, s in enumerate(rule["spacing"])]
    shape = [int(np.round(o / t * n)) for o, t, n in zip(own, target, images.shape[1:])]
    axis = separate_axis(own, target, rule["separate_axis_above"])
    outside = resample(outside, shape, axis, rule["mask"], resize_mask)
    images = np.stack([resample(image, shape, axis, rule["image"], resize) for image in images])
    for step in steps["normalize"]:
        images[step["channel"]] = normalize(images[step["channel"]], outside >= 0, step)
    return images.astype(np.float32), {"box": box, "spacing": spacing, "network_spacing": target}


def normalize(image, inside, step):
    scheme, use_mask, s = step["scheme"], step["use_mask"], step["statistics"]
    if scheme == "noNorm":
        return image
    if scheme in ("CT", "CT2"):
        low, high = s["percentile_00_5"], s["percentile_99_5"]
        clipped = np.clip(image, low, high)
        mean, sd = s["mean"], s["sd"]
        if scheme == "CT2":
            mean, sd = clipped[(image > low) & (image < high)].mean(), clipped[(image > low) & (image < high)].std()
        image = (clipped - mean) / sd
    else:
        values = image[inside] if use_mask else image
        image = (image - values.mean()) / (values.std() + 1e-8)
    if use_mask:
        image[~inside] = 0
    return image


def preprocess_v2(images, spacing, steps):
    """The same for models of nnU-Net v2: transposes, crops, normalises, and then resamples."""
    order = steps["transpose"]
    images = images.transpose(0, *(a + 1 for a in order))
    mask = ndimage.binary_fill_holes(np.any(images != 0, axis=0))
    box = [(int(i.min()), int(i.max()) + 1) for i in np.nonzero(mask)]
    inside = tuple(slice(low, high) for low, high in box)
    images, mask = images[(slice(None), *inside)].copy(), mask[inside]
    for step in steps["normalize"]:
        images[step["channel"]] = normalize_v2(images[step["channel"]], mask, step)
    own = [spacing[a] for a in order]
    target = [own[i] if s is None else s for i, s in enumerate(steps["resample"]["spacing"])]
    shape = [int(np.round(o / t * n)) for o, t, n in zip(own, target, images.shape[1:])]
    images = np.stack([resample_v2(image, shape, own, target, steps["resample"]["image"]) for image in images])
    return images, {"box": box, "spacing": own, "network_spacing": target}


def resample_v2(image, shape, spacing, new_spacing, rule):
    if rule is None:
        return image
    return resample(image, shape, separate_axis(spacing, new_spacing, rule["separate_axis_above"]), rule, resize)


def normalize_v2(image, inside, step):
    scheme, s = step["scheme"], step["statistics"]
    if scheme == "CTNormalization":
        return (np.clip(image, s["percentile_00_5"], s["percentile_99_5"]) - s["mean"]) / max(s["sd"], 1e-8)
    if scheme == "ZScoreNormalization":
        where = inside if step["use_mask"] else np.ones_like(inside)
        values = image[where].astype(np.float64)
        image[where] = (values - values.mean()) / max(values.std(), 1e-8)
    elif scheme == "RescaleTo01Normalization":
        image = (image - image.min()) / max(image.max() - image.min(), 1e-8)
    elif scheme == "RGBTo01Normalization":
        image = image / 255
    return image


# ---- the network ----------------------------------------------------------------------------------------------------

def tile_starts(size, patch, step):
    count = int(np.ceil((size - patch) / (patch * step))) + 1
    distance = (size - patch) / (count - 1) if count > 1 else 0
    return [int(np.round(distance * i)) for i in range(count)]


def predict_tiled(image, network, manifest):
    """Mean probabilities (channel, z, y, x) over overlapping tiles, each in all mirrored versions. Any number of axes."""
    patch, tiling = manifest["input"]["patch_size"], manifest["tiling"]
    size = image.shape[1:]
    missing = [max(0, p - n) for p, n in zip(patch, size)]
    image = np.pad(image, [(0, 0)] + [(d // 2, d - d // 2) for d in missing])
    starts = list(itertools.product(*(tile_starts(n, p, tiling["step_size"]) for n, p in zip(image.shape[1:], patch))))
    precision = np.dtype(tiling.get("precision", "float32"))
    weight = np.ones(patch, np.float32)
    if len(starts) > 1 or precision == np.float16:
        factors = [np.exp(-0.5 * ((np.arange(p) - p // 2) / (p * tiling["gaussian_sigma"])) ** 2) for p in patch]
        weight = outer(factors)
    if precision == np.float16:
        weight = (10 * weight).astype(precision)
        weight[weight == 0] = weight[weight > 0].min()
    axes = tiling["mirror_axes"]
    flips = [f for n in range(len(axes) + 1) for f in itertools.combinations(axes, n)]
    total = np.zeros((manifest["output"]["channels"], *image.shape[1:]), precision)
    weights = np.zeros(image.shape[1:], precision)
    for start in starts:
        where = tuple(slice(s, s + p) for s, p in zip(start, patch))
        mean = 0
        for flip in flips:
            flipped = [a + 2 for a in flip]
            tile = np.flip(image[(slice(None), *where)][None], flipped)
            output = network.run(None, {manifest["input"]["name"]: np.ascontiguousarray(tile)})[0]
            mean = mean + np.flip(output, flipped)[0] / len(flips)
        # Sums of half floats are rounded after each tile.
        total[(slice(None), *where)] = total[(slice(None), *where)] + mean * weight.astype(np.float32)
        weights[where] += weight
    inside = tuple(slice(d // 2, d // 2 + n) for d, n in zip(missing, size))
    return (total / weights)[(slice(None), *inside)]


def outer(factors):
    out = factors[0]
    for factor in factors[1:]:
        out = np.multiply.outer(out, factor)
    return out.astype(np.float32)


def predict(image, folder, manifest):
    """Mean over the folds. 2D networks see slice after slice along the first axis."""
    flat = len(manifest["input"]["patch_size"]) == 2
    total = 0
    for file in manifest["networks"]:
        network = onnxruntime.InferenceSession(str(folder / file["file"]), providers=["CPUExecutionProvider"])
        if flat:
            slices = [predict_tiled(image[:, z], network, manifest) for z in range(image.shape[1])]
            total = total + np.stack(slices, axis=1)
        else:
            total = total + predict_tiled(image, network, manifest)
    return total / total.dtype.type(len(manifest["networks"]))


# ---- after the network ----------------------------------------------------------------------------------------------

def export(probabilities, case, full_shape, rule):
    """Labels of the whole image."""
    probabilities = probabilities.transpose(0, *(a + 1 for a in rule["transpose"]))
    box = case["box"]
    shape = [high - low for low, high in box]
    # As nnU-Net v1 does it: the spacing of the network stays in network order here.
    axis = separate_axis(case["spacing"], case["network_spacing"], rule["resample"]["separate_axis_above"])
    probabilities = np.stack([resample(p, shape, axis, rule["resample"], resize) for p in probabilities])
    if rule["region_class_order"] is None:
        labels = probabilities.argmax(0)
    else:
        labels = np.zeros(shape, int)
        for p, label in zip(probabilities, rule["region_class_order"]):
            labels[p > 0.5] = label
    out = np.zeros(full_shape, np.uint8)
    out[tuple(slice(low, high) for low, high in box)] = labels
    return out


def export_v2(logits, case, full_shape, rule):
    """The same for models of nnU-Net v2: resamples logits, in network order."""
    box = case["box"]
    shape = [high - low for low, high in box]
    logits = np.stack(
        [resample_v2(c, shape, case["network_spacing"], case["spacing"], rule["resample"]) for c in logits])
    if rule["region_class_order"] is None:
        labels = logits.argmax(0)
    else:
        labels = np.zeros(shape, int)
        for logit, label in zip(logits.astype(np.float32), rule["region_class_order"]):
            labels[1 / (1 + np.exp(-logit)) > 0.5] = label
    out = np.zeros([full_shape[a] for a in np.argsort(rule["transpose"])], np.uint16 if labels.max() > 254 else np.uint8)
    out[tuple(slice(low, high) for low, high in box)] = labels
    return out.transpose(rule["transpose"])


def remove_components(labels, rule, voxel_volume):
    """All but the largest components of each entry go, on the changing image; equally large ones stay."""
    sizes = rule["minimum_sizes"] or [None] * len(rule["entries"])
    for entry, minimum in zip(rule["entries"], sizes):
        components, count = ndimage.label(np.isin(labels, entry))
        volume = np.bincount(components.ravel(), minlength=count + 1) * voxel_volume
        volume[0] = 0
        gone = volume < volume.max()
        if minimum is not None:
            gone &= volume < minimum
        gone[0] = False
        labels[gone[components]] = 0
    return labels


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    folder, output, files = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["format"] == "nnunet-onnx" and manifest["version"] in (1, 2)
    assert manifest["previous_stage"] is None, "cascades are left out here"
    assert len(files) == len(manifest["modalities"]), "one image for each modality"
    second = manifest["version"] == 2
    images, spacing, first = read(files, second and manifest["preprocessing"]["reorient"])
    prepared, case = (preprocess_v2 if second else preprocess)(images, spacing, manifest["preprocessing"])
    scores = predict(prepared, folder, manifest)
    labels = (export_v2 if second else export)(scores, case, images.shape[1:], manifest["export"])
    if manifest.get("postprocessing") is not None:
        labels = remove_components(labels, manifest["postprocessing"], float(np.prod(spacing)))
    result = nibabel.Nifti1Image(labels.transpose(), first.affine, dtype=labels.dtype)
    original = nibabel.io_orientation(nibabel.load(files[0]).affine)
    turn = nibabel.orientations.ornt_transform(nibabel.io_orientation(first.affine), original)
    nibabel.save(result.as_reoriented(turn), output)


if __name__ == "__main__":
    main()
