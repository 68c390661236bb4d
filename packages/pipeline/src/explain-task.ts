import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { bytesInWords, counted } from '@nnunet/errors/internal';
import {
  type Architectures,
  describeNetwork,
  estimateStepMemory,
  type NetworkDescription,
  parameterShapes,
} from '@nnunet/network';
import { networkVariantOf, stageSizes } from '@nnunet/network/internal';
import { estimateMemory, explainPlans } from '@nnunet/planner';
import { plannerOfIdentifier } from '@nnunet/planner/internal';
import { renderUNets, type UNetDiagram } from '@nnunet/plot';
import { svgToPng } from '@nnunet/plot/node';
import type { Configuration, Plans, Roots, StagePlans } from '@nnunet/schema';
import { joinPath, plansFileName, preprocessedFolder } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { jsonOrPickleExists, resolveTask } from '@nnunet/store/internal';
import { sizeOf } from '@nnunet/tensor';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type Extensions, shippedExtensions } from './extensions.ts';

export interface ExplainTaskOptions {
  roots: Roots;
  /** Id or name of a planned task. */
  task: string;
  plansIdentifier: string;
  /** Where the architecture that plans may name is looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'architectures'>;
  /** `.png` or `.svg` file to write. */
  picture?: string;
}

/** A network that can be trained with the plans. */
export interface PlannedNetwork {
  configuration: Configuration;
  plans: Plans;
  stage: StagePlans;
  description: NetworkDescription;
}

/** The plans of a task, explained. */
export interface ExplainedPlans {
  /** One text per plans file, lines ending with `\n`. */
  texts: { file: string; text: string }[];
  networks: PlannedNetwork[];
}

/** The trainer whose network plans with residual blocks are made for. */
const RESIDUAL_TRAINER = 'nnUNetTrainerV2_ResencUNet';

/** Maximum number of channels in v1's estimate, which in 2D differs from that of the network. */
const ESTIMATE_FEATURES = { 2: 512, 3: 320 } as const;

/**
 * Explains in words what was planned for a task and why; draws the U-Nets if a picture file is given.
 *
 * @throws NnUNetError 'missing-plans', 'usage' for a picture that is neither .png nor .svg
 */
export async function explainTask(options: ExplainTaskOptions): Promise<string> {
  const { picture } = options;
  if (picture !== undefined && !/\.(png|svg)$/i.test(picture)) {
    throw usageError({ what: 'the name of a picture must end in .png or .svg', where: picture, remedy: 'Rename it.' });
  }
  const { texts, networks } = await explainedPlans(options);
  if (picture !== undefined) {
    const svg = drawNetworks(networks);
    await writeFileAtomic(picture, /\.svg$/i.test(picture) ? svg : svgToPng(svg, { scale: 2 }));
  }
  return texts.map(({ file, text }) => `${file}\n${text}`).join('\n');
}

/** Explains the plans of a task for 3D and 2D. @throws NnUNetError 'missing-plans' */
export async function explainedPlans(options: Omit<ExplainTaskOptions, 'picture'>): Promise<ExplainedPlans> {
  const { roots, task, plansIdentifier, extensions = shippedExtensions } = options;
  const folder = preprocessedFolder(roots, await resolveTask(task, roots));
  const files = (['3D', '2D'] as const)
    .map((dimensions) => ({ dimensions, file: joinPath(folder, plansFileName(dimensions, plansIdentifier)) }))
    .filter(({ file }) => jsonOrPickleExists(file));
  if (files.length === 0) {
    throw new NnUNetError('missing-plans', {
      what: `this task has no plans ${plansIdentifier}`,
      where: folder,
      remedy: 'Run nnUNet_plan_and_preprocess first, or name other plans: `plansIdentifier`.',
    });
  }
  const texts: ExplainedPlans['texts'] = [];
  const networks: PlannedNetwork[] = [];
  for (const { file, dimensions } of files) {
    const plans = await readPlans(file);
    const { own, unknown } = knownNetworks(plans, extensions.architectures);
    networks.push(...own);
    const { dataset_properties: fingerprint, list_of_npz_files: listOfNpzFiles } = plans;
    const planner = fingerprint && plannerOfIdentifier(plansIdentifier, dimensions, fingerprint, { listOfNpzFiles });
    texts.push({ file, text: `${explainPlans(plans, planner)}${own.map(describeMemory).join('')}${unknown}` });
  }
  return { texts, networks };
}

/** Draws the U-Nets, one below the other, as an SVG. */
export function drawNetworks(networks: readonly PlannedNetwork[]): string {
  return renderUNets(networks.map(diagramOf));
}

/** The networks of plans; or, if their architecture is in a plug-in that was not loaded, a sentence saying so. */
function knownNetworks(plans: Plans, architectures: Architectures): { own: PlannedNetwork[]; unknown: string } {
  try {
    return { own: networksOf(plans, architectures), unknown: '' };
  } catch (error) {
    if (!isNnUNetError(error, 'unknown-architecture')) throw error;
    return { own: [], unknown: `Memory: unknown, because ${error.what}. Load its plug-in to see it.\n` };
  }
}

function networksOf(plans: Plans, architectures: Architectures): PlannedNetwork[] {
  const stages = Object.keys(plans.plans_per_stage).map(Number);
  const make = (configuration: Configuration, index: number, extraChannels = 0): PlannedNetwork => {
    const stage = plans.plans_per_stage[index]!;
    const inputChannels = plans.num_modalities + extraChannels;
    const variant = 'num_blocks_encoder' in stage ? networkVariantOf(RESIDUAL_TRAINER) : undefined;
    const description = describeNetwork(plans, index, {
      inputChannels,
      architectures,
      ...(plans.regions && { classes: plans.regions.length }),
      ...(variant && { variant }),
    });
    return { configuration, plans, stage, description };
  };
  if (plans.plans_per_stage[stages[0]!]!.patch_size.length === 2) return [make('2d', stages[0]!)];
  if (stages.length === 1) return [make('3d_fullres', stages[0]!)];
  const [lowres, fullres] = [Math.min(...stages), Math.max(...stages)];
  return [
    make('3d_lowres', lowres),
    make('3d_fullres', fullres),
    make('3d_cascade_fullres', fullres, plans.num_classes),
  ];
}

/** Gives v1's own number and the bytes of this engine's training step. */
function describeMemory({ configuration, plans, stage, description }: PlannedNetwork): string {
  const { patch_size: patch, batch_size: batch } = stage;
  const values = estimateMemory({
    patch,
    poolKernels: stage.pool_op_kernel_sizes,
    baseFeatures: plans.base_num_features,
    maxFeatures: ESTIMATE_FEATURES[description.dimension],
    modalities: description.inputChannels,
    classes: description.classes,
    convPerStage: description.convolutionsPerStage,
  });
  const memory = estimateStepMemory(description, patch, batch);
  return [
    `Memory of ${configuration}, batch ${batch}:`,
    ...(description.architecture !== 'Generic_UNet'
      ? describeOwn(description)
      : [
          `  v1's estimate of its own memory: ${(values / 1e6).toFixed(1)} million values per patch, ` +
            `${((values * batch) / 1e6).toFixed(1)} million per batch.`,
        ]),
    `  This engine, one training step on the CPU: about ${bytesInWords(memory.total)}, of which weights ${bytesInWords(memory.weights)}, ` +
      `momenta ${bytesInWords(memory.momenta)}, gradients ${bytesInWords(memory.gradients)}, activations ${bytesInWords(memory.activations)}, ` +
      `temporaries ${bytesInWords(memory.temporaries)}, runtime ${bytesInWords(memory.runtime)}.`,
    '',
  ].join('\n');
}

function describeOwn(description: NetworkDescription): string[] {
  if (description.graph === undefined) return [];
  const parameters = parameterShapes(description).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return [`  ${description.architecture}: ${(parameters / 1e6).toFixed(2)} million parameters.`];
}

function diagramOf({ configuration, plans, stage, description }: PlannedNetwork): UNetDiagram {
  const { features, pools, kernels, convolutionsPerStage, inputChannels, classes, encoderBlocks, decoderBlocks } =
    description;
  const { patch_size: patch, batch_size: batch, current_spacing: spacing } = stage;
  const memory = estimateStepMemory(description, patch, batch);
  const mm = spacing.map((value) => Number(value.toFixed(3))).join(' × ');
  const previous = inputChannels - plans.num_modalities;
  return {
    title: `${configuration}: patch ${patch.join(' × ')}, batch ${batch}`,
    input: `${Object.values(plans.modalities).join(', ')}${previous > 0 ? ` and ${counted(previous, 'label')} of 3d_lowres` : ''}`,
    output: counted(classes, 'class', 'classes'),
    outputs: pools.length,
    ...(isResidual(description) ? { encoderUnit: 'residual blocks' } : {}),
    levels: stageSizes(description, patch).map((size, i) => ({
      features: features[i]!,
      size,
      kernel: kernels[i]!,
      convolutions: encoderBlocks?.[i] ?? convolutionsPerStage,
      // The decoder of v1's Generic_UNet uses the kernel of the level below.
      ...(i < pools.length ? { decoderKernel: kernels[isResidual(description) ? i : i + 1]! } : {}),
      decoderConvolutions: decoderBlocks?.[pools.length - 1 - i] ?? convolutionsPerStage,
      ...(i > 0 ? { stride: pools[i - 1]! } : {}),
    })),
    notes: [
      `Axes in network order (coarsest first), spacing ${mm} mm. Short arrows to the right: outputs for deep supervision.`,
      ...(description.graph === undefined
        ? []
        : [`The levels of the plans; what ${description.architecture} makes of them may look different.`]),
      `One training step needs about ${bytesInWords(memory.total)} of memory.`,
    ],
  };
}

function isResidual({ architecture }: NetworkDescription): boolean {
  return architecture === 'FabiansUNet';
}
