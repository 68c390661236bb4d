import { basename, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import type { ServedModel } from '@nnunet/serve';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { addDeviceOption } from '../device-option.ts';
import { parseMemorySize } from '../memory-size.ts';
import { addModelArguments, chosenModel, PREDICTED_CONFIGURATION, requireOneModel } from '../model-arguments.ts';

export const command: Command = {
  description:
    'Keeps a trained model loaded and predicts images that are sent to it: from the page at its address, or by POST from ' +
    'programs (docs/serving.md). Images are predicted one after the other and deleted when they are done. Only this machine can ' +
    'reach it unless --host says otherwise. Ctrl-C stops it.',
  define(parser) {
    parser.add_argument('site', {
      nargs: '?',
      metavar: 'FOLDER',
      help: 'page written by nnUNet_export_web, to serve instead of a model; of the options, --port and --host apply',
    });
    addModelArguments(parser, {
      task: {
        required: false,
        help: 'name or id of a task, or of a dataset of nnU-Net v2 whose models are installed; required unless --model_folder is given',
      },
      trainer: { help: 'trainer (default: nnUNetTrainerV2; otherwise the only one installed)' },
      foldsTo: 'average',
      configuration: PREDICTED_CONFIGURATION,
    });
    parser.add_argument('--model_folder', {
      nargs: '+',
      metavar: 'DIR',
      help:
        'folder of a trained model of this program, nnU-Net v1 or v2, in any place, instead of -t, -tr, -m and -p; or several, ' +
        'which clients choose by name. NAME=DIR gives a name (default: that of the folder)',
    });
    parser.add_argument('--port', {
      type: 'int',
      default: 8080,
      metavar: 'N',
      help: 'port; 0 for any that is free (default: %(default)s)',
    });
    parser.add_argument('--host', {
      default: '127.0.0.1',
      metavar: 'ADDRESS',
      help:
        'address to listen on; 0.0.0.0 for all of this machine. There is no password and no encryption: put a proxy that has ' +
        'them in front of it (default: %(default)s, this machine alone)',
    });
    parser.add_argument('--max_upload', {
      default: '1GB',
      metavar: 'SIZE',
      help: 'greatest size of the files of a request, or of those in a zip archive, for example 200MB (default: %(default)s)',
    });
    parser.add_argument('--max_waiting', {
      type: 'int',
      default: 8,
      metavar: 'N',
      help: 'number of images that may wait while one is predicted (default: %(default)s)',
    });
    parser.add_argument('--max_memory', {
      metavar: 'SIZE',
      help:
        'memory that the program may use, for example 6GB; an image that needs more is refused (default: four fifths of the free ' +
        'memory)',
    });
    parser.add_argument('--preset', {
      default: 'exact',
      choices: ['exact', 'balanced', 'quick'],
      help: 'how closely to follow nnU-Net, as in nnUNet_predict (default: %(default)s)',
    });
    addDeviceOption(parser);
  },
  async run(args, context) {
    if (args.site !== undefined) return servePage(args, context);
    const { serveModels } = await import('@nnunet/serve');
    const { parseFold } = await import('@nnunet/schema/internal');
    const { reporter, signal, print } = context;
    const { url, stopped } = await serveModels({
      models: await modelsOf(args, context),
      folds: args.folds?.map(parseFold),
      checkpoint: args.chk,
      compute: { device: args.device },
      preset: args.preset,
      maxMemory: args.max_memory == null ? undefined : parseMemorySize(args.max_memory, '--max_memory'),
      host: args.host,
      port: args.port,
      maxUpload: parseMemorySize(args.max_upload, '--max_upload'),
      maxWaiting: args.max_waiting,
      onMessage: (text) => reporter.message(text),
      signal,
    });
    print(`listening on ${url}`);
    await stopped;
  },
};

async function modelsOf(args: Arguments, context: CommandContext): Promise<ServedModel[]> {
  requireOneModel(args);
  if (args.model_folder === undefined) return [await chosenModel(args, context)];
  return args.model_folder.map((given: string) => {
    const [, name, folder] = /^([^/\\=]+)=(.+)$/s.exec(given) ?? [undefined, undefined, given];
    return { name: name ?? basename(resolve(folder!)), folder: folder! };
  });
}

/** Serves a page that nnUNet_export_web has written, to which none of the options for models apply. */
async function servePage(args: Arguments, { signal, print }: CommandContext): Promise<void> {
  if (args.task_name !== undefined || args.model_folder !== undefined) {
    throw usageError({
      what: 'both the folder of a page and a model were given',
      remedy: 'Give the folder that nnUNet_export_web has written, or a model by -t or --model_folder.',
    });
  }
  const { serveSite } = await import('@nnunet/serve');
  const { url, stopped } = await serveSite({ folder: args.site, host: args.host, port: args.port, signal });
  print(`listening on ${url}`);
  await stopped;
}
