import { lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileError } from '@nnunet/tensor/node';
import { badImage } from '../bad-image.ts';

/** Bytes of a header that are looked at; those that matter are a few hundred long. */
const HEADER_BYTES = 65536;

/**
 * Names of the files that hold the voxels of a header file (.nhdr, .mhd), beside it, in order; none where the header
 * holds them itself. ITK does not say which one is missing.
 *
 * @throws NnUNetError 'bad-image' for files elsewhere, 'missing-file' naming the file that is not there
 */
export async function detachedFiles(path: string): Promise<string[]> {
  const header = await readHeader(path);
  const names = /\.nhdr$/i.test(path) ? nrrdFiles(header, path) : metaFiles(header, path);
  for (const name of names) {
    if (/[/\\]/.test(name.replace(/^\.\//, ''))) {
      const remedy = 'Put it beside the header, and give its plain name there.';
      throw badImage(path, `keeps its voxels in another folder: ${name}`, remedy);
    }
    const file = join(dirname(path), name);
    await lstat(file).catch((cause) => {
      throw fileError(cause, file);
    });
  }
  return names;
}

async function readHeader(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(HEADER_BYTES), 0, HEADER_BYTES, 0);
      return Buffer.from(buffer.subarray(0, bytesRead)).toString('latin1');
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileError(cause, path);
  }
}

function nrrdFiles(header: string, path: string): string[] {
  const lines = header.split(/\r?\n/);
  const at = lines.findIndex((line) => /^data ?file:/i.test(line));
  if (at < 0) return [];
  const value = lines[at].replace(/^data ?file:\s*/i, '').trim();
  if (/^LIST\b/.test(value)) return lines.slice(at + 1).filter((line) => line.trim() !== '');
  return numbered(value, path) ?? [value];
}

function metaFiles(header: string, path: string): string[] {
  const lines = header.split(/\r?\n/);
  const at = lines.findIndex((line) => /^ElementDataFile\s*=/i.test(line));
  if (at < 0) throw badImage(path, 'names no file with its voxels (ElementDataFile)', 'Export it again.');
  const value = lines[at].replace(/^[^=]*=\s*/, '').trim();
  if (/^local$/i.test(value)) return [];
  if (/^LIST\b/i.test(value)) return lines.slice(at + 1).filter((line) => line.trim() !== '');
  return numbered(value, path) ?? [value];
}

/** `name_%03d.raw 1 20 1`: one file a slice. */
function numbered(value: string, path: string): string[] | undefined {
  const match = /^(.*%(0?)(\d*)d.*?)\s+(-?\d+)\s+(-?\d+)(?:\s+(-?\d+))?(?:\s+\d+)?$/.exec(value);
  if (!match) return undefined;
  const [, pattern, zero, width] = match;
  const [from, to, step] = [Number(match[4]), Number(match[5]), Number(match[6] ?? 1)];
  const count = Math.floor((to - from) / step) + 1;
  if (!(count > 0 && count < 100_000)) throw badImage(path, `names no slices: ${value}`, 'Export it again.');
  return Array.from({ length: count }, (_, i) =>
    pattern.replace(/%0?\d*d/, String(from + i * step).padStart(Number(width), zero ? '0' : ' ')),
  );
}
