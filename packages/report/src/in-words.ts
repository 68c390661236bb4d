import { messageOf } from '@nnunet/errors/internal';

/** Formats a volume given in mm³: 51.2 mm³, 0.152 ml, 1500 ml. */
export function volumeInWords(volume: number): string {
  if (volume < 100) return `${significant(volume)} mm³`;
  return `${significant(volume / 1000)} ml`;
}

/** Rounds to three digits; whole numbers keep all of theirs. */
export function significant(value: number): string {
  const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
  return text.replace('-', '−');
}

/** Formats a Dice coefficient with three decimals; '–' if it is undefined. */
export function diceInWords(dice: number | null): string {
  return dice === null ? '–' : dice.toFixed(3);
}

/** Formats an error in one line: the message, and its remedy, which has a line of its own. */
export function reasonInWords(error: unknown): string {
  return messageOf(error).replace(/\.?\s*\n\s*/g, '. ');
}
