import { Registry } from '@nnunet/errors';
import { recognition } from '@nnunet/errors/internal';
import type { Scores } from '@nnunet/metrics';
import type { Fold } from '@nnunet/schema';
import type { EpochReport } from './finished-epoch.ts';
import type { CheckpointKind } from './training-ports.ts';
import type { TrainingSettings } from './training-settings.ts';

/** The training that an event belongs to. */
export interface ListenedTraining {
  /** Name of the task, or of a dataset of nnU-Net v2. */
  task: string;
  /** One of v1's four, or a key of the configurations in v2's plans. */
  configuration: string;
  fold: Fold;
  /** Class name; in v2, v2's name. */
  trainer: string;
  /** Holds the log, checkpoints and pictures. */
  foldFolder: string;
  /** Foreground labels (in v2, their names), or names of the regions, in the order of `classDice`. */
  classes: string[];
}

/** What is told of a training, by event. */
export interface TrainingEvents {
  /** Before the first step. */
  started: {
    settings: TrainingSettings;
    batchSize: number;
    /** Voxels, in the axis order of the data. */
    patchSize: number[];
    trainingCases: string[];
    validationCases: string[];
    /** Number of epochs that were finished before; above 0 if the training is continued. */
    epoch: number;
  };
  epochEnded: EpochReport & {
    /** Path of the picture of losses and Dice, just drawn. */
    picture: string;
  };
  checkpointSaved: {
    kind: CheckpointKind;
    file: string;
    /** Number of finished epochs. */
    epoch: number;
  };
  /** 'interrupted': the training was stopped and can be continued. */
  finished: { result: 'finished' | 'interrupted'; epoch: number };
  /** The training cannot go on. */
  failed: { error: unknown };
  /** The validation cases are predicted and scored, after the training or later. */
  validated: {
    /** Names of the cases. */
    cases: string[];
    /** Label (in v2, name of the class) to metric to its mean over the cases, your own too; NaN where none is defined. */
    scores: Record<string, Scores>;
    /** Path of summary.json, which has the scores of each case. */
    summaryFile: string;
  };
}

/** One event of a training: what happened, and where. */
export type TrainingEvent<E extends keyof TrainingEvents> = TrainingEvents[E] & ListenedTraining;

/**
 * Listens to trainings. Every method is optional. The training waits for it; if it fails, this is reported once and the
 * training goes on.
 */
export type TrainingListener = { readonly name: string } & ListeningMethods;

/** The methods of a listener. */
export type ListeningMethods = { [E in keyof TrainingEvents]?: (event: TrainingEvent<E>) => void | Promise<void> };

/** A listener, or a class of which each training gets an object of its own. */
export type ListenerEntry = TrainingListener | (new () => ListeningMethods);

const events = ['started', 'epochEnded', 'checkpointSaved', 'finished', 'failed', 'validated'] as const;

const form = { classes: true, objectsWith: 'name', methods: events, some: true } as const;

/** What listeners are called, and how they are recognised. */
export const listenerKind = { noun: 'listener', unknown: 'unknown-listener', ...recognition(form) } as const;

/**
 * The listeners of every training: none is built in (`shippedLoggers` are added on request). `with(mine)` adds your own.
 */
export const shippedListeners = new Registry<ListenerEntry>(listenerKind, {});

/** A registry of listeners. */
export type Listeners = typeof shippedListeners;

/** Returns a registry of objects, those of classes too, which have no names of their own. */
export function listenersOf(objects: ReadonlyMap<string, ListeningMethods>): Listeners {
  return new Registry(listenerKind, new Map(objects as ReadonlyMap<string, TrainingListener>));
}
