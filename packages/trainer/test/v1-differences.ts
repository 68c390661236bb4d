import type { Difference } from './differences.ts';
import { isObject } from './v1-table.ts';

/** A difference from v1 that is wanted. */
interface WantedDifference {
  /** Which part of the comparison meets it. */
  in: 'augmentation' | 'network' | 'course';
  trainers: RegExp;
  /** Of the value: plans or scenario, and keys. */
  path: RegExp;
  /** Whether this is what is wanted instead of v1's value. */
  accepts(own: unknown, v1: unknown): boolean;
  reason: string;
}

/** All that differs from v1 on purpose. What is not listed here, and differs, is a fault. */
const wantedDifferences: readonly WantedDifference[] = [
  {
    in: 'augmentation',
    trainers: /^nnUNetTrainerV2_DP$/,
    path: /\.loader_\w+\.batch_size$/,
    accepts: (own, v1) => 2 * Number(own) === v1,
    reason: 'sessions share the batch of the plans; in v1 each of two graphics cards has one',
  },
  {
    in: 'augmentation',
    trainers: /^nnUNetTrainerCascadeFullRes$/,
    path: /\.loader_\w+\.pad_mode$/,
    accepts: (own, v1) => own === 'constant' && v1 === 'edge',
    reason: 'pads as all others do; in v1 this class cannot be trained',
  },
  {
    in: 'course',
    trainers: /^nnUNetTrainer(CE)?$|_ReduceOnPlateau$/,
    path: /\.model_final_checkpoint\.model$/,
    accepts: (own, v1) => Number(own) === Number(v1) + 1,
    reason: 'v1 counts one epoch too few in the final checkpoint of a training that ends early',
  },
  {
    in: 'course',
    trainers: /^nnUNetTrainerV2_(2epochs|5epochs\w*)$/,
    path: /\.model_(final_checkpoint|best)\.model$/,
    accepts: (own, v1) => v1 === undefined && /^(1-)?[14]$/.test(String(own)),
    reason: 'v1 keeps no model of its short trainers',
  },
  {
    in: 'course',
    trainers: /^nnUNetTrainerV2_5epochs_(CE)?noDS$/,
    path: /\.(metric|criterion_MA|best_criterion_MA)(\.\d)?$/,
    accepts: (own, v1) => (v1 === null || Number(v1) < 0) && [own].flat().every((value) => Number(value) >= 0),
    reason: 'v1 does not evaluate in these: its criterion is the loss',
  },
  {
    in: 'course',
    trainers: /^nnUNetTrainerV2_momentum09$/,
    path: /^stuck\.(momentum\.\d+|rescue)$/,
    accepts: (own, v1) => momentumOf(own) === 0.9 && momentumOf(v1) === 0.95,
    reason: 'a training that has learnt nothing goes on with less momentum; v1 sets 0.95, which is more here',
  },
  {
    in: 'course',
    trainers: /^nnUNetTrainerV2_reduceMomentumDuringTraining$/,
    path: /^stuck\.momentum\.\d+$/,
    accepts: (own, v1) => own === 0.95 && Number(v1) > 0.95,
    reason: 'less momentum lasts where nothing was learnt; in v1 this schedule overwrites it an epoch later',
  },
];

/** A momentum, or that of the only rescue. */
function momentumOf(value: unknown): unknown {
  const [only, ...others] = [value].flat();
  return others.length === 0 && isObject(only) ? only.momentum_then : only;
}

/** The comparison of one part, which remembers what wanted differences it has met. */
export class Comparison {
  readonly #wanted: readonly WantedDifference[];
  readonly #unmet: Set<WantedDifference>;

  constructor(part: WantedDifference['in']) {
    this.#wanted = wantedDifferences.filter((wanted) => wanted.in === part);
    this.#unmet = new Set(this.#wanted);
  }

  /** Those that are not wanted. */
  faults(trainer: string, differences: readonly Difference[]): Difference[] {
    return differences.filter(({ path, v1, own }) => {
      const found = this.#wanted.find((w) => w.trainers.test(trainer) && w.path.test(path) && w.accepts(own, v1));
      if (found !== undefined) this.#unmet.delete(found);
      return found === undefined;
    });
  }

  /** Reasons of differences that are listed and not there. */
  outdated(): string[] {
    return [...this.#unmet].map(({ reason }) => reason);
  }
}
