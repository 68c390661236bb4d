import { dirname } from 'node:path/posix';
import { NnUNetError } from '@nnunet/errors';
import { bytesInWords, counted, listed } from '@nnunet/errors/internal';
import { CONFIGURATIONS } from '@nnunet/schema';
import { isDatasetName } from '@nnunet/schema/internal';

/** An archive's description of one of its members. */
export interface ArchiveMember {
  /** As stored; '/' separates folders. */
  name: string;
  compressedSize: number;
  size: number;
  /** Unix mode; 0 if the archive has none. */
  mode: number;
}

export interface ArchiveLimits {
  /** Limit on the bytes of all members after inflating. Default: 64 GiB. */
  maxBytes?: number;
  /** Default: 100 000. */
  maxMembers?: number;
}

export const DEFAULT_MAX_BYTES = 64 * 2 ** 30;
const DEFAULT_MAX_MEMBERS = 100_000;

/**
 * Limit on how many times larger an archive may become. Weights hardly compress, so a model grows less than tenfold.
 * Does not apply to small archives.
 */
const MAX_GROWTH = 100;
const SMALL_BYTES = 2 ** 16;

/** Deflate expands one byte to at most 1032. */
const MAX_RATIO = 1040;

const MAX_NAME = 1024;
const MAX_PART = 240;

/** Where the models of an archive belong: those of this program and of v1 in `<results>/nnUNet`, v2's in `<results>`. */
export type ArchiveKind = 'v1' | 'v2';

/** First components of the paths that models may have in `<results>/nnUNet`; in `<results>`, it is v2's dataset. */
const PLACES: ReadonlySet<string> = new Set([...CONFIGURATIONS, 'ensembles']);

const ALL_PLACES = [...PLACES, 'DatasetNNN_NAME'].join(', ');

const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const DIRECTORY = 0o040000;

/** Paths of checkpoints, including v1's. */
const CHECKPOINT = /^[^/]+\/[^/]+\/[^/]+\/(fold_\d+|all)\/model_[^/]+\.(safetensors|model)$/;

/** Paths of checkpoints in nnU-Net v2: DATASET/TRAINER__PLANS__CONFIGURATION/fold_F/checkpoint_final.pth. */
const CHECKPOINT_V2 = /^(Dataset\d{3,}_[^/]*\/[^/]+__[^/]+__[^/]+)\/fold_(\d+|all)\/checkpoint_[^/]+\.pth$/;

/** Files without which the checkpoints of a v2 model cannot be used. */
const NEEDED_V2 = ['plans.json', 'dataset.json'];

/** Paths of checkpoints in any place. */
const ANY_CHECKPOINT = /(^|\/)(fold_[^/]+\/checkpoint_[^/]+\.pth|(fold_\d+|all)\/model_[^/]+\.(safetensors|model))$/;

/**
 * Checks all members of an archive of models and returns those to write, and where. Allows only plain files, in places
 * where models of one kind belong, each once, and no larger than the archive can hold and a model plausibly compresses
 * to. Models of v2 must have their plans.json and dataset.json.
 *
 * @param archiveBytes size of the archive file
 * @throws NnUNetError 'bad-archive'
 */
export function checkMembers<T extends ArchiveMember>(
  members: readonly T[],
  { where, archiveBytes, maxBytes = DEFAULT_MAX_BYTES }: ArchiveLimits & { where: string; archiveBytes: number },
): { kind: ArchiveKind; files: T[] } {
  const files = new Map<string, T>();
  const kinds = new Set<ArchiveKind>();
  let [packed, unpacked] = [0, 0];
  for (const member of members) {
    const { name, compressedSize, size } = member;
    packed += compressedSize;
    unpacked += size;
    if (packed > archiveBytes) throw badArchive(where, 'claims that its files are larger than the archive');
    if (size > MAX_RATIO * (compressedSize + 1))
      throw badArchive(
        where,
        `claims that ${shown(name)} expands from ${bytesInWords(compressedSize)} to ${bytesInWords(size)}`,
      );
    if (unpacked > maxBytes) throw tooLarge(where, maxBytes);
    if (unpacked > MAX_GROWTH * archiveBytes + SMALL_BYTES) throw growing(where, archiveBytes);
    const kind = kindOf(member, where);
    const path = checkName(kind === 'folder' ? name.replace(/\/$/, '') : name, where);
    if (kind === 'folder' || isClutter(path)) continue;
    const kindHere = kindAt(path);
    if (kindHere === null) {
      if (members.some((other) => ANY_CHECKPOINT.test(other.name) && kindAt(other.name) === null))
        throw misplaced(where, name);
      throw badArchive(
        where,
        `contains ${shown(name)}, which is not part of a trained model; models are in ${ALL_PLACES}`,
      );
    }
    kinds.add(kindHere);
    // Some file systems are not case-sensitive.
    const key = path.toLowerCase();
    if (files.has(key)) throw badArchive(where, `holds ${shown(name)} twice`);
    files.set(key, member);
  }
  for (const [key, { name }] of files) {
    for (let above = dirname(key); above !== '.'; above = dirname(above)) {
      if (files.has(above)) throw badArchive(where, `contains ${shown(name)} below a file`);
    }
  }
  if (kinds.size > 1) throw badArchive(where, 'contains models of nnU-Net v2 together with others');
  const kind: ArchiveKind = kinds.has('v2') ? 'v2' : 'v1';
  const pattern = kind === 'v2' ? CHECKPOINT_V2 : CHECKPOINT;
  if (![...files.values()].some(({ name }) => pattern.test(name)))
    throw badArchive(where, 'contains no checkpoint of a trained model');
  if (kind === 'v2') requireDescriptions(files, where);
  return { kind, files: [...files.values()] };
}

/** Returns which models a path belongs to; null for none. */
function kindAt(path: string): ArchiveKind | null {
  const [place = '', ...below] = path.split('/');
  if (below.length > 0 && isDatasetName(place)) return 'v2';
  return PLACES.has(place) ? 'v1' : null;
}

/** Requires the files that describe each model of v2. */
function requireDescriptions(files: ReadonlyMap<string, ArchiveMember>, where: string): void {
  const models = [...files.values()].flatMap(({ name }) => CHECKPOINT_V2.exec(name)?.[1] ?? []);
  for (const model of new Set(models)) {
    const missing = NEEDED_V2.filter(
      (name) => files.get(`${model}/${name}`.toLowerCase())?.name !== `${model}/${name}`,
    );
    if (missing.length > 0)
      throw badArchive(where, `lacks ${listed(missing)} of ${model}, without which it cannot be used`);
  }
}

/** @throws NnUNetError 'bad-archive' if there are too many members */
export function checkCount(
  count: number,
  { where, maxMembers = DEFAULT_MAX_MEMBERS }: ArchiveLimits & { where: string },
): void {
  if (count > maxMembers)
    throw badArchive(where, `contains ${counted(count, 'file')}, but at most ${maxMembers} are allowed`);
}

function kindOf({ name, mode }: ArchiveMember, where: string): 'file' | 'folder' {
  const type = mode & FILE_TYPE;
  const folder = name.endsWith('/');
  if (type === 0 || type === (folder ? DIRECTORY : REGULAR)) return folder ? 'folder' : 'file';
  throw badArchive(where, `contains ${shown(name)}, which is a link or another special file`);
}

/**
 * @returns the name itself
 * @throws NnUNetError 'bad-archive' if it could lead outside the folder
 */
function checkName(name: string, where: string): string {
  const parts = name.split('/');
  const wrong =
    name.length > MAX_NAME ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not occur.
    /[\\:*?"<>|\u0000-\u001f\u007f]/.test(name) ||
    parts.some((part) => part === '' || part.length > MAX_PART || /^\.+$/.test(part) || /[. ]$/.test(part));
  if (wrong) throw badArchive(where, `contains the name ${shown(name)}, which is not allowed`);
  return name;
}

/** Files that some programs add to every archive. */
function isClutter(path: string): boolean {
  return path.startsWith('__MACOSX/') || /(^|\/)(\.DS_Store|Thumbs\.db)$/.test(path);
}

function misplaced(where: string, name: string): NnUNetError {
  return new NnUNetError('bad-archive', {
    what: `contains a trained model, but not in a place where models are installed: ${shown(name)} is not in ${ALL_PLACES}`,
    where,
    remedy:
      'Nothing was installed. Unpack it, and predict with nnUNet_predict `modelFolder`, the folder that contains fold_0.',
  });
}

function tooLarge(where: string, maxBytes: number): NnUNetError {
  return badArchive(where, `would expand to more than ${bytesInWords(maxBytes)}, the maximum allowed`);
}

function growing(where: string, archiveBytes: number): NnUNetError {
  const what = `would expand from ${archiveBytes} bytes to more than ${MAX_GROWTH} times as many, which no trained model does`;
  return badArchive(where, what);
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

export function badArchive(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-archive', {
    what,
    where,
    remedy:
      'Nothing was installed. Use an archive made by nnUNet_export_model_to_zip of this program or of nnU-Net v1, or by nnUNetv2_export_model_to_zip, and download it again if it may be damaged.',
    cause,
  });
}
