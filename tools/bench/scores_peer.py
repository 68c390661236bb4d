"""Makes pairs of label maps, and scores them by surface-distance or MedPy; run by scores.mjs.

    pip install nibabel==5.4.2 numpy==2.2.6 scipy==1.17.1 medpy==0.5.2 surface-distance==0.1
"""
import sys
from pathlib import Path

import nibabel
import numpy as np

LABELS = (1, 2)


def make(labels, folder, cases):
    from scipy import ndimage

    random = np.random.default_rng(0)
    for name in ('reference', 'predictions'):
        (Path(folder) / name).mkdir()
    for path in sorted(Path(labels).glob('*.nii.gz'))[: int(cases)]:
        image = nibabel.load(path)
        reference = np.asarray(image.dataobj).astype(np.uint8)
        smooth = ndimage.gaussian_filter(random.standard_normal(reference.shape).astype(np.float32), 4)
        smooth /= smooth.std()
        predicted = np.roll(reference, (2, -1, 1), (0, 1, 2))
        predicted[(smooth > 2.2) & (predicted > 0)] = 0
        rim = ndimage.binary_dilation(reference > 0, iterations=3) & (reference == 0)
        predicted[rim & (smooth > 0.7)] = 1
        for name, data in (('reference', reference), ('predictions', predicted)):
            nibabel.save(nibabel.Nifti1Image(data, image.affine), Path(folder) / name / path.name)


def score(folder, of_label):
    for path in sorted((Path(folder) / 'predictions').glob('*.nii.gz')):
        image = nibabel.load(path)
        predicted = np.asarray(image.dataobj)
        reference = np.asarray(nibabel.load(Path(folder) / 'reference' / path.name).dataobj)
        for label in LABELS:
            print(label, *of_label(predicted == label, reference == label, image.header.get_zooms()))


def by_medpy(predicted, reference, spacing):
    from medpy.metric import binary

    distances = [of(predicted, reference, voxelspacing=spacing) for of in (binary.hd95, binary.assd)]
    return [binary.dc(predicted, reference), *distances]


def by_surface_distance(predicted, reference, spacing):
    import surface_distance as s

    distances = s.compute_surface_distances(reference, predicted, spacing)
    return [
        s.compute_dice_coefficient(reference, predicted),
        s.compute_robust_hausdorff(distances, 95),
        *map(float, s.compute_average_surface_distance(distances)),
        s.compute_surface_dice_at_tolerance(distances, 1),
    ]


if __name__ == '__main__':
    command, *rest = sys.argv[1:]
    if command == 'make':
        make(*rest)
    else:
        score(rest[0], {'medpy': by_medpy, 'surface-distance': by_surface_distance}[command])
