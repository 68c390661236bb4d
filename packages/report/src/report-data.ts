/**
 * Everything that a report shows, as plain JSON: the page is drawn from it, and it is written beside the page. Lengths are
 * in mm, volumes in mm³, axes in the order (z, y, x); numbers that are undefined are null.
 */
export interface ReportData {
  task: string;
  /** The rules that it follows: 'nnU-Net v1' or 'nnU-Net v2'. */
  rules: string;
  /** ISO 8601. */
  created: string;
  /** Sentences: what of a whole experiment is not there, or not yet. */
  missing: string[];
  dataset: DatasetSection | null;
  plans: PlansSection | null;
  trainings: TrainingSection[];
  scores: ScoresSection | null;
  /** Cases with a prediction and a reference, those to look at first at the head. */
  cases: CaseEntry[];
  /** Predictions without references. */
  predictions: PredictionSection | null;
}

/** The raw and preprocessed data of a task. */
export interface DatasetSection {
  name: string;
  modalities: string[];
  /** Foreground labels, ascending; of a task with regions, these in the order of dataset.json. */
  labels: LabelEntry[];
  /** Training cases, then test images; each in alphabetical order. */
  cases: DatasetCase[];
  /** Sentences about what the integrity check found, and about cases that are unlike the others. */
  faults: string[];
  /** Sentences about what was measured, for example on how many cases. */
  notes: string[];
  /** Slices of some cases with their labels. */
  gallery: Picture[];
}

export interface LabelEntry {
  /** Value of a label; name of a region. Scores are listed by it. */
  value: number | string;
  /** Only of a region: the values of its labels. */
  labels?: readonly number[];
  /** Only of a region: the value that it has in label maps, where no later region overwrites it. */
  writes?: number;
  name: string;
  /** CSS colour. */
  color: string;
}

export interface DatasetCase {
  id: string;
  training: boolean;
  /** Voxels. */
  shape: [number, number, number];
  spacing: [number, number, number];
  /** Per modality, percentiles 0.5, 50 and 99.5 of the foreground voxels; null if they were not measured. */
  intensities: ([number, number, number] | null)[];
  /** Volume of each label of `labels`; null if it was not measured. */
  volumes: (number | null)[];
}

/** A picture in the page. */
export interface Picture {
  /** Data URL of a PNG or SVG. */
  source: string;
  title: string;
  /** What it shows, for those who do not see it. */
  alternative: string;
}

export interface PlansSection {
  identifier: string;
  /** Per configuration: facts as pairs of name and value, in words. */
  configurations: { name: string; facts: [string, string][] }[];
  /** The plans explained in sentences, some with details. */
  sentences: { text: string; details: string[] }[];
  diagram: Picture | null;
}

/** One configuration trained by one trainer. */
export interface TrainingSection {
  configuration: string;
  trainer: string;
  folds: FoldEntry[];
}

export interface FoldEntry {
  fold: string;
  epochs: number;
  finished: boolean;
  /** Per epoch. */
  trainLosses: (number | null)[];
  validationLosses: (number | null)[];
  /** Online Dice. */
  dice: (number | null)[];
  learningRates: (number | null)[];
  /** Seconds of training. */
  seconds: number;
  machine: string | null;
  /** Settings that differ from nnU-Net's defaults. */
  changed: { name: string; value: string; usual: string }[];
  /** Mean validation Dice of whole images per label; null if not validated. */
  validation: Record<string, number | null> | null;
}

/** A configuration or ensemble that was compared. */
export interface CandidateEntry {
  /** In words: '3d_fullres', '2d + 3d_fullres'. */
  name: string;
  /** Per label or region: Dice of every case before postprocessing. */
  dice: Record<string, Record<string, number | null>>;
  /** Per label or region: mean Dice over the cases, as in summary.json. */
  means: Record<string, number | null>;
  /** Mean of `means`, before and after postprocessing. */
  mean: number | null;
  meanPostprocessed: number | null;
  /** Number of cases. */
  cases: number;
  /** Whether it has the highest mean of those with all cases; several if they tie. */
  best: boolean;
}

export interface ScoresSection {
  /** Of the cross-validation; empty if nothing was validated. */
  candidates: CandidateEntry[];
  /** Sentences: what postprocessing changed. */
  postprocessing: string[];
  /** How far the best candidate is ahead of each other, with a 95 % interval from resampling their common cases. */
  differences: { other: string; difference: number; low: number; high: number; cases: number }[];
  /** Sentences: which candidates tie, and which were left out of the comparison. */
  notes: string[];
  /** Scores of predicted images against references: metric → label → case → value. */
  test: Record<string, Record<string, Record<string, number | null>>> | null;
}

/** A case with a prediction and its reference. */
export interface CaseEntry {
  id: string;
  /** Where the prediction comes from, for example '3d_fullres, fold 0, validation' or 'test images'. */
  origin: string;
  /** Dice per label or region. */
  dice: Record<string, number | null>;
  meanDice: number | null;
  /** Why to look at it, in sentences, the most serious first; empty if nothing is unusual. */
  remarks: string[];
  role: 'worst' | 'median' | 'best' | 'outlier' | null;
  /** Slices through the largest disagreement: image, reference, prediction. */
  pictures: Picture[];
  volume: VolumeEntry | null;
}

/** A volume for the viewer: gzipped NIfTI files in base64, perhaps coarser than the originals. */
export interface VolumeEntry {
  image: string;
  reference: string | null;
  prediction: string;
  /** Every how many voxels were kept along (z, y, x); [1, 1, 1] for the whole volume. */
  steps: [number, number, number];
}

export interface PredictionSection {
  folder: string;
  cases: PredictedCase[];
}

export interface PredictedCase {
  id: string;
  /** Per label or region. */
  volumes: Record<string, number>;
  components: Record<string, number>;
  /** What is unlike the training data, the most serious first. */
  remarks: string[];
  /** Mean where there may be foreground, from 0 to 1; null if unknown. */
  disagreement: number | null;
  /**
   * 'folds': share of the pairs of folds with different labels; 'probabilities': entropy of the mean of the folds, as a
   * fraction of the highest possible.
   */
  disagreementOf: 'folds' | 'probabilities' | null;
  pictures: Picture[];
  volume: VolumeEntry | null;
}
