import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { inShort } from '@nnunet/errors/internal';
import {
  createPlanner,
  ExperimentPlanner3D_v21,
  type PlannerClass,
  type PlannerName,
  type Planners,
  shippedPlanners,
} from '@nnunet/planner';
import { adoptPlans, checkAdoptedName } from '@nnunet/planner/internal';
import type { Fingerprint, Plans } from '@nnunet/schema';
import { checkPlans } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';

/** v1's name for the planner that adopts another task's plans. */
export const PRETRAINED_PLANNER = 'ExperimentPlanner3D_v21_Pretrained';

/** A planner, with the plans that it adopts instead of making its own. */
export interface ChosenPlanner {
  planner: PlannerClass;
  adopt: { plans: Plans; identifier: string } | null;
}

export interface PlannerChoice {
  planner3d: PlannerName | null;
  planner2d: PlannerName | null;
  overwritePlans?: { file: string; identifier: string };
}

/**
 * Looks up the planners of a call, 3D first, and reads the plans to adopt.
 *
 * @throws NnUNetError 'usage' if the options contradict each other, 'unknown-planner', or an error of readPlans
 */
export async function choosePlanners(
  { planner3d, planner2d, overwritePlans }: PlannerChoice,
  planners: Planners = shippedPlanners,
): Promise<ChosenPlanner[]> {
  if ((overwritePlans !== undefined) !== (planner3d === PRETRAINED_PLANNER)) {
    throw usageError({
      what:
        overwritePlans === undefined
          ? `${PRETRAINED_PLANNER} needs the plans of another task, but none were given`
          : `only ${PRETRAINED_PLANNER} can use the plans of another task`,
      remedy: `Give \`planner3d\` ${PRETRAINED_PLANNER} \`overwritePlans\` FILE \`overwritePlansIdentifier\` NAME together.`,
    });
  }
  const chosen: ChosenPlanner[] = [];
  if (overwritePlans !== undefined) {
    checkAdoptedName(overwritePlans.identifier);
    const plans = await readPlans(overwritePlans.file);
    chosen.push({ planner: ExperimentPlanner3D_v21, adopt: { plans, identifier: overwritePlans.identifier } });
  } else if (planner3d !== null) chosen.push({ planner: planners.get(planner3d), adopt: null });
  if (planner2d !== null) chosen.push({ planner: planners.get(planner2d), adopt: null });
  return chosen;
}

export interface MakePlansOptions {
  fingerprint: Fingerprint;
  listOfNpzFiles: readonly string[];
  preprocessedDataFolder: string;
  gpuMemoryTarget: number | undefined;
  howMuchOfAPatient: number | undefined;
}

export interface MadePlans {
  plans: Plans;
  dimensions: '2D' | '3D';
  /** v1's `-p`. */
  identifier: string;
  fileName: string;
  /** False if another planner's data are used. */
  runsPreprocessing: boolean;
}

/**
 * Returns the plans of one planner for a dataset: its own, or adopted ones (v1 only adopts plans when it preprocesses).
 *
 * @throws NnUNetError 'bad-plans' for a planner whose decisions or plans no program could use
 */
export function makePlans({ planner, adopt }: ChosenPlanner, options: MakePlansOptions): MadePlans {
  const { fingerprint, listOfNpzFiles, preprocessedDataFolder, gpuMemoryTarget, howMuchOfAPatient } = options;
  const made = createPlanner(fingerprint, {
    planner,
    listOfNpzFiles,
    preprocessedDataFolder,
    ...(gpuMemoryTarget === undefined ? {} : { gpuMemoryTarget }),
    ...(howMuchOfAPatient === undefined ? {} : { howMuchOfAPatientMustTheNetworkSeeAtStage0: howMuchOfAPatient }),
  });
  const { dimensions, runsPreprocessing } = made;
  const isPositive = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
  const check = (method: string, holds: boolean, expected: string, found: unknown) => {
    if (!holds) throw badPlanner(planner, `${method}: ${expected} expected, found ${inShort(found)}`);
  };
  const [spacing, memory, schemes] = [made.targetSpacing(), made.memoryReference(), made.normalizationSchemes()];
  const isSpacing = Array.isArray(spacing) && spacing.length === 3 && spacing.every(isPositive);
  check('targetSpacing', isSpacing, '3 spacings in mm above 0', spacing);
  check('memoryReference', isPositive(memory), 'a number above 0', memory);
  for (const [modality, name] of Object.entries(fingerprint.modalities)) {
    const scheme: unknown = schemes?.[modality];
    check('normalizationSchemes', typeof scheme === 'string', `a scheme for modality ${modality} (${name})`, schemes);
  }
  if (adopt !== null) {
    const { plans, plansIdentifier, plansFileName } = adoptPlans(made.plan(), adopt.plans, adopt.identifier);
    return { plans, dimensions, identifier: plansIdentifier, fileName: plansFileName, runsPreprocessing };
  }
  const { fullPlansIdentifier, plansFileName } = made;
  return {
    plans: checkedPlans(planner, made.plan()),
    dimensions,
    identifier: fullPlansIdentifier,
    fileName: plansFileName,
    runsPreprocessing,
  };
}

function checkedPlans(planner: PlannerClass, plans: Plans): Plans {
  try {
    checkPlans(plans);
    return plans;
  } catch (cause) {
    throw isNnUNetError(cause) ? badPlanner(planner, cause.what) : cause;
  }
}

function badPlanner({ name: where }: PlannerClass, what: string): NnUNetError {
  return new NnUNetError('bad-plans', { what, where, remedy: 'Correct the planner. Its plans were not written.' });
}
