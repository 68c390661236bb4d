import { RulesV1 } from '@nnunet/inference/internal';
import { findCases } from '@nnunet/inference/node';
import type { Extensions } from '@nnunet/pipeline';
import { PRETRAINED_PLANNER, rawTrainingCases } from '@nnunet/pipeline/internal';
import { planExperiment } from '@nnunet/planner';
import { CONFIGURATIONS, type DatasetDescription, type Fingerprint, type Plans } from '@nnunet/schema';
import { checkConfiguration, FILE_NAMES, joinPath, learntLabels, rawFolder, trainerOf } from '@nnunet/schema/internal';
import { readDatasetDescription, readPlans } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import { createTrainer } from '@nnunet/trainer';
import type { ImageGeometry } from '@nnunet/volume';
import { geometriesOf, imagesOfSizes } from './estimate-images.ts';
import { ConfigurationWork } from './estimate-work.ts';
import type { PlannedWork, PlannedWorkRules, PreparedGrid } from './planned-work.ts';
import { PLANNER_OPTIONS } from './planner-options.ts';
import type { ExperimentSettings } from './settings.ts';
import { plansFileOf } from './task-facts.ts';
import { optionValue } from './typed-arguments.ts';

type Dimensions = '2D' | '3D';
type KnownExtensions = Pick<Extensions, 'trainers' | 'architectures' | 'formats'>;
/** null where nothing is planned. */
type PlansByDimensions = Readonly<Record<Dimensions, Plans | null>>;

/** Of tasks of v1. */
export const plannedWorkV1: PlannedWorkRules = {
  async stored({ roots, settings, extensions }) {
    if (roots.preprocessed === null) return null;
    const stored = async (dimensions: Dimensions) => {
      const file = plansFileOf(roots, settings, dimensions);
      return jsonOrPickleExists(file) ? readPlans(file) : null;
    };
    return workOfPlansV1({ '2D': await stored('2D'), '3D': await stored('3D') }, extensions);
  },

  async foreseen({ roots, settings: { task, arguments: typed }, extensions }) {
    const raw = rawFolder(roots, task);
    const dataset = await readDatasetDescription(joinPath(raw, FILE_NAMES.dataset));
    const images = await geometriesOf(rawTrainingCases(raw, dataset));
    if (images.length === 0) return null;
    const plans = plansOf(fingerprintOf(images, dataset), typed.prepare ?? [], extensions);
    return workOfPlansV1(plans, extensions);
  },
};

/** What plans of v1 say of the work; null if there are none. */
export function workOfPlansV1(plans: PlansByDimensions, extensions: KnownExtensions): PlannedWork | null {
  const any = plans['3D'] ?? plans['2D'];
  return any === null ? null : new PlannedWorkV1(plans, any, extensions);
}

class PlannedWorkV1 implements PlannedWork {
  readonly cases: readonly ImageGeometry[];
  readonly channels: number;
  readonly labels: number;
  readonly grids: readonly PreparedGrid[];
  readonly configurations = CONFIGURATIONS;

  readonly #plans: PlansByDimensions;
  readonly #extensions: KnownExtensions;

  constructor(plans: PlansByDimensions, any: Plans, extensions: KnownExtensions) {
    this.#plans = plans;
    this.#extensions = extensions;
    const { all_sizes: sizes, all_spacings: spacings } = any.dataset_properties;
    this.cases = imagesOfSizes(sizes, spacings);
    this.channels = any.num_modalities;
    this.labels = any.num_classes;
    this.grids = Object.values(plans).flatMap((own) =>
      Object.values(own?.plans_per_stage ?? {}).map(({ current_spacing: spacing }) => ({
        transposeForward: own!.transpose_forward,
        spacing,
      })),
    );
  }

  configuration(name: string, settings: ExperimentSettings): ConfigurationWork | null {
    const configuration = checkConfiguration(name);
    const plans = this.#plans[configuration === '2d' ? '2D' : '3D'];
    const staged = configuration === '3d_lowres' || configuration === '3d_cascade_fullres';
    if (plans === null || (staged && Object.keys(plans.plans_per_stage).length === 1)) return null;
    const trainer = trainerOf(settings, configuration);
    const { trainers, architectures } = this.#extensions;
    const created = createTrainer({ plans, configuration, trainer, trainers, architectures });
    return new ConfigurationWork(configuration, created, new RulesV1(created.describeModel()));
  }

  async images(folder: string): Promise<ImageGeometry[]> {
    return geometriesOf((await findCases(folder, this.channels, this.#extensions.formats)).cases);
  }
}

function plansOf(fingerprint: Fingerprint, prepare: readonly string[], { planners }: Extensions): PlansByDimensions {
  const numberOf = (flag: string) => {
    const text = optionValue(prepare, [flag]);
    return text === undefined ? undefined : Number(text);
  };
  const gpuMemoryTarget = numberOf('--gpu_memory_target');
  const share = numberOf('--how_much_of_a_patient');
  const planned = (dimensions: Dimensions) => {
    const { flags, usual } = PLANNER_OPTIONS[dimensions];
    const asked = optionValue(prepare, flags) ?? usual;
    if (asked === 'None') return null;
    return planExperiment(fingerprint, {
      // The planner that adopts another task's plans is none of the registry; it begins as the usual one.
      planner: planners.get(asked === PRETRAINED_PLANNER ? usual : asked),
      ...(gpuMemoryTarget !== undefined && { gpuMemoryTarget }),
      ...(share !== undefined && { howMuchOfAPatientMustTheNetworkSeeAtStage0: share }),
    });
  };
  return { '2D': planned('2D'), '3D': planned('3D') };
}

function fingerprintOf(images: readonly ImageGeometry[], dataset: DatasetDescription): Fingerprint {
  return {
    all_sizes: images.map(({ shape }) => [...shape]),
    all_spacings: images.map(({ spacing }) => [...spacing]),
    ...learntLabels(dataset),
    modalities: dataset.modality,
    intensityproperties: null,
    size_reductions: Object.fromEntries(images.map((_, i) => [String(i), 1])),
  };
}
