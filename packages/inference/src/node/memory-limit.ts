import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import type { CaseForecast } from '../case-forecast.ts';

/** An image becomes this many times larger when its spacing is wrong rather than when it is coarse. */
const UNLIKELY_GROWTH = 1000;

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
    forecast: CaseForecast;
  },
): NnUNetError {
  const { program, stage, bytes, allowed, probabilities, forecast } = refused;
  const { imageShape, networkShape, geometry } = forecast;
  const spacing = geometry.properties.original_spacing;
  // Micrometres without a unit look like this.
  const grown = sizeOf(networkShape) > UNLIKELY_GROWTH * sizeOf(imageShape);
  const size = grown
    ? `; ${imageShape.join(' x ')} voxels of ${spacing.map((mm) => Number(mm.toPrecision(4))).join(' x ')} mm are ${networkShape.join(' x ')} for the network`
    : '';
  return new NnUNetError('memory-limit', {
    what: `${stage} takes about ${bytesInWords(bytes)}, and the program with its network ${bytesInWords(program)}: together ${bytesInWords(bytes + program)}; ${bytesInWords(allowed)} are allowed${size}`,
    where,
    remedy: `${grown ? 'Correct the spacing in the header of the image if that is wrong. ' : ''}Allow at least ${bytesInWords(bytes + program)} (nnUNet_predict: --max_memory), or run it where there is so much.${probabilities ? ' Without stored probabilities (-z) less is needed.' : ''}`,
  });
}
