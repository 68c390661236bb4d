import { bytesInWords, counted } from '@nnunet/errors/internal';
import { estimateStepMemory, type NetworkDescription } from '@nnunet/network';
import { stageSizes } from '@nnunet/network/internal';
import { renderUNets, type UNetDiagram } from '@nnunet/plot';
import type { Extensions } from './extensions.ts';

/** A network that can be trained with plans of v1 or v2. Lists per axis are in network order. */
export interface PlannedNetwork {
  configuration: string;
  /** Voxels. */
  patch: readonly number[];
  batch: number;
  /** mm */
  spacing: readonly number[];
  /** Voxels. */
  medianCase: readonly number[];
  /** Names of the image channels. */
  channels: readonly string[];
  /** How each channel is normalised. */
  normalizations: readonly string[];
  description: NetworkDescription;
}

/** The plans of a task, explained. */
export interface ExplainedPlans {
  /** Name of the plans. */
  identifier: string;
  /** One text per plans file, lines ending with `\n`. */
  texts: { file: string; text: string }[];
  networks: PlannedNetwork[];
}

export interface PlansToExplain {
  /** Preprocessed folder of the task. */
  folder: string;
  plansIdentifier: string;
  extensions: Pick<Extensions, 'architectures' | 'plannersV2'>;
}

/** Reads the plans of a task and explains them by the rules of its nnU-Net. No texts if there are none. */
export type PlansExplanation = (plans: PlansToExplain) => Promise<ExplainedPlans>;

/** The memory of this engine's training step, as indented lines. */
export function stepMemoryInWords({ description, patch, batch }: PlannedNetwork): string {
  const memory = estimateStepMemory(description, patch, batch);
  return (
    `  This engine, one training step on the CPU: about ${bytesInWords(memory.total)}, of which weights ${bytesInWords(memory.weights)}, ` +
    `momenta ${bytesInWords(memory.momenta)}, gradients ${bytesInWords(memory.gradients)}, activations ${bytesInWords(memory.activations)}, ` +
    `temporaries ${bytesInWords(memory.temporaries)}, runtime ${bytesInWords(memory.runtime)}.`
  );
}

/** Draws the U-Nets, one below the other, as an SVG. */
export function drawNetworks(networks: readonly PlannedNetwork[]): string {
  return renderUNets(networks.map(diagramOf));
}

/** Architectures whose decoder uses the kernel of its own level; v1's Generic_UNet uses that of the level below. */
const OWN_KERNELS: readonly string[] = ['FabiansUNet', 'PlainConvUNet', 'ResidualEncoderUNet'];
const RESIDUAL: readonly string[] = ['FabiansUNet', 'ResidualEncoderUNet'];

function diagramOf({ configuration, patch, batch, spacing, channels, description }: PlannedNetwork): UNetDiagram {
  const { architecture, features, pools, kernels, convolutionsPerStage, inputChannels, classes } = description;
  const { encoderBlocks, decoderBlocks } = description;
  const memory = estimateStepMemory(description, patch, batch);
  const mm = spacing.map((value) => Number(value.toFixed(3))).join(' × ');
  const previous = inputChannels - channels.length;
  const below = OWN_KERNELS.includes(architecture) ? 0 : 1;
  return {
    title: `${configuration}: patch ${patch.join(' × ')}, batch ${batch}`,
    input: `${channels.join(', ')}${previous > 0 ? ` and ${counted(previous, 'label')} of 3d_lowres` : ''}`,
    output: counted(classes, 'class', 'classes'),
    outputs: pools.length,
    ...(RESIDUAL.includes(architecture) ? { encoderUnit: 'residual blocks' } : {}),
    levels: stageSizes(description, patch).map((size, i) => ({
      features: features[i]!,
      size,
      kernel: kernels[i]!,
      convolutions: encoderBlocks?.[i] ?? convolutionsPerStage,
      ...(i < pools.length ? { decoderKernel: kernels[i + below]! } : {}),
      decoderConvolutions: decoderBlocks?.[pools.length - 1 - i] ?? convolutionsPerStage,
      ...(i > 0 ? { stride: pools[i - 1]! } : {}),
    })),
    notes: [
      `Axes in network order (coarsest first), spacing ${mm} mm. Short arrows to the right: outputs for deep supervision.`,
      ...(description.graph === undefined
        ? []
        : [`The levels of the plans; what ${architecture} makes of them may look different.`]),
      `One training step needs about ${bytesInWords(memory.total)} of memory.`,
    ],
  };
}
