import { NnUNetError } from '@nnunet/errors';
import type { NetworkDescription } from '@nnunet/network';
import { describeV1Model, matchV1Weights } from '@nnunet/network/internal';
import { pickleToJson, readPickle } from '@nnunet/pickle';
import type { Plans } from '@nnunet/schema';
import { checkPlans } from '@nnunet/schema/internal';
import type { WeightMap } from './checkpoint-format.ts';
import type { ModelDescription } from './model-description.ts';
import type { ModelFiles } from './model-files.ts';
import { naming, readTorchWeights, tensorsOf } from './read-torch-weights.ts';

/** The content of a fold's checkpoint. */
export interface FoldContent {
  description: ModelDescription;
  weights: WeightMap;
}

/** Trainers of v1 that never saw mirrored images, for which v1 refuses to mirror. */
const WITHOUT_MIRRORING = /noMirroring|noDataAugmentation|NoDA/;

/**
 * Reads a checkpoint of nnU-Net v1: `<name>.model`, with its description in `<name>.model.pkl`. Nothing in them is
 * executed. A trainer unknown to v1 is treated as nnUNetTrainerV2 if the names and shapes of all weights match.
 *
 * @throws NnUNetError 'missing-file', 'bad-pickle', 'bad-checkpoint', 'bad-plans'; 'bad-weights' for weights of another
 * network, 'unknown-trainer' for a trainer whose outputs differ from those of the plans
 */
export async function readCheckpointV1(files: ModelFiles, file: string): Promise<FoldContent> {
  const { trainer, stage, plans } = await readSettings(files, `${file}.pkl`);
  const torch = await files.torch(file);
  try {
    const stateDict = tensorsOf(torch.value, 'state_dict', file);
    const { network, matched } = naming(file, () => {
      const { description, known } = describeV1Model({ plans, stage, trainer, stateDict });
      const tensors = matchV1Weights(stateDict, description, trainer);
      if (!known && description.classes !== plans.num_classes + 1) throw unknownTrainer(trainer, file);
      return { network: description, matched: tensors };
    });
    return {
      description: describe({ trainer, stage, plans, network }),
      weights: await readTorchWeights(matched, file),
    };
  } finally {
    await torch.close();
  }
}

interface Settings {
  trainer: string;
  stage: number;
  plans: Plans;
}

async function readSettings(files: ModelFiles, file: string): Promise<Settings> {
  const content = pickleToJson(readPickle(await files.bytes(file), { where: file }), { where: file });
  const bad = (what: string) =>
    new NnUNetError('bad-checkpoint', { what, where: file, remedy: 'Use the .model.pkl that v1 wrote with it.' });
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw bad('contains no dictionary');
  const { name, init } = content;
  if (typeof name !== 'string' || !Array.isArray(init)) throw bad('contains no trainer ("name" and "init")');
  const plans = checkPlans(content.plans, file);
  // Data-parallel trainers with several processes take their rank before the other arguments.
  const given = init[/DDP/.test(name) ? 6 : 5] ?? null;
  const stages = Object.keys(plans.plans_per_stage);
  if (given === null && stages.length > 1)
    throw bad(`does not say to which of the stages ${stages.join(', ')} it belongs`);
  const stage = given === null ? Number(stages[0]) : given;
  if (typeof stage !== 'number' || plans.plans_per_stage[stage] === undefined)
    throw bad(`belongs to stage ${JSON.stringify(given)}, which its plans do not have`);
  return { trainer: name, stage, plans };
}

function describe({ trainer, stage, plans, network }: Settings & { network: NetworkDescription }): ModelDescription {
  const dimension = plans.plans_per_stage[stage]!.patch_size.length;
  const regions = /BraTSRegions/.test(trainer) && !/BraTSRegions_BN$/.test(trainer);
  return {
    trainer,
    configuration: configurationOf(plans, stage, network),
    stage,
    plans,
    network,
    mirrorAxes: WITHOUT_MIRRORING.test(trainer) ? [] : Array.from({ length: dimension }, (_, axis) => axis),
    nonlinearity: regions ? 'sigmoid' : 'softmax',
    regionClassOrder: regions ? [1, 2, 3] : null,
  };
}

/** A network with more input channels than modalities is a cascade's second stage. */
function configurationOf(plans: Plans, stage: number, network: NetworkDescription): string {
  if (plans.plans_per_stage[stage]!.patch_size.length === 2) return '2d';
  if (network.inputChannels > plans.num_modalities) return '3d_cascade_fullres';
  return plans.num_stages > 1 && stage === 0 ? '3d_lowres' : '3d_fullres';
}

function unknownTrainer(trainer: string, where: string): NnUNetError {
  return new NnUNetError('unknown-trainer', {
    what: `the model was trained by ${trainer}, which is not part of v1, and its outputs are not the labels of its plans`,
    where,
    remedy: 'Only models of trainers that come with nnU-Net v1 are supported.',
  });
}
