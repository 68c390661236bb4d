import { NnUNetError } from '@nnunet/errors';

const damaged = 'The file is damaged or incomplete: copy or export it again.';

/** 'bad-nifti' with a remedy that suits a damaged file. */
export function badNifti(where: string, what: string, remedy = damaged, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-nifti', { where, what, remedy, cause });
}
