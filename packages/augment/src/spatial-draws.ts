import type { CounterRandom } from '@nnunet/tensor';
import type { ElasticDeformation } from './displacement.ts';
import type { AugmentationRecipe, ElasticRecipe, SpatialRecipe } from './recipe.ts';
import { aroundOne, type SampleStream } from './sample-streams.ts';
import type { SpatialTransform } from './spatial-geometry.ts';

/** A spatial transform whose displacements have not been computed yet. */
export type SpatialDraw = Omit<SpatialTransform, 'displacement'> & { elastic: ElasticDeformation | null };

/**
 * Draws the spatial transform of one sample (v1: batchgenerators' augment_spatial and augment_spatial_2).
 *
 * @param random returns the random stream for a purpose
 */
export function drawSpatial(
  spatial: SpatialRecipe,
  { patchSize, loaderPatchSize, dummy2D }: AugmentationRecipe,
  random: (purpose: SampleStream) => CounterRandom,
): SpatialDraw {
  const inPlane = dummy2D || patchSize.length === 2;
  const axes = inPlane ? patchSize.slice(-2) : patchSize;
  const rotation = random('rotation');
  const scaling = random('scale');
  const rotated = rotation.uniform() < spatial.rotationProbability;
  const scaled = scaling.uniform() < spatial.scaleProbability;
  const p = spatial.rotationAxisProbability ?? 1;
  const about = random('rotation axes');
  return {
    elastic: spatial.elastic ? drawElastic(spatial.elastic, axes, random('elastic')) : null,
    angles: rotated
      ? spatial.rotation.map((range) => {
          const angle = rotation.uniformBetween(...range);
          return p < 1 && about.uniform() > p ? 0 : angle;
        })
      : null,
    scale: scaled ? drawScale(spatial, axes.length, scaling, random('scale per axis')) : null,
    ...((spatial.interpolation ?? 'cubic') !== 'cubic' && { scaledFirst: true }),
    centre: spatial.randomCentre ? drawCentre(spatial.randomCentre, loaderPatchSize, dummy2D, random('centre')) : null,
  };
}

function drawScale(
  { scale, scaleDraw = 'aroundOne', scalePerAxisProbability = 0 }: SpatialRecipe,
  axes: number,
  random: CounterRandom,
  perAxis: CounterRandom,
): number | number[] {
  const draw = (from: CounterRandom) =>
    scaleDraw === 'evenly' ? from.uniformBetween(...scale) : aroundOne(from, scale);
  if (scalePerAxisProbability > 0 && perAxis.uniform() < scalePerAxisProbability) {
    return Array.from({ length: axes }, () => draw(perAxis));
  }
  return draw(random);
}

function drawElastic(
  elastic: ElasticRecipe,
  axes: readonly number[],
  random: CounterRandom,
): ElasticDeformation | null {
  if (random.uniform() >= elastic.probability) return null;
  if ('alpha' in elastic) {
    return { alpha: random.uniformBetween(...elastic.alpha), sigma: random.uniformBetween(...elastic.sigma) };
  }
  const scale = random.uniformBetween(...elastic.deformationScale);
  const sigmas = axes.map((n) => scale * n);
  return { sigmas, magnitudes: sigmas.map((sigma) => random.uniformBetween(sigma / 8, sigma / 2)) };
}

/**
 * Draws the patch centre, (z, y, x) in voxels of the loader patch. Axes too short for the margin, and axis 0 of slices,
 * keep their centre.
 */
function drawCentre(
  margin: readonly number[],
  loaderPatchSize: readonly number[],
  dummy2D: boolean,
  random: CounterRandom,
): number[] {
  const centre = loaderPatchSize.map((n, d) => {
    const drawn = random.uniformBetween(margin[d]!, Math.max(margin[d]!, n - margin[d]!));
    return (dummy2D && d === 0) || 2 * margin[d]! >= n ? n / 2 - 0.5 : drawn;
  });
  return centre.length === 2 ? [0, ...centre] : centre;
}
