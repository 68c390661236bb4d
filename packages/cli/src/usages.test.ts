import { ArgumentParser } from 'argparse';
import { expect, it } from 'vitest';
import { commandNames, commands } from './command-table.ts';

/** The arguments of all commands, as a person has looked at them. After a change that is wanted: `npx vitest run packages/cli -u`. */
const approved = new URL('../fixtures/usages.txt', import.meta.url).pathname;

it('every command has the arguments that it is to have', async () => {
  const usages: string[] = [];
  for (const name of commandNames) {
    const parser = new ArgumentParser({ prog: name });
    const { command } = await commands[name]!();
    command.define(parser);
    usages.push(
      parser
        .format_usage()
        .replace(/\s+/g, ' ')
        .trim()
        .replaceAll(/ (?=\[?-)/g, '\n  '),
    );
  }
  await expect(`${usages.join('\n')}\n`).toMatchFileSnapshot(approved);
});
