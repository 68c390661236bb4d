/** How much of what v1 does is done. */
export type PresetName = 'exact' | 'balanced' | 'quick';

/** What a preset decides. Measured times and differences: docs/inference.md. */
export interface Preset {
  /** Axes of the patch to mirror along: all that the model allows, the last of them, or none. */
  mirror: 'all' | 'last' | 'none';
  /** Share of a patch between tiles. */
  stepSize: number;
  /** Whether tiles of background alone are evaluated too; see `bodyTiles`. */
  tiles: 'all' | 'body';
}

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  exact: { mirror: 'all', stepSize: 0.5, tiles: 'all' },
  balanced: { mirror: 'last', stepSize: 0.5, tiles: 'body' },
  quick: { mirror: 'none', stepSize: 0.75, tiles: 'body' },
};

export interface TilingChoice {
  mirrorAxes: readonly number[];
  stepSize: number;
  tiles: 'all' | 'body';
}

/**
 * What a preset is for a model; single choices go before it.
 *
 * @param allowed axes that the model may be mirrored along
 */
export function tilingOfPreset(
  name: PresetName,
  allowed: readonly number[],
  choices: Partial<TilingChoice> = {},
): TilingChoice {
  const { mirror, stepSize, tiles } = PRESETS[name];
  const mirrorAxes = mirror === 'all' ? allowed : mirror === 'last' ? allowed.slice(-1) : [];
  return {
    mirrorAxes: choices.mirrorAxes ?? mirrorAxes,
    stepSize: choices.stepSize ?? stepSize,
    tiles: choices.tiles ?? tiles,
  };
}
