import {
  blockCounts,
  type DecoderStep,
  layersOf,
  makeBlock,
  makeHead,
  makeUp,
  ones,
  type ResidualBlock,
  type UNetLayers,
} from './layers.ts';
import type { NetworkDescription } from './network-description.ts';

/**
 * The layers of v1's FabiansUNet: a convolution, a residual encoder, a plain decoder whose steps have the kernels of the
 * stages they join. A block that changes size or channels has a strided 1x1 convolution beside it.
 */
export function fabiansUnetLayers(description: NetworkDescription): UNetLayers {
  const { features, pools, kernels, dimension } = description;
  const depth = pools.length;
  const counts = blockCounts(description);
  const stem = makeBlock(description, {
    convolution: 'encoder.initial_conv',
    norm: 'encoder.initial_norm',
    inputs: description.inputChannels,
    outputs: features[0],
    kernel: new Array<number>(dimension).fill(3),
  });
  const residual = (stage: number, b: number): ResidualBlock => {
    const name = `encoder.stages.${stage}.convs.${b}`;
    const outputs = features[stage];
    const inputs = b > 0 || stage === 0 ? outputs : features[stage - 1];
    const stride = b > 0 || stage === 0 ? ones(description) : pools[stage - 1];
    const [own, strided] = [{ outputs, kernel: kernels[stage] }, stride.some((s) => s !== 1)];
    return {
      kind: 'residual',
      first: makeBlock(description, {
        ...own,
        convolution: `${name}.conv1`,
        norm: `${name}.norm1`,
        inputs,
        stride,
      }),
      second: makeBlock(description, {
        ...own,
        convolution: `${name}.conv2`,
        norm: `${name}.norm2`,
        inputs: outputs,
        activated: false,
        beforeSum: true,
      }),
      pool: undefined,
      projection:
        strided || inputs !== outputs
          ? makeBlock(description, {
              convolution: `${name}.downsample_skip.0`,
              norm: `${name}.downsample_skip.1`,
              inputs,
              outputs,
              kernel: ones(description),
              stride,
              bias: false,
              activated: false,
            })
          : undefined,
    };
  };
  const encoder = features.map((_, stage) => {
    const blocks = Array.from({ length: counts.encoder[stage] }, (_, b) => residual(stage, b));
    return stage === 0 ? [stem, ...blocks] : blocks;
  });
  const decoder = pools.map((_, u): DecoderStep => {
    const stage = depth - 1 - u;
    const outputs = features[stage];
    const head = stage === 0 ? 'decoder.segmentation_output' : `decoder.deep_supervision_outputs.${u}`;
    return {
      up: makeUp(description, `decoder.tus.${u}`, stage),
      blocks: Array.from({ length: counts.decoder[u] }, (_, b) => {
        const name = `decoder.stages.${u}.convs.${b}`;
        const inputs = b === 0 ? 2 * outputs : outputs;
        return makeBlock(description, {
          convolution: `${name}.conv`,
          norm: `${name}.norm`,
          inputs,
          outputs,
          kernel: kernels[stage],
        });
      }),
      head: makeHead(description, head, outputs),
      stage,
    };
  });
  const heads = decoder.map((step) => step.head);
  const order = [
    ...encoder.flatMap(layersOf),
    ...heads.slice(-1),
    ...decoder.map((step) => step.up),
    ...decoder.flatMap((step) => layersOf(step.blocks)),
    ...heads.slice(0, -1),
  ];
  return { encoder, decoder, order };
}
