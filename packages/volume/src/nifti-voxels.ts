import type { TypedArray } from '@nnunet/tensor';
import { finiteVoxels } from './finite-voxels.ts';
import { labelArray, type ReadLabels } from './label-voxels.ts';
import type { NiftiHeader } from './nifti-header.ts';
import { storedVoxels } from './stored-types.ts';

type Stored = TypedArray | BigUint64Array;

/** Slope and intercept to apply, or null if the slope is 0 or not a number, or they have no effect. */
function scaling({ slope, intercept }: NiftiHeader): { slope: number; intercept: number } | undefined {
  if (!Number.isFinite(slope) || slope === 0) return undefined;
  const offset = Number.isFinite(intercept) ? intercept : 0;
  return slope === 1 && offset === 0 ? undefined : { slope, intercept: offset };
}

/**
 * Returns voxels as float32, scaled (in float64) by the header's slope and intercept. May share memory with `bytes`.
 * Non-finite numbers become 0 before scaling, as in ITK's NIfTI library; so do numbers beyond float32.
 */
export function imageVoxels(bytes: Uint8Array, header: NiftiHeader): { data: Float32Array; notFinite: number } {
  const stored = storedVoxels(bytes, header.pixel.dtype, !header.littleEndian);
  // Nothing to scale: checked once, below.
  const before = scaling(header) && !(stored instanceof BigUint64Array) ? finiteVoxels(stored) : null;
  const { data, notFinite } = finiteVoxels(scaledVoxels(before?.data ?? stored, header));
  return { data, notFinite: notFinite + (before?.notFinite ?? 0) };
}

/** Stored voxels as scaled float32; NaN and infinities are kept. */
function scaledVoxels(stored: Stored, header: NiftiHeader): Float32Array {
  const scale = scaling(header);
  if (stored instanceof Float32Array && !scale) return stored;
  const out = stored instanceof Float32Array ? stored : new Float32Array(stored.length);
  const { slope, intercept } = scale ?? { slope: 1, intercept: 0 };
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    for (let i = 0; i < out.length; i++) out[i] = Number(stored[i]) * slope + intercept;
  } else if (scale) {
    for (let i = 0; i < out.length; i++) out[i] = stored[i]! * slope + intercept;
  } else {
    out.set(stored);
  }
  return out;
}

/** Returns voxels as labels, see {@link labelArray}. */
export function labelVoxels(bytes: Uint8Array, header: NiftiHeader): ReadLabels {
  const stored = storedVoxels(bytes, header.pixel.dtype, !header.littleEndian);
  return labelArray(scaling(header) ? scaledVoxels(stored, header) : stored);
}
