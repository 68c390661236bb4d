import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import type { CaseForecast, CaseMemory } from './case-forecast.ts';

/** Bytes that cases may use together, excluding the program and its networks; and the bytes these use. */
export interface Room {
  room: number;
  program: number;
}

/** If an image grows by more than this factor, its spacing is probably wrong rather than just coarse. */
const UNLIKELY_GROWTH = 1000;

/**
 * Returns why a case is refused; null if it fits.
 *
 * @param advice what else to do, as a further sentence
 */
export function memoryRefusal(
  { id, forecast, advice = '' }: { id: string; forecast: CaseForecast; advice?: string | undefined },
  { preparing, predicting }: CaseMemory,
  { room, program }: Room,
): NnUNetError | null {
  const bytes = Math.max(preparing, predicting);
  if (bytes <= room) return null;
  const stage = preparing > predicting ? 'preprocessing the case' : 'predicting the case';
  const { imageShape, networkShape, geometry } = forecast;
  const spacing = geometry.properties.original_spacing;
  const needed = bytesInWords(bytes + program);
  // Happens if the spacing is in micrometres without a unit.
  const grown = sizeOf(networkShape) > UNLIKELY_GROWTH * sizeOf(imageShape);
  const size = grown
    ? `; ${imageShape.join(' x ')} voxels of ${spacing.map((mm) => Number(mm.toPrecision(4))).join(' x ')} mm are ${networkShape.join(' x ')} for the network`
    : '';
  return new NnUNetError('memory-limit', {
    what: `${stage} needs about ${bytesInWords(bytes)}, and the program with its network ${bytesInWords(program)}: together ${needed}, but ${bytesInWords(room + program)} are allowed${size}`,
    where: id,
    remedy: `${grown ? 'Correct the spacing in the header of the image if it is wrong. ' : ''}Allow at least ${needed} (\`maxMemory\`), or run it on a machine with more memory.${advice}`,
  });
}
