import { NnUNetError } from '@nnunet/errors';

/** A number of bytes as a person says it: 640 MB, 6.1 GB. */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}

/** The refusal of a case. */
export function tooLittleMemory(
  where: string,
  refused: {
    /** What the program and its networks take. */
    program: number;
    /** What is to be done. */
    stage: string;
    bytes: number;
    allowed: number;
    /** Probabilities are to be stored. */
    probabilities: boolean;
  },
): NnUNetError {
  const { program, stage, bytes, allowed, probabilities } = refused;
  return new NnUNetError('memory-limit', {
    what: `${stage} takes about ${formatBytes(bytes)}, and the program with its network ${formatBytes(program)}: together ${formatBytes(bytes + program)}; ${formatBytes(allowed)} are allowed`,
    where,
    remedy: `Allow at least ${formatBytes(bytes + program)} (nnUNet_predict: --max_memory), or run it where there is so much.${probabilities ? ' Without stored probabilities (-z) less is needed.' : ''}`,
  });
}
