"""Makes DICOM series of an MR image for nnUNet_predict, and reads back what it wrote for them.

    python dicom_predict_peer.py make FOLDER IMAGE.nii.gz; python dicom_predict_peer.py read FOLDER

Needs the packages of dicom_peer.py. `make` writes FOLDER/good/NAME/series/*, image.nii.gz (the same voxels) and case.json,
FOLDER/refused/NAME/*, and refused.json, which says what the command should say; `read` compares label maps and DICOM
objects. dicom-predict.mjs runs both.
"""
import json
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom

import dicom_peer
from dicom_peer import read_rtstruct, read_seg, rotation, write_series

OBLIQUE = rotation(0.3, -0.2, 0.5)
GOOD = {
    'oblique': dict(matrix=OBLIQUE),
    'descending': dict(matrix=np.eye(3), order=-1),
    'implicit': dict(matrix=rotation(0, 0.1, 0), syntax='implicit'),
    'slopes': dict(matrix=OBLIQUE, slopes=True),
    'RLE': dict(matrix=np.eye(3), syntax='compressed'),
    'JPEG-LS': dict(matrix=np.eye(3), syntax='JPEG-LS'),
    'described': dict(matrix=np.eye(3)),
}
SPACING = (1.0, 1.0, 1.0)


def moved(where):
    """Changes the position of slice k by where(k) mm, (x, y, z)."""
    def change(ds, k):
        ds.ImagePositionPatient = [f'{p + d:.6f}' for p, d in zip(map(float, ds.ImagePositionPatient), where(k))]
    return change


def other_frame(ds, k):
    if k == 3:
        ds.FrameOfReferenceUID = '1.2.3.4'


REFUSED = {
    'gantry tilt': (dict(change=moved(lambda k: (0, 0.2 * k, 0))), r'is sheared.*11\.3°.*tilted gantry.*dcm2niix'),
    'uneven slices': (dict(change=moved(lambda k: (0, 0, 0.02 * k * k))), r'not evenly spaced.*dcm2niix'),
    'two frames of reference': (dict(change=other_frame), r'another frame of reference.*one image per folder'),
    'two series': (dict(twice=True), r'holds 2 series:.*"Portal venous".*into its own folder'),
    'missing slice': (dict(without=7), r'a slice is missing between .* and .* mm.*Export the complete series again'),
    'duplicate slices': (dict(change=moved(lambda k: (0, 0, -1 if k == 5 else 0))), r'have the same position.*repeated acquisitions'),
    'multi-frame': (dict(frames=True), r'2 frames in one file.*emf2sf'),
}


def make(root, image):
    random = np.random.default_rng(0)
    dicom_peer.NAMES = {}
    voxels = np.rint(np.asarray(nibabel.load(image).dataobj).transpose(2, 1, 0))  # (z, y, x)
    for name, case in GOOD.items():
        folder = root / 'good' / name
        slopes = 0.5 + np.arange(len(voxels)) % 3 if case.get('slopes') else np.ones(len(voxels))
        stored = np.rint(voxels / slopes[:, None, None])
        uids = write_series(folder / 'series', voxels.shape, SPACING, random=random, pixels=stored, **{**case, 'slopes': slopes})
        # in NIfTI's RAS
        affine = np.diag([-1, -1, 1, 1]) @ affine_of(case['matrix'])
        values = (stored * slopes[:, None, None]).astype(np.float32)
        nibabel.save(nibabel.Nifti1Image(values.transpose(2, 1, 0), affine), folder / 'image.nii.gz')
        (folder / 'case.json').write_text(json.dumps({'uids': uids, 'affine': affine.tolist()}))
    small = voxels[:12]
    for name, (how, _) in REFUSED.items():
        how = dict(how)
        frames, without, twice = how.pop('frames', False), how.pop('without', None), how.pop('twice', False)
        folder = root / 'refused' / name
        for _ in range(2 if twice else 1):
            write_series(folder, small.shape, SPACING, np.eye(3), random, pixels=small, **how)
        for path in list(folder.iterdir()):
            ds = pydicom.dcmread(path)
            if without is not None and abs(float(ds.ImagePositionPatient[2]) - 900.25 - without) < 0.1:
                path.unlink()
        if frames:
            paths = sorted(folder.iterdir())
            ds = pydicom.dcmread(paths[0])
            ds.NumberOfFrames, ds.PixelData = 2, ds.PixelData * 2
            for path in paths[1:]:
                path.unlink()
            ds.save_as(paths[0])
    (root / 'refused.json').write_text(json.dumps({name: message for name, (_, message) in REFUSED.items()}))


def affine_of(matrix):
    """From (x, y, z) indices to mm, LPS."""
    affine = np.eye(4)
    affine[:3, :3] = matrix * np.array([SPACING[2], SPACING[1], SPACING[0]])
    affine[:3, 3] = [-123.456, 45.5, 900.25]
    return affine


def read(root):
    for name in GOOD:
        folder = root / 'good' / name
        case = json.loads((folder / 'case.json').read_text())
        segments = json.loads((folder / 'segments.json').read_text())
        dicom_peer.NAMES = {segment['label']: segment['name'] for segment in segments}
        written = nibabel.load(folder / 'labels.nii.gz')
        labels = np.asarray(written.dataobj).transpose(2, 1, 0)
        same = np.asarray(nibabel.load(folder / 'of_nifti.nii.gz').dataobj).transpose(2, 1, 0)
        place = float(np.abs(written.affine - np.array(case['affine'])).max())
        voxels = {label: int((labels == label).sum()) for label in dicom_peer.NAMES}
        assert all(voxels.values()), voxels
        print(f'{name}: {voxels} voxels, {int((labels != same).sum())} differ from the prediction of the NIfTI file, {place:.1e} mm')
        print(f'{name}: SEG {read_seg(folder, labels, case)}')
        print(f'{name}: RTSTRUCT {read_rtstruct(folder, labels, case)}', flush=True)


if __name__ == '__main__':
    command, root, *rest = sys.argv[1:]
    {'make': make, 'read': read}[command](Path(root), *rest)
