import { NnUNetError, usageError } from '@nnunet/errors';
import type { Plans } from '@nnunet/schema';
import { learntOf } from '@nnunet/schema/internal';

/** Plans adopted from another task. */
export interface AdoptedPlans {
  /** By {@link adoptedPlansIdentifier}. */
  plansIdentifier: string;
  /** `nnUNetPlans_pretrained_NAME_plans_3D.json` */
  plansFileName: string;
  plans: Plans;
}

/** Identifier of plans adopted under a name, v1's `-p`. */
export function adoptedPlansIdentifier(name: string): string {
  return `nnUNetPlans_pretrained_${name}`;
}

/** @throws NnUNetError 'usage' for a name that cannot be part of the plans' identifier */
export function checkAdoptedName(name: string): void {
  if (/^[\w.+-]+$/.test(name)) return;
  throw usageError({
    what: `"${name}" cannot be part of a folder's name`,
    where: '`overwritePlansIdentifier`',
    remedy: 'Use letters, digits, "_", "-", "." and "+" only.',
  });
}

/**
 * Adopts another task's plans for this task's data, so that a network trained there can be fine-tuned here (v1's
 * ExperimentPlanner3D_v21_Pretrained). Spacing, patch, network, normalisation and its statistics, axis order and
 * preprocessor come from the other task; the classes, the list of cases and the folder from this one.
 *
 * v1 also keeps the other task's list of classes, which it never reads again; here it would select the wrong classes.
 * @param own plans of this task
 * @param foreign plans of the other task, 3D
 * @param name part of the identifiers, v1's `-overwrite_plans_identifier`
 * @throws NnUNetError 'bad-plans' for 2D plans or a different number of modalities, 'usage' for a name that is not a
 *   valid folder name
 */
export function adoptPlans(own: Plans, foreign: Plans, name: string): AdoptedPlans {
  checkAdoptedName(name);
  if (foreign.num_modalities !== own.num_modalities) {
    throw new NnUNetError('bad-plans', {
      what: `the given plans are for ${list(foreign)}, but this task has ${list(own)}`,
      remedy: 'Use the plans of a task with the same modalities in the same order.',
    });
  }
  if (Object.values(foreign.plans_per_stage).some((stage) => stage.patch_size.length !== 3)) {
    throw new NnUNetError('bad-plans', {
      what: 'the given plans are for a 2D network',
      remedy: 'Give the file that ends in _plans_3D, or plans.json of a 3D model.',
    });
  }
  const plansIdentifier = adoptedPlansIdentifier(name);
  const { regions: _, regions_class_order: __, ignore_label: ___, ...others } = foreign;
  const plans: Plans = {
    ...others,
    num_classes: own.num_classes,
    ...learntOf(own),
    list_of_npz_files: own.list_of_npz_files,
    preprocessed_data_folder: own.preprocessed_data_folder,
    data_identifier: `nnUNetData_pretrained_${name}`,
  };
  return { plansIdentifier, plansFileName: `${plansIdentifier}_plans_3D.json`, plans };
}

function list({ num_modalities, modalities }: Plans): string {
  const names = Object.values(modalities).join(', ');
  return `${num_modalities} ${num_modalities === 1 ? 'modality' : 'modalities'} (${names})`;
}
