/** How closely a prediction follows v1. */
export type PresetName = 'exact' | 'balanced' | 'quick';

/** The settings of a preset. For measured times and differences see docs/inference.md. */
export interface Preset {
  /** Axes of the patch to mirror along: all that the model allows, the last of them, or none. */
  mirror: 'all' | 'last' | 'none';
  /** Distance between tiles as a fraction of the patch. */
  stepSize: number;
  /** Whether to evaluate tiles that contain only background; see `bodyTiles`. */
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
 * Returns the settings of a preset for a model; explicit options take precedence.
 *
 * @param allowed axes along which the model may be mirrored
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
