/**
 * Predicts DICOM series made by pydicom with the command nnUNet_predict, has the label maps, DICOM SEG and RTSTRUCT read
 * back by highdicom and rt-utils, validates them by dciodvfy where it is installed, and checks what is refused.
 *
 * node tools/peers/dicom-predict.mjs PYTHON MODEL IMAGE.nii.gz [FOLDER]; PYTHON has the packages named in dicom_peer.py,
 * MODEL is the folder of a model of one channel that finds labels in the image
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkSegments, segmentsOf } from '../../packages/formats/dist/dicom.js';
import { run, validate } from './peer-programs.mjs';

const [python, model, image, given] = process.argv.slice(2);
if (image === undefined) {
  console.error('usage: node tools/peers/dicom-predict.mjs PYTHON MODEL IMAGE.nii.gz [FOLDER]');
  process.exit(2);
}
const root = given ?? mkdtempSync(join(tmpdir(), 'nnunet-dicom-'));
const peer = fileURLToPath(new URL('dicom_predict_peer.py', import.meta.url));
const command = fileURLToPath(new URL('../../packages/cli/bin/nnUNet_predict.mjs', import.meta.url));
let failed = false;

function predict(...args) {
  const all = [command, ...args, '--model_folder', model, '--disable_tta'];
  return spawnSync(process.execPath, all, { encoding: 'utf8' });
}

/** Predicts, and ends where that fails. */
function predicted(...args) {
  const { status, stderr } = predict(...args);
  if (status !== 0) throw new Error(`nnUNet_predict ${args.join(' ')} ended with ${status}\n${stderr}`);
}

/** Prints whether a check holds. */
function check(what, holds, detail = '') {
  failed ||= !holds;
  console.log(`${what}: ${holds ? 'yes' : `NO ${detail}`}`);
}

run(python, peer, 'make', root, image);

const file = join(root, 'segments.json');
const code = (value, meaning) => ({ CodeValue: value, CodingSchemeDesignator: 'SCT', CodeMeaning: meaning });
const described = {
  labelID: 2,
  SegmentLabel: 'Hinterer Teil',
  SegmentDescription: 'posterior part',
  SegmentedPropertyCategoryCodeSequence: code('91723000', 'Anatomical Structure'),
  SegmentedPropertyTypeCodeSequence: code('5366008', 'Hippocampus'),
  recommendedDisplayRGBValue: [10, 200, 30],
};
writeFileSync(file, JSON.stringify({ SeriesNumber: 88, segmentAttributes: [[described]] }));
const names = (path) => {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(2);
  return new Map(rows.map((row) => row.split('\t')).map(([label, name]) => [Number(label), name]));
};

for (const name of readdirSync(join(root, 'good'))) {
  const folder = join(root, 'good', name);
  const more = name === 'described' ? ['--segments', file] : [];
  predicted('-i', join(folder, 'series'), '-o', join(folder, 'out'), '--dicom', 'seg', 'rtstruct', ...more);
  predicted('-i', join(folder, 'image.nii.gz'), '-o', join(folder, 'of_nifti.nii.gz'));
  const usual = segmentsOf(names(join(folder, 'out/dseg.tsv')));
  const own = name === 'described' ? checkSegments(JSON.parse(readFileSync(file, 'utf8')), file).segments : [];
  const segments = usual.map((one) => own.find(({ label }) => label === one.label) ?? one);
  writeFileSync(join(folder, 'segments.json'), JSON.stringify(segments));
  copyFileSync(join(folder, 'out/series.nii.gz'), join(folder, 'labels.nii.gz'));
  for (const kind of ['seg', 'rtstruct']) {
    copyFileSync(join(folder, `out/series_${kind}.dcm`), join(folder, `${kind}.dcm`));
    const found = validate(join(folder, `${kind}.dcm`));
    failed ||= found.errors > 0;
    console.log(`${name}: ${kind}: ${found.summary}`);
  }
}
run(python, peer, 'read', root);

const several = join(root, 'several');
for (const name of ['RLE', 'slopes'])
  cpSync(join(root, 'good', name, 'series'), join(several, 'in', name), { recursive: true });
const object = join(several, 'out', 'RLE_seg.dcm');
predicted('-i', join(several, 'in'), '-o', join(several, 'out'), '--dicom', 'seg');
check('a folder of folders is predicted series by series', existsSync(object));
rmSync(object);
predicted('-i', join(several, 'in'), '-o', join(several, 'out'), '--dicom', 'seg');
check('an object that is missing after an interruption is written', existsSync(object));

for (const [name, message] of Object.entries(JSON.parse(readFileSync(join(root, 'refused.json'), 'utf8')))) {
  const output = join(root, `${name}.dcm`);
  const { status, stderr } = predict('-i', join(root, 'refused', name), '-o', output);
  const said = stderr.slice(Math.max(0, stderr.indexOf('nnUNet_predict: error:')));
  const named = said.includes(join('refused', name));
  check(
    `${name} is refused`,
    status === 1 && named && new RegExp(message, 's').test(said) && !existsSync(output),
    said,
  );
  console.log(said.replace(/^/gm, '  ').trimEnd());
}
if (given === undefined) rmSync(root, { recursive: true });
process.exitCode = failed ? 1 : 0;
