import type { Volume } from '@nnunet/volume';
import { writeNifti } from '@nnunet/volume';
import { type MeasuredLabel, volumesCsv } from '../label-volumes.ts';
import { byId } from './by-id.ts';
import { niftiOf } from './converted-images.ts';
import type { GivenImage } from './given-images.ts';
import { offerFile } from './offer-file.ts';
import type { Viewer } from './viewer-interface.ts';

export interface ShownResult {
  /** The first image of the case. */
  image: GivenImage;
  labels: Volume<Uint8Array | Uint16Array>;
  volumes: readonly MeasuredLabel[];
}

/** Shows the volumes, offers the files, and draws the label map over the image. */
export async function showResult({ image, labels, volumes }: ShownResult): Promise<void> {
  const { stem } = image;
  byId('volumes').replaceChildren(...volumes.map(rowOf));
  const packed = new Blob([writeNifti(labels) as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream('gzip'));
  const file = new File([await new Response(packed).blob()], `${stem}_labels.nii.gz`);
  offerFile('save-labels', file);
  offerFile('save-volumes', new File([volumesCsv(volumes)], `${stem}_volumes.csv`, { type: 'text/csv' }));
  byId('result').hidden = false;
  byId('result-title').focus();
  const place = byId('viewer');
  try {
    const viewer = await loadViewer();
    place.textContent = '';
    await viewer.show(place, {
      name: image.name,
      image: await niftiOf(image),
      reference: null,
      prediction: file,
      labels: [...volumes],
    });
  } catch (error) {
    place.textContent = `This browser cannot draw the image (${(error as Error).message}); the files can be saved.`;
  }
}

function rowOf({ value, name, color, volume }: MeasuredLabel): HTMLElement {
  const row = document.createElement('tr');
  const cells = [String(value), name, volume.toFixed(2)].map((text) => {
    const cell = document.createElement('td');
    cell.textContent = text;
    return cell;
  });
  const swatch = document.createElement('span');
  swatch.className = 'swatch';
  swatch.style.background = color;
  cells[0]!.prepend(swatch);
  cells[2]!.className = 'number';
  row.append(...cells);
  return row;
}

/** Loads the viewer's script: only who has a result waits for it. @throws Error if the browser has no WebGL 2 */
async function loadViewer(): Promise<Viewer> {
  if (document.createElement('canvas').getContext('webgl2') === null) throw new Error('no WebGL 2');
  if (window.nnunetViewer === undefined) {
    const script = document.createElement('script');
    script.src = 'viewer.js';
    await new Promise<void>((resolve, reject) => {
      script.onload = () => resolve();
      script.onerror = () => reject(new Error('viewer.js cannot be loaded'));
      document.head.append(script);
    });
  }
  return window.nnunetViewer!;
}
