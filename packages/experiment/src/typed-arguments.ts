/**
 * Returns the value of an option among arguments as they are typed, the last if it is repeated; undefined if it is not
 * given. Understands `--option value` and `--option=value`.
 *
 * @param flags the spellings of the option
 */
export function optionValue(words: readonly string[], flags: readonly string[]): string | undefined {
  let value: string | undefined;
  for (const [i, word] of words.entries()) {
    if (flags.includes(word)) value = words[i + 1];
    const [flag, ...rest] = word.split('=');
    if (rest.length > 0 && flags.includes(flag!)) value = rest.join('=');
  }
  return value;
}
