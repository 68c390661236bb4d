import { RulesV2 } from '@nnunet/inference/internal';
import { configurationV2 } from '@nnunet/network/internal';
import type { Extensions } from '@nnunet/pipeline';
import { imagesToPredictV2, readFingerprintV2, readingOfDataset } from '@nnunet/pipeline/internal';
import { type ConfigurationPlansV2, planExperimentV2 } from '@nnunet/planner/v2';
import { type DatasetV2, parseDatasetV2 } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { ImageGeometry } from '@nnunet/volume';
import { geometriesOf, imagesOfSizes } from '../estimate-images.ts';
import { ConfigurationWork } from '../estimate-work.ts';
import type { EstimatedExperiment, PlannedWork, PlannedWorkRules, PreparedGrid } from '../planned-work.ts';
import type { ExperimentSettings } from '../settings.ts';
import { optionValue } from '../typed-arguments.ts';
import { readPlansV2 } from './dataset-facts.ts';
import { USUAL_PLANNER } from './dataset-models.ts';

/** Of data sets of v2. */
export const plannedWorkV2: PlannedWorkRules = {
  async stored(experiment) {
    const { roots, settings, extensions } = experiment;
    const plans = await readPlansV2(roots, settings);
    if (plans === null) return null;
    const folder = preprocessedFolder(roots, settings.task);
    const dataset = await readDataset(folder);
    const fingerprint = await readFingerprintV2(joinPath(folder, FILE_NAMES.fingerprintV2));
    // Plans that were moved here may have none beside them.
    const cases =
      fingerprint === null
        ? (await readRawImages(experiment)).images
        : imagesOfSizes(fingerprint.shapes_after_crop, fingerprint.spacings);
    return new PlannedWorkV2(plans.content, { dataset, cases }, extensions);
  },

  async foreseen(experiment) {
    const { settings, extensions } = experiment;
    const { dataset, images, reader: imageReader } = await readRawImages(experiment);
    if (images.length === 0) return null;
    const { prepare = [] } = settings.arguments;
    const gpuMemoryTarget = optionValue(prepare, ['-gpu_memory_target']);
    const spacing = prepare.lastIndexOf('-overwrite_target_spacing');
    const { channelNames, labelEntries, numTraining } = dataset.description;
    const plans = planExperimentV2(
      {
        shapes_after_crop: images.map(({ shape }) => [...shape]),
        spacings: images.map(({ spacing }) => [...spacing]),
        median_relative_size_after_cropping: 1,
        foreground_intensity_properties_per_channel: {},
      },
      { name: settings.task, channelNames, labelEntries, numTraining, imageReader },
      {
        planner: optionValue(prepare, ['-pl']) ?? USUAL_PLANNER,
        planners: extensions.plannersV2,
        ...(gpuMemoryTarget !== undefined && { gpuMemoryTarget: Number(gpuMemoryTarget) }),
        ...(spacing >= 0 && { targetSpacing: prepare.slice(spacing + 1, spacing + 4).map(Number) }),
      },
    );
    return new PlannedWorkV2({ ...plans }, { dataset, cases: images }, extensions);
  },
};

/** dataset.json: its text, in which regions keep their order, and what it says. */
interface Dataset {
  text: string;
  description: DatasetV2;
}

async function readDataset(folder: string): Promise<Dataset> {
  const file = joinPath(folder, FILE_NAMES.dataset);
  const text = await readTextFile(file);
  return { text, description: parseDatasetV2(text, file) };
}

/** Reads the headers of the training cases' images. */
async function readRawImages({
  roots,
  settings: { task },
  extensions: { formats: known },
}: EstimatedExperiment): Promise<{ dataset: Dataset; images: ImageGeometry[]; reader: string }> {
  const folder = rawFolder(roots, task);
  const dataset = await readDataset(folder);
  const { cases, reader, formats } = await readingOfDataset(dataset.description, { folder, known });
  return { dataset, images: await geometriesOf(cases, formats), reader };
}

/** What plans of v2 say of the work. */
class PlannedWorkV2 implements PlannedWork {
  readonly cases: readonly ImageGeometry[];
  readonly channels: number;
  readonly labels: number;
  readonly grids: readonly PreparedGrid[];
  readonly configurations: readonly string[];

  readonly #plans: Record<string, unknown>;
  readonly #dataset: Dataset;
  readonly #extensions: Pick<Extensions, 'trainersV2' | 'formats'>;

  /** @param plans the content of v2's plans.json */
  constructor(
    plans: Record<string, unknown>,
    { dataset, cases }: { dataset: Dataset; cases: readonly ImageGeometry[] },
    extensions: Pick<Extensions, 'trainersV2' | 'formats'>,
  ) {
    this.#plans = plans;
    this.#dataset = dataset;
    this.#extensions = extensions;
    this.cases = cases;
    this.channels = dataset.description.channelNames.length;
    this.labels = dataset.description.classNames.length;
    const folders = new Map<string, PreparedGrid>();
    this.configurations = Object.keys(Object(plans.configurations));
    for (const name of this.configurations) {
      const { data_identifier: folder, spacing } = configurationV2(plans, name) as unknown as ConfigurationPlansV2;
      folders.set(folder, { transposeForward: plans.transpose_forward as number[], spacing });
    }
    this.grids = [...folders.values()];
  }

  configuration(configuration: string, { trainer: name }: ExperimentSettings): ConfigurationWork | null {
    if (!this.configurations.includes(configuration)) return null;
    const Trainer = this.#extensions.trainersV2.get(name);
    const trainer = new Trainer({ plans: this.#plans, dataset: this.#dataset.text, configuration });
    // What its checkpoints allow, by which its models predict.
    const rules = new RulesV2({ ...trainer.model, mirrorAxes: trainer.mirrorAxes() });
    return new ConfigurationWork(configuration, trainer, rules);
  }

  async images(folder: string): Promise<ImageGeometry[]> {
    const { description } = this.#dataset;
    const { formats } = await readingOfDataset(description, { folder, known: this.#extensions.formats });
    return geometriesOf(await imagesToPredictV2(folder, description.fileEnding), formats);
  }
}
