/**
 * Writes DICOM SEG and RTSTRUCT for series made by pydicom, has them read back by highdicom, rt-utils and
 * dcmrtstruct2nii, and validated by dciodvfy (dicom3tools) where it is installed.
 *
 * node tools/peers/dicom.mjs PYTHON [FOLDER]; PYTHON has the packages named in dicom_peer.py
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dicomRtstruct, dicomSeg, segmentsOf } from '../../packages/formats/dist/dicom.js';
import { readDicomSeries, readImage } from '../../packages/formats/dist/node/index.js';
import { decodeNpy } from '../../packages/tensor/dist/index.js';

const [python, given] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node tools/peers/dicom.mjs PYTHON [FOLDER]');
  process.exit(2);
}
const root = given ?? mkdtempSync(join(tmpdir(), 'nnunet-dicom-'));
const peer = fileURLToPath(new URL('dicom_peer.py', import.meta.url));
let failed = false;

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/** Prints what dciodvfy finds wrong with a file. */
function validate(file) {
  const { stderr, error } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
  if (error) return 'dciodvfy is not installed';
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error'));
  const warnings = stderr.split('\n').filter((line) => line.startsWith('Warning'));
  failed ||= errors.length > 0;
  for (const line of new Set([...errors, ...warnings])) console.log(`  ${line}`);
  return `${errors.length} errors, ${warnings.length} warnings`;
}

run(python, peer, 'make', root);
for (const name of readdirSync(root)) {
  const folder = join(root, name);
  const start = performance.now();
  const series = await readDicomSeries(join(folder, 'series/'));
  const image = await readImage(join(folder, 'series/'));
  const labels = { ...image, data: decodeNpy(readFileSync(join(folder, 'labels.npy'))).data };
  const { names } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const segments = segmentsOf(new Map(Object.entries(names).map(([label, text]) => [Number(label), text])));
  writeFileSync(join(folder, 'segments.json'), JSON.stringify(segments));
  const options = { segments, algorithm: { name: 'nnU-Net 3d_fullres', version: '1.0' } };
  for (const [kind, write] of [
    ['seg', dicomSeg],
    ['rtstruct', dicomRtstruct],
  ]) {
    const before = performance.now();
    const bytes = write(labels, series, options);
    const ms = Math.round(performance.now() - before);
    writeFileSync(join(folder, `${kind}.dcm`), bytes);
    console.log(`${name}: ${kind} ${bytes.length} bytes in ${ms} ms: ${validate(join(folder, `${kind}.dcm`))}`);
  }
  console.log(`${name}: ${Math.round(performance.now() - start)} ms in all`);
}
run(python, peer, 'read', root);
if (given === undefined) rmSync(root, { recursive: true });
process.exitCode = failed ? 1 : 0;
