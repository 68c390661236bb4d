/**
 * Returns the values of an option among arguments as they are typed. Understands `--option value` and `--option=value`.
 *
 * @param flags the spellings of the option
 */
export function optionValues(words: readonly string[], flags: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    const [flag, ...rest] = word.split('=');
    if (!flags.includes(flag!)) return [];
    return rest.length > 0 ? [rest.join('=')] : words.slice(i + 1, i + 2);
  });
}

/** Like {@link optionValues}: the last value, which counts if an option is repeated; undefined if it is not given. */
export function optionValue(words: readonly string[], flags: readonly string[]): string | undefined {
  return optionValues(words, flags).at(-1);
}
