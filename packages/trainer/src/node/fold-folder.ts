import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { acquireLock, type Lock } from '@nnunet/store';
import { readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type Checkpoint, decodeTrainingCheckpoint, encodeCheckpoint, requireReadable } from '../checkpoint.ts';
import type { CheckpointKind } from '../training-ports.ts';
import { requireContent } from './require-content.ts';

/** Names under which `writeFileAtomic` writes checkpoints. */
const UNFINISHED = /^\.(?:model_\w+\.safetensors|checkpoint_\w+\.pth)\.[0-9a-f]+\.tmp$/;

/** The latest comes first: it is deleted when the final one is written, so if both exist it is newer. */
export const CONTINUE_FROM = ['latest', 'final', 'best'] as const satisfies readonly CheckpointKind[];

/** How the folder of a fold and its checkpoints are called. */
export interface FoldNames {
  folder(fold: Fold): string;
  checkpoint(kind: CheckpointKind): string;
}

const OWN_NAMES: FoldNames = {
  folder: foldFolderName,
  checkpoint: (kind) => CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX,
};

/** Those of nnU-Net v2. */
export const NAMES_V2: FoldNames = {
  folder: (fold) => `fold_${fold}`,
  checkpoint: (kind) => `checkpoint_${kind}.pth`,
};

/** The folder of a fold in training: its lock and its checkpoints. */
export class FoldFolder {
  readonly path: string;
  readonly #names: FoldNames;
  #lock: Lock | undefined;
  /** Whether a checkpoint has been read back. */
  #proven = false;

  /** @param names default: those of this program and of v1 */
  constructor(modelFolder: string, fold: Fold, names = OWN_NAMES) {
    this.path = join(modelFolder, names.folder(fold));
    this.#names = names;
  }

  /**
   * Keeps other trainings out of the fold, and deletes checkpoints that a killed training left incomplete.
   *
   * @throws NnUNetError 'locked' naming the process that is working
   */
  async lock(onTakeOver?: (message: string) => void): Promise<Lock> {
    const lock = await acquireLock(join(this.path, FILE_NAMES.trainingLock), {
      purpose: `the training in ${this.path}`,
      onTakeOver,
    });
    this.#lock = lock;
    for (const name of await readdir(this.path))
      if (UNFINISHED.test(name)) await rm(join(this.path, name), { force: true });
    return lock;
  }

  file(kind: CheckpointKind): string {
    return join(this.path, this.#names.checkpoint(kind));
  }

  has(kind: CheckpointKind): boolean {
    return existsSync(this.file(kind));
  }

  /** Whether there is a checkpoint from which a training can continue. */
  canContinue(): boolean {
    return CONTINUE_FROM.some((kind) => this.has(kind));
  }

  /**
   * Replaces a checkpoint in one step. The first one is read back, so that unreadable checkpoints are detected at the
   * start.
   *
   * @throws NnUNetError 'lock-lost' if another process now trains here; 'bad-checkpoint', 'bad-file-system'
   */
  async save(kind: CheckpointKind, checkpoint: Checkpoint): Promise<void> {
    this.#lock?.check();
    const file = this.file(kind);
    if (!this.#proven) requireReadable(checkpoint, file);
    const pieces = encodeCheckpoint(checkpoint);
    await writeFileAtomic(file, pieces);
    if (!this.#proven) await requireContent(file, pieces);
    this.#proven = true;
  }

  /**
   * Renames an earlier training's checkpoints, so that a new training is not mistaken for it. Returns the new names.
   */
  async setAside(): Promise<string[]> {
    this.#lock?.check();
    const moved: string[] = [];
    for (const kind of CONTINUE_FROM) {
      if (!this.has(kind)) continue;
      const name = this.#names.checkpoint(kind).replace(/\.\w+$/, '.replaced$&');
      await rename(this.file(kind), join(this.path, name));
      moved.push(name);
    }
    return moved;
  }

  async remove(kind: CheckpointKind): Promise<void> {
    this.#lock?.check();
    await rm(this.file(kind), { force: true });
  }

  /**
   * Loads the first checkpoint that exists.
   *
   * @throws NnUNetError 'missing-checkpoint' with the given remedy
   */
  async load(
    kinds: readonly CheckpointKind[],
    remedy: string,
  ): Promise<{ kind: CheckpointKind; checkpoint: Checkpoint }> {
    const kind = kinds.find((k) => this.has(k));
    if (kind === undefined) {
      const names = kinds.map((k) => CHECKPOINT_NAMES[k]).join(', ');
      throw new NnUNetError('missing-checkpoint', {
        what: `no checkpoint found (${names})`,
        where: this.path,
        remedy,
      });
    }
    return { kind, checkpoint: decodeTrainingCheckpoint(await readFileBytes(this.file(kind)), this.file(kind)) };
  }
}
