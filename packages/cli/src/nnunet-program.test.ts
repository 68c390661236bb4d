import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';
import { commandNames } from './command-table.ts';
import { commandCalled } from './nnunet-program.ts';
import { subcommandNames } from './subcommand-names.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();
beforeEach(() => vi.stubEnv('COLUMNS', '80'));

describe('nnunet', () => {
  it('calls each command by its name without prefix, however it is spelt', () => {
    expect(new Set(subcommandNames).size).toBe(commandNames.length + 3);
    for (const [word, name] of [
      ['predict', 'nnUNet_predict'],
      ['plan-and-preprocess', 'nnUNet_plan_and_preprocess'],
      ['plan_and_preprocess', 'nnUNet_plan_and_preprocess'],
      ['train-ddp', 'nnUNet_train_DDP'],
      ['v2-plan-and-preprocess', 'nnUNetv2_plan_and_preprocess'],
      ['nnUNetv2_preprocess', 'nnUNetv2_preprocess'],
      ['nnUNet_train_DP', 'nnUNet_train_DP'],
    ] as const)
      expect(commandCalled('nnunet', [word, '-t', '4'])).toMatchObject({ name, argv: ['-t', '4'] });
  });

  it('speaks of the command as it was called, and of options as the command has them', async () => {
    const [options] = await run('nnunet evaluate-folder -ref r -pred p -l 1', {
      evaluate: { table: 'T', summaryFile: 's', otherFiles: [] },
    });
    expect(options).toMatchObject({ reference: 'r', predictions: 'p', labels: [1] });
    expect(said.printed).toBe('T\ns\n');
    await run('nnunet evaluate-folder -ref r --bad 3');
    expect(said.complained).toMatch(
      /^usage: nnunet evaluate-folder[\s\S]*\nnnunet evaluate-folder: error: there is no/,
    );
  });

  it('takes the options of every command before the command, too, and says where others belong', async () => {
    for (const [line, argv] of [
      ['--json predict -t 4', ['--json', '-t', '4']],
      ['--root /r predict -t 4', ['--root', '/r', '-t', '4']],
      ['--json --root=/r predict', ['--json', '--root=/r']],
      ['--root /r help predict', ['--root', '/r', '-h']],
    ] as const)
      expect(commandCalled('nnunet', line.split(' ')), line).toMatchObject({ name: 'nnUNet_predict', argv });
    expect(commandCalled('nnunet', ['--json', '--version'])).toMatchObject({
      shown: 'nnunet version',
      argv: ['--json'],
    });
    expect(commandCalled('nnunet', ['--json'])).toMatchObject({ shown: 'nnunet help', argv: ['--json'] });
    said.complained = '';
    await run('nnunet -i in predict');
    expect(said.complained).toMatch(
      /^nnunet: error: the option -i stands before a command\n {2}Write it after the command: nnunet COMMAND -i /,
    );
    expect(process.exitCode).toBe(2);
    await run('nnunet --json predict -i in --bad');
    expect(JSON.parse(said.printed)).toMatchObject({ document: 'error', error: { tag: 'usage' } });
  });

  it('suggests the nearest command', async () => {
    said.complained = '';
    await run('nnunet predct -i in');
    expect(said.complained).toMatch(/^nnunet: error: there is no command "predct"\n {2}Did you mean predict\?/);
    expect(process.exitCode).toBe(2);
    await run('nnunet help evaluate-foldr');
    expect(said.complained).toContain('Did you mean evaluate-folder or v2-evaluate-folder?');
    await run('nnunet predct --json');
    expect(JSON.parse(said.printed).error).toMatchObject({ tag: 'usage', what: 'there is no command "predct"' });
  });

  it('lists all commands by stage, alone or for help, within the width of a terminal', async () => {
    await run('nnunet help');
    const listed = said.printed;
    for (const name of subcommandNames.slice(0, commandNames.length))
      expect(listed).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(listed).toMatch(/^Data:$/m);
    expect(listed).toMatch(/^ {2}export-onnx {11}\S/m);
    expect(listed.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const line of ['nnunet --help', 'nnunet -h']) {
      await run(line);
      expect(said.printed).toBe(listed);
    }
    expect(commandCalled('nnunet', [])).toMatchObject({ shown: 'nnunet help' });
    expect(commandCalled('nnunet', ['help', 'train'])).toMatchObject({ name: 'nnUNet_train', argv: ['-h'] });
  });

  it('says what is installed', async () => {
    await run('nnunet --version');
    expect(said.printed).toMatch(/^nnunet \d+\.\d+\.\d+\nNode \d+.*\nONNX Runtime \d+\.\d+\.\d+\ndevice cpu: usable\n/);
    await run('nnunet version --json');
    const { node, onnxruntime, devices } = JSON.parse(said.printed);
    expect(node).toBe(process.versions.node);
    expect(onnxruntime).toMatch(/^\d+\.\d+/);
    expect(devices[0]).toEqual({ name: 'cpu', usable: true, fault: null });
    expect(devices.map(({ name }: { name: string }) => name)).toEqual(['cpu', 'cuda', 'webgpu']);
  });

  it('completes commands and options in a shell', async () => {
    await run('nnunet completion bash');
    const script = said.printed;
    const complete = (...words: string[]) => {
      const set = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`;
      const { stdout } = spawnSync('bash', ['-c', `${script}\n${set}; _nnunet; echo "\${COMPREPLY[@]}"`], {
        encoding: 'utf8',
      });
      return stdout.trim();
    };
    expect(complete('nnunet', 'pred')).toBe('predict');
    expect(complete('nnunet', 'help', 'exp')).toMatch(/explain-plans.* export-onnx/);
    expect(complete('nnunet', 'evaluate-folder', '-re')).toBe('-ref');
    expect(complete('nnunet', 'evaluate-folder', '--js')).toBe('--json');
    expect(complete('nnunet', 'evaluate-folder', 'some')).toBe('');
    await run('nnunet completion fish');
    expect(said.printed).toContain("complete -c nnunet -n '__fish_seen_subcommand_from evaluate-folder' -o ref\n");
    await run('nnunet completion zsh');
    expect(said.printed).toMatch(/^autoload -U \+X bashcompinit/);
  });
});
