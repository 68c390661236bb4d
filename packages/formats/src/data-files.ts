import { badImage } from './bad-image.ts';

/** Maximum number of files: more than an image can have slices. */
const MAX_FILES = 32767;
/** Maximum length of a name in characters. */
const MAX_NAME = 1000;
/** Maximum number of digits in a numbered name. */
const MAX_WIDTH = 32;

/**
 * Returns the names of the files that contain an image's voxels, as given by a header: a single name, `name_%03d.raw 1
 * 20 1` for one file per slice, or `LIST` followed by one name per line.
 *
 * @throws NnUNetError 'bad-image' for a pattern that yields no valid names, and for files in other folders
 */
export function dataFileNames(value: string, following: readonly string[], where: string): string[] {
  if (value.length > MAX_NAME) throw noFiles(value, where);
  const names = /^LIST\b/i.test(value)
    ? following.map((line) => line.trim()).filter((line) => line !== '')
    : (numbered(value, where) ?? [value]);
  if (names.length === 0 || names.length > MAX_FILES) throw noFiles(value, where);
  for (const name of names) {
    if (!/[/\\]/.test(name.replace(/^\.\//, ''))) continue;
    const remedy = 'Put it next to the header, and give only its file name there.';
    throw badImage(where, `refers to voxels in another folder: ${name}`, remedy);
  }
  return names;
}

function numbered(value: string, where: string): string[] | undefined {
  const match = /^(.*%(0?)(\d*)[diu].*?)\s+(-?\d+)\s+(-?\d+)(?:\s+(-?\d+))?(?:\s+\d+)?$/.exec(value);
  const [, pattern, zero, digits, first, last, by = 1] = match ?? [];
  if (pattern === undefined) return undefined;
  const [from, to, step, width] = [Number(first), Number(last), Number(by), Number(digits)];
  const count = Math.floor((to - from) / step) + 1;
  if (!(count > 0 && count <= MAX_FILES && width <= MAX_WIDTH)) throw noFiles(value, where);
  return Array.from({ length: count }, (_, i) =>
    pattern.replace(/%0?\d*[diu]/, String(from + i * step).padStart(width, zero ? '0' : ' ')),
  );
}

function noFiles(value: string, where: string) {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  const what = `names an impossible range of slices: ${shown}`;
  return badImage(where, what, `At most ${MAX_FILES} files, numbered with at most ${MAX_WIDTH} digits, can be read.`);
}
