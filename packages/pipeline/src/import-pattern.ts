import { join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted, listed } from '@nnunet/errors/internal';
import { imageFileName } from '@nnunet/schema/internal';
import { isFolder, namesIn } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { type ImportItem, imageAt } from './import-list.ts';

export interface ImportPatterns {
  /** One pattern per modality, relative to the input folder: `{case}/adc.nii.gz`. `*`, `?` and `**` as in a shell. */
  images: readonly string[];
  /** Pattern of the label maps. If given, images go to imagesTr and label maps to labelsTr. */
  labels?: string;
}

/** The files of a case: paths relative to the input folder; those of folders of slices end in '/'. */
export interface PatternCase {
  id: string;
  /** Indexed by modality. */
  images: string[];
  labels: string | null;
}

/** Maximum number of problems shown in one message. */
const SHOWN = 20;

/**
 * Finds the cases whose images match the patterns, sorted by id; searches sub-folders as deep as the patterns go. Every
 * case needs every image, and its label map if there is a pattern for those.
 *
 * @throws NnUNetError 'usage' for a pattern without {case}, 'no-images' if one matches nothing, 'missing-file' and
 * 'ambiguous-images' naming cases and files, 'missing-file'
 */
export async function casesByPattern(
  { images, labels }: ImportPatterns,
  { input, output, formats }: { input: string; output: string; formats: ImageFormats },
): Promise<PatternCase[]> {
  const patterns = labels === undefined ? images : [...images, labels];
  const rules = patterns.map(compile);
  const found = patterns.map(() => new Map<string, string[]>());
  const seen: string[] = [];
  for await (const path of walk(input, '', Math.max(...rules.map(({ depth }) => depth)), resolve(output))) {
    const name = path.replace(/\/$/, '');
    if (!path.endsWith('/') && seen.length < 5) seen.push(path);
    for (const [i, { regex }] of rules.entries()) {
      const id = regex.exec(name)?.groups?.id;
      if (id === undefined) continue;
      const image = await imageAt(join(input, name), formats);
      if (image === null) continue;
      found[i]!.set(id, [...(found[i]!.get(id) ?? []), image.endsWith('/') ? `${name}/` : name]);
    }
  }
  const nothing = found.findIndex((matches) => matches.size === 0);
  if (nothing >= 0) {
    throw new NnUNetError('no-images', {
      what: `no image matches the pattern "${patterns[nothing]}"`,
      where: input,
      remedy: `There are ${seen.length === 0 ? 'no files' : `files such as ${seen.join(', ')}`}. {case} stands for the name of a case, * for any characters, **/ for any folders.`,
    });
  }
  const ids = [...new Set(found.flatMap((matches) => [...matches.keys()]))].sort();
  requireAll(input, patterns, found, ids);
  return ids.map((id) => ({
    id,
    images: images.map((_, m) => found[m]!.get(id)![0]!),
    labels: labels === undefined ? null : found.at(-1)!.get(id)![0]!,
  }));
}

/** Checks that every case has exactly one file for every pattern. */
function requireAll(
  input: string,
  patterns: readonly string[],
  found: readonly ReadonlyMap<string, readonly string[]>[],
  ids: readonly string[],
): void {
  const several = ids.flatMap((id) =>
    found.flatMap((matches) => {
      const files = matches.get(id) ?? [];
      return files.length > 1 ? [`${id}: ${files.join(' and ')}`] : [];
    }),
  );
  if (several.length > 0) {
    throw new NnUNetError('ambiguous-images', {
      what: `a pattern matches several images of one case\n${listed(several, SHOWN, '\n')}`,
      where: input,
      remedy: 'Make the pattern more specific.',
    });
  }
  const missing = ids.flatMap((id) =>
    patterns.flatMap((pattern, i) => (found[i]!.has(id) ? [] : [pattern.replaceAll('{case}', id)])),
  );
  if (missing.length === 0) return;
  throw new NnUNetError('missing-file', {
    what: `${counted(missing.length, 'image')} missing of ${counted(ids.length, 'case')}\n${listed(missing, SHOWN, '\n')}`,
    where: input,
    remedy: 'Add them, or move the other files of these cases away. Nothing was converted.',
  });
}

/** Lists what to convert: to imagesTr and labelsTr if there are label maps, otherwise to the output folder itself. */
export function itemsOf(cases: readonly PatternCase[], input: string, output: string): ImportItem[] {
  return cases.flatMap(({ id, images, labels }) => {
    const folder = labels === null ? output : join(output, 'imagesTr');
    const items = images.map(
      (path, m): ImportItem => ({
        source: join(input, path),
        target: join(folder, imageFileName(id, m)),
        labels: false,
      }),
    );
    if (labels === null) return items;
    const target = join(output, 'labelsTr', `${id}.nii.gz`);
    return [...items, { source: join(input, labels), target, labels: true }];
  });
}

/** Formats the cases as a table: one line per case, one column per modality. */
export function tableOfCases(cases: readonly PatternCase[]): string {
  const [first] = cases;
  if (first === undefined) return '';
  const heads = ['case', ...first.images.map((_, m) => `modality ${m}`), ...(first.labels === null ? [] : ['labels'])];
  const rows = cases.map(({ id, images, labels }) => [id, ...images, ...(labels === null ? [] : [labels])]);
  const widths = heads.map((head, c) => Math.max(head.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join('  ')
      .trimEnd();
  return [heads, ...rows].map(line).join('\n');
}

/** Compiles a pattern to a regular expression with the group `id`, and the depth of folders it searches. */
function compile(pattern: string): { regex: RegExp; depth: number } {
  const path = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  if (!path.includes('{case}') || path.startsWith('/') || path.split('/').includes('..')) {
    throw usageError({
      what: `the pattern "${pattern}" ${path.includes('{case}') ? 'leads out of the input folder' : 'does not contain {case}, the name of the case'}`,
      remedy:
        "Write {case} for the name of the case and give the path below the input folder, for example '{case}/adc.nii.gz'.",
    });
  }
  let named = false;
  const source = path.replace(/\{case\}|\*\*\/|\*|\?|[.+^${}()|[\]\\]/g, (part) => {
    if (part === '{case}') {
      const group = named ? '\\k<id>' : '(?<id>[^/]+)';
      named = true;
      return group;
    }
    if (part === '**/') return '(?:[^/]+/)*';
    return part === '*' ? '[^/]*' : part === '?' ? '[^/]' : `\\${part}`;
  });
  return { regex: new RegExp(`^${source}$`), depth: path.includes('**') ? 20 : path.split('/').length };
}

/** Yields the paths below a folder, in order; those of folders end in '/'. Skips hidden files and the folder `skip`. */
async function* walk(root: string, below: string, depth: number, skip: string): AsyncGenerator<string> {
  const folder = join(root, below);
  for (const name of await namesIn(folder)) {
    if (name.startsWith('.')) continue;
    const path = below + name;
    if (!(await isFolder(join(root, path)))) {
      yield path;
      continue;
    }
    if (resolve(root, path) === skip) continue;
    yield `${path}/`;
    if (depth > 1) yield* walk(root, `${path}/`, depth - 1, skip);
  }
}
