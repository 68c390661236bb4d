import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorTag, isNnUNetError, NnUNetError } from '@nnunet/errors';

type Reason = readonly [tag: ErrorTag, what: string, remedy: string];

const reasons: Readonly<Record<string, Reason>> = {
  ENOENT: ['missing-file', 'does not exist', 'Check the path.'],
  ENOTDIR: ['missing-file', 'is inside something that is not a folder', 'Check the path.'],
  EEXIST: ['not-a-folder', 'is a file where a folder is needed', 'Give another path, or move the file away.'],
  EISDIR: ['not-a-file', 'is a folder, not a file', 'Check the path.'],
  ENOSPC: [
    'disk-full',
    'no space left on the disk',
    'Free space on that disk, or choose another folder, and run the command again.',
  ],
  EDQUOT: [
    'disk-full',
    'your disk quota is used up',
    'Free space, or choose another folder, and run the command again.',
  ],
  EFBIG: ['disk-full', 'is larger than the file system allows', 'Choose a folder on another file system.'],
  EACCES: [
    'no-access',
    'access is denied',
    'Change the permissions of the file and its folder, or choose another folder.',
  ],
  EPERM: [
    'no-access',
    'access is denied',
    'Change the permissions of the file and its folder, or choose another folder.',
  ],
  EROFS: ['no-access', 'the file system is read-only', 'Choose a writable folder.'],
  EMFILE: ['too-many-files', 'too many files are open', 'Raise the limit (ulimit -n) or use fewer workers.'],
  ENFILE: ['too-many-files', 'too many files are open', 'Raise the limit (ulimit -n) or use fewer workers.'],
  ENAMETOOLONG: ['bad-name', 'the file name is too long', 'Choose a shorter name.'],
  EIO: ['disk-error', 'the disk reports an input/output error', 'Check the disk.'],
};

/** Node reports a file system that is read-only as ENOENT if it is to create a folder with those above it. */
const NOT_CREATED: Reason = [
  'no-access',
  'this folder cannot be created: the file system may be read-only',
  'Choose a writable folder.',
];

/** Converts a file system error to one with a remedy; an NnUNetError is returned unchanged. */
export function fileError(cause: unknown, path: string): Error {
  if (isNnUNetError(cause)) return cause;
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  const reason = typeof code === 'string' ? reasons[code] : undefined;
  if (!reason) return cause instanceof Error ? cause : new Error(String(cause));
  const [tag, what, remedy] =
    brokenPath(code, path) ?? (code === 'ENOENT' && syscall === 'mkdir' ? NOT_CREATED : reason);
  return new NnUNetError(tag, { where: path, what, remedy, cause });
}

/** Like {@link fileError}, for a folder: tag 'missing-folder' instead of 'missing-file' if it does not exist. */
export function folderError(cause: unknown, folder: string): Error {
  const error = fileError(cause, folder);
  if (!isNnUNetError(error, 'missing-file') || error === cause) return error;
  const { what, where, remedy } = error;
  return new NnUNetError('missing-folder', { what, where, remedy, cause });
}

/** Why a path is broken, if that can be determined: a link without a target, or a file used as a folder. */
function brokenPath(code: unknown, path: string): Reason | undefined {
  if (code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    return [
      'missing-file',
      `is a link to ${readlinkSync(path)}, which does not exist`,
      'Mount the disk it points to, or replace the link with the file.',
    ];
  if (code !== 'ENOTDIR') return undefined;
  if (isFile(path)) return ['not-a-folder', 'is a file where a folder is needed', 'Give the folder that contains it.'];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder))
    if (isFile(folder))
      return ['missing-file', `is inside ${folder}, which is a file, not a folder`, 'Check the path.'];
  return undefined;
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
