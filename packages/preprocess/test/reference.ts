import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { CaseProperties, CroppedCase, Plans } from '@nnunet/schema';
import { readNpz } from '@nnunet/tensor';

/** Reference values and images kept with this package. */
export const fixtures = new URL('../fixtures/', import.meta.url);
/** All reference values, where they are present beside the repository. */
export const golden = new URL('../../../../shared/golden/', import.meta.url);
const data = new URL('../../../../shared/data/', import.meta.url);

export const goldenPresent = existsSync(golden) && existsSync(data);

/** Where the raw images of a set of reference values lie. */
export const imagesOf = (root: URL) => (root === golden ? data : new URL('images/', fixtures));

export function readJson<T>(root: URL, path: string): T {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as T;
}

export async function readArrays(root: URL, path: string) {
  return readNpz(readFileSync(new URL(path, root)));
}

export const present = (root: URL, path: string) => existsSync(new URL(path, root));
export const list = (root: URL, path: string) => (present(root, path) ? readdirSync(new URL(path, root)) : []);

/** Plans with the parts of the fingerprint that preprocessing reads. */
export function readPlans(root: URL, task: string, dimension: '2D' | '3D'): Plans {
  const plans = readJson<Plans>(root, `plans/${task}/nnUNetPlansv2.1_plans_${dimension}.json`);
  const file = `plans/${task}/intensityproperties.json`;
  const isCt = Object.values(plans.modalities).some((name) => name.toLowerCase() === 'ct');
  const intensityproperties = isCt
    ? readJson<{ intensityproperties: Plans['dataset_properties']['intensityproperties'] }>(root, file)
        .intensityproperties
    : null;
  return { ...plans, dataset_properties: { ...plans.dataset_properties, intensityproperties } };
}

export async function readCropped(root: URL, task: string, id: string): Promise<CroppedCase> {
  const base = `preprocess/${task}/${id}/cropped`;
  const { data: values, shape } = (await readArrays(root, `${base}.npz`)).get('data')!;
  const size = shape[1]! * shape[2]! * shape[3]!;
  const channel = (c: number) => (values as Float32Array).slice(c * size, (c + 1) * size);
  return {
    id,
    images: Array.from({ length: shape[0]! - 1 }, (_, c) => channel(c)),
    segmentation: channel(shape[0]! - 1),
    shape: [shape[1]!, shape[2]!, shape[3]!],
    properties: readJson<CaseProperties>(root, `${base}.json`),
  };
}

/** Greatest absolute difference; not a number when one has NaN and the other not. */
export function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  let greatest = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue;
    greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  }
  return greatest;
}
