"""Makes DICOM series and label maps, and reads back the objects that were written for them.

    pip install pydicom==3.0.2 highdicom==0.28.2 rt-utils==1.2.7 dcmrtstruct2nii==5 numpy scipy
    python dicom_peer.py make FOLDER; python dicom_peer.py read FOLDER

`make` writes FOLDER/NAME/series/*, labels.npy (z, y, x) and case.json for each case; `read` compares FOLDER/NAME/seg.dcm
and rtstruct.dcm with them, and prints one line for each. dicom.mjs runs both.
"""
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLSLossless, RLELossless, generate_uid
from scipy import ndimage

SYNTAXES = {'explicit': ExplicitVRLittleEndian, 'implicit': ImplicitVRLittleEndian, 'big endian': ExplicitVRBigEndian}
COMPRESSED = {'compressed': RLELossless, 'JPEG-LS': JPEGLSLossless}
NAMES = {1: 'Liver', 2: 'kidney_left', 5: 'Läsion', 7: 'Nothing here'}


def rotation(a, b, c):
    ca, sa, cb, sb, cc, sc = np.cos(a), np.sin(a), np.cos(b), np.sin(b), np.cos(c), np.sin(c)
    x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return z @ x @ y


CASES = {
    'oblique': dict(shape=(12, 41, 47), spacing=(2.5, 0.9, 0.7), matrix=rotation(0.3, -0.2, 0.5)),
    'descending': dict(shape=(9, 40, 40), spacing=(3, 1, 1), matrix=np.eye(3), order=-1),
    'sagittal': dict(shape=(7, 30, 21), spacing=(1.25, 0.5, 0.8), matrix=np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]])),
    'coronal, implicit': dict(shape=(8, 33, 35), spacing=(2, 1.5, 0.75), matrix=np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]]), syntax='implicit'),
    'compressed': dict(shape=(5, 64, 64), spacing=(5, 0.8, 0.8), matrix=rotation(0, 0.4, 0), syntax='compressed'),
    'big endian': dict(shape=(6, 24, 26), spacing=(1, 1, 1), matrix=rotation(0.1, 0, 0), syntax='big endian'),
    'one slice': dict(shape=(1, 37, 29), spacing=(4, 1.1, 1.3), matrix=rotation(1, 0.2, -0.4)),
    'empty': dict(shape=(4, 20, 20), spacing=(1, 1, 1), matrix=np.eye(3), empty=True),
    'large': dict(shape=(40, 256, 256), spacing=(3, 0.9, 0.9), matrix=rotation(0.05, 0, 0)),
}


def label_map(shape, empty, random):
    """Blobs with holes, islands in the holes, specks that touch at corners and at the border of the image."""
    labels = np.zeros(shape, np.uint8)
    if empty:
        return labels
    smooth = ndimage.gaussian_filter(random.standard_normal(shape), (0.7, *[max(2, shape[2] / 30)] * 2))
    labels[smooth > np.quantile(smooth, 0.7)] = 1
    smooth = ndimage.gaussian_filter(random.standard_normal(shape), (0.7, 4, 4))
    labels[smooth > np.quantile(smooth, 0.8)] = 2
    labels[random.random(shape) < min(0.03, 400 / labels.size)] = 5
    labels[shape[0] // 2, 2:9, 2:9] = 1
    labels[shape[0] // 2, 3:8, 3:8] = 0
    labels[shape[0] // 2, 5, 5] = 1
    if shape[0] > 2:
        labels[1][labels[1] == 2] = 0
    return labels


def prefix_of(folder):
    """Start of file names that no file of the folder has yet."""
    return 'IM' * (1 + len({path.name.count('IM') for path in folder.iterdir()}))


def write_series(folder, shape, spacing, matrix, random, order=1, syntax='explicit', pixels=None, slopes=None, change=None):
    """Returns the identifiers of the slices in ascending position.

    pixels: stored values (z, y, x) instead of random ones; slopes: of each slice; change(ds, k): alters a slice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    names = [f'{prefix_of(folder)}{k:03d}' for k in random.permutation(shape[0])]
    uids = []
    for k in range(shape[0]):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = '1.2.840.10008.5.1.4.1.1.2'
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = SYNTAXES.get(syntax, ExplicitVRLittleEndian)
        ds = FileDataset(None, {}, file_meta=meta, preamble=b'\0' * 128, is_implicit_VR=syntax == 'implicit', is_little_endian=syntax != 'big endian')
        ds.SpecificCharacterSet = 'ISO_IR 100'
        ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        ds.Modality, ds.PatientName, ds.PatientID = 'CT', 'Müller^Jürgen', 'ID-7'
        ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = '19501231', 'M', '070Y'
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
        ds.StudyDate, ds.StudyTime, ds.StudyID, ds.AccessionNumber = '20200102', '101112', 'S1', 'A-1'
        ds.ReferringPhysicianName, ds.PositionReferenceIndicator = 'Who^Doctor', ''
        ds.SeriesNumber, ds.SeriesDescription, ds.Manufacturer = 4, 'Portal venous', 'Maker'
        # uneven, and against the order of positions
        ds.InstanceNumber = 500 - k * k - 3 * k if order > 0 else k * 2 + 1
        place = np.array([-123.456, 45.5, 900.25]) + matrix[:, 2] * spacing[0] * k
        ds.ImagePositionPatient = [f'{v:.6f}' for v in place]
        ds.ImageOrientationPatient = [f'{v:.8f}' for v in (*matrix[:, 0], *matrix[:, 1])]
        ds.PixelSpacing, ds.SliceThickness = [str(spacing[1]), str(spacing[2])], f'{spacing[0] * 0.8:g}'
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = *shape[1:], 1, 'MONOCHROME2'
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = '2', '-1024', 'HU'
        stored = random.integers(-200, 2000, shape[1:]) if pixels is None else pixels[k]
        if slopes is not None:
            ds.RescaleSlope, ds.RescaleIntercept = f'{slopes[k]:g}', '0'
        ds.PixelData = stored.astype('>i2' if syntax == 'big endian' else '<i2').tobytes()
        ds['PixelData'].VR = 'OW'
        if change is not None:
            change(ds, k)
        if syntax in COMPRESSED:
            ds.compress(COMPRESSED[syntax], generate_instance_uid=False)
        ds.save_as(folder / names[k], enforce_file_format=True)
        uids.append(str(ds.SOPInstanceUID))
    return uids


def make(root):
    random = np.random.default_rng(0)
    for name, case in CASES.items():
        case = dict(case)
        labels = label_map(case['shape'], case.pop('empty', False), random)
        folder = root / name
        uids = write_series(folder / 'series', random=random, **case)
        np.save(folder / 'labels.npy', labels)
        (folder / 'case.json').write_text(json.dumps({'uids': uids, 'names': NAMES, 'spacing': case['spacing']}))


def read_seg(folder, labels, case):
    import highdicom
    from highdicom.color import CIELabColor

    seg = highdicom.seg.segread(folder / 'seg.dcm')
    expected = json.loads((folder / 'segments.json').read_text())
    numbers = {int(segment['label']): i + 1 for i, segment in enumerate(expected)}
    # voxels, found by the slices that the frames refer to
    stack = seg.get_pixels_by_source_instance(case['uids'], assert_missing_frames_are_empty=True)
    wrong = sum(int((stack[..., number - 1].astype(bool) != (labels == label)).sum()) for label, number in numbers.items())
    # voxels and geometry, found by position
    places = 0.0
    if labels.any():
        volume = seg.get_volume(combine_segments=True)
        matrix = volume.affine
        sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in (folder / 'series').iterdir()]
        by_uid = {str(s.SOPInstanceUID): s for s in sources}
        filled = 0
        for k in range(volume.shape[0]):
            position = matrix @ [k, 0, 0, 1]
            z = min(range(len(case['uids'])), key=lambda z: np.linalg.norm(np.array(by_uid[case['uids'][z]].ImagePositionPatient, float) - position[:3]))
            source = by_uid[case['uids'][z]]
            along = np.array(source.ImageOrientationPatient, float)
            for row, column in ((0, 0), (labels.shape[1] - 1, 0), (0, labels.shape[2] - 1)):
                here = np.array(source.ImagePositionPatient, float) + along[:3] * column * float(source.PixelSpacing[1]) + along[3:] * row * float(source.PixelSpacing[0])
                places = max(places, float(np.abs((matrix @ [k, row, column, 1])[:3] - here).max()))
            plane = np.zeros(labels.shape[1:], int)
            for label, number in numbers.items():
                plane[labels[z] == label] = number
            wrong += int((volume.array[k] != plane).sum())
            filled += int((plane > 0).sum())
        assert filled == int((labels > 0).sum()), 'slices are missing'
    first = pydicom.dcmread(next((folder / 'series').iterdir()), stop_before_pixels=True)
    for keyword in ('PatientName', 'PatientID', 'PatientBirthDate', 'PatientSex', 'PatientAge', 'StudyInstanceUID', 'StudyDate', 'AccessionNumber', 'ReferringPhysicianName', 'FrameOfReferenceUID'):
        assert seg[keyword].value == first[keyword].value, keyword
    assert seg.SeriesInstanceUID != first.SeriesInstanceUID
    assert len(seg.SegmentSequence) == len(numbers) == len(NAMES)
    worst = 0
    for item, segment in zip(seg.SegmentSequence, expected):
        assert item.SegmentLabel == segment['name'] == NAMES[segment['label']]
        for keyword, key in (('SegmentedPropertyCategoryCodeSequence', 'category'), ('SegmentedPropertyTypeCodeSequence', 'type')):
            code = item[keyword].value[0]
            assert [code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning] == list(segment[key].values())
        color = CIELabColor.from_rgb(*segment['rgb']).value
        worst = max(worst, max(abs(a - b) for a, b in zip(color, item.RecommendedDisplayCIELabValue)))
    return f'{wrong} voxels differ, {places:.1e} mm, {seg.NumberOfFrames} frames, colours within {worst} of 65535'


def read_rtstruct(folder, labels, case):
    from rt_utils import RTStructBuilder

    structure = RTStructBuilder.create_from(str(folder / 'series'), str(folder / 'rtstruct.dcm'))
    assert structure.get_roi_names() == list(NAMES.values())
    # slices sorted as rt-utils does
    order = [case['uids'].index(str(s.SOPInstanceUID)) for s in structure.series_data]
    by_number = {int(item.ReferencedROINumber): item for item in structure.ds.ROIContourSequence}
    report = []
    for number, (label, name) in enumerate(NAMES.items(), 1):
        truth = labels == label
        if not truth.any():
            assert 'ContourSequence' not in by_number[number]
            continue
        mask = truth
        if labels.shape[1] == labels.shape[2]:  # rt-utils confuses rows and columns of others
            mask = np.zeros(labels.shape, bool)
            mask[order] = np.moveaxis(structure.get_roi_mask_by_name(name), 2, 0)
        centres = centre_mask(by_number[number], structure.series_data, case, labels.shape)
        report.append((int((centres != truth).sum()), dice(mask, truth)))
    if not report:
        return 'no contours'
    return f'{sum(r[0] for r in report)} voxel centres differ, Dice by rt-utils {min(r[1] for r in report):.4f} or more'


def dice(a, b):
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


def centre_mask(item, series, case, shape):
    """Voxels whose centres lie within an odd number of contours."""
    from matplotlib.path import Path as Polygon

    sources = {str(s.SOPInstanceUID): s for s in series}
    mask = np.zeros(shape, bool)
    columns, rows = np.meshgrid(np.arange(shape[2]), np.arange(shape[1]))
    centres = np.stack([columns.ravel(), rows.ravel()], 1)
    for contour in item.ContourSequence:
        uid = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        source = sources[uid]
        points = np.array(contour.ContourData, float).reshape(-1, 3) - np.array(source.ImagePositionPatient, float)
        along = np.array(source.ImageOrientationPatient, float)
        flat = np.stack([points @ along[:3] / float(source.PixelSpacing[1]), points @ along[3:] / float(source.PixelSpacing[0])], 1)
        assert np.abs(points @ np.cross(along[:3], along[3:])).max() < 1e-3, 'a contour leaves its plane'
        # a little below the centres, where no channel runs
        inside = Polygon(flat).contains_points(centres + [0, 1e-3])
        mask[case['uids'].index(uid)] ^= inside.reshape(shape[1:])
    return mask


def read_converter(folder, labels, case):
    """By dcmrtstruct2nii, which fills the contours of each slice by skimage."""
    import nibabel

    pydicom.read_file = pydicom.dcmread  # which version 5 still calls by its old name
    from dcmrtstruct2nii import dcmrtstruct2nii

    scores = []
    with tempfile.TemporaryDirectory() as out:
        dcmrtstruct2nii(str(folder / 'rtstruct.dcm'), str(folder / 'series'), out, convert_original_dicom=False)
        for label, name in NAMES.items():
            truth = labels == label
            files = list(Path(out).glob(f'mask_{name.replace(" ", "-")}*'))
            if not truth.any() or not files:
                continue
            mask = np.asarray(nibabel.load(files[0]).dataobj) > 0
            mask = np.moveaxis(mask, (0, 1, 2), (2, 1, 0))
            scores.append(max(dice(mask, truth), dice(mask[::-1], truth)))
    return f'Dice by dcmrtstruct2nii {min(scores):.4f} or more' if scores else 'no masks'


def read(root):
    for name in CASES:
        folder = root / name
        labels = np.load(folder / 'labels.npy')
        case = json.loads((folder / 'case.json').read_text())
        print(f'{name}: SEG {read_seg(folder, labels, case)}')
        print(f'{name}: RTSTRUCT {read_rtstruct(folder, labels, case)}', end='')
        print(f'; {read_converter(folder, labels, case)}' if labels.any() else '', flush=True)


if __name__ == '__main__':
    {'make': make, 'read': read}[sys.argv[1]](Path(sys.argv[2]))
