/**
 * Writes DICOM SEG and RTSTRUCT for series made by pydicom, has them read back by highdicom, rt-utils and
 * dcmrtstruct2nii, and validated by dciodvfy (dicom3tools) where it is installed.
 *
 * node tools/peers/dicom.mjs PYTHON [FOLDER]; PYTHON has the packages named in dicom_peer.py
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dicomRtstruct, dicomSeg, segmentsOf } from '../../packages/formats/dist/dicom.js';
import { readDicomSeries, readImage } from '../../packages/formats/dist/node/index.js';
import { decodeNpy } from '../../packages/tensor/dist/index.js';
import { run, validate } from './peer-programs.mjs';

const [python, given] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node tools/peers/dicom.mjs PYTHON [FOLDER]');
  process.exit(2);
}
const root = given ?? mkdtempSync(join(tmpdir(), 'nnunet-dicom-'));
const peer = fileURLToPath(new URL('dicom_peer.py', import.meta.url));
let failed = false;

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
    const found = validate(join(folder, `${kind}.dcm`));
    failed ||= found.errors > 0;
    console.log(`${name}: ${kind} ${bytes.length} bytes in ${ms} ms: ${found.summary}`);
  }
  console.log(`${name}: ${Math.round(performance.now() - start)} ms in all`);
}
run(python, peer, 'read', root);
if (given === undefined) rmSync(root, { recursive: true });
process.exitCode = failed ? 1 : 0;
