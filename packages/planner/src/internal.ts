export { adoptedPlansIdentifier, adoptPlans, checkAdoptedName } from './adopt-plans.ts';
export { checkPlannerOptions } from './planner-base.ts';
export { plannerOfIdentifier, plansIdentifierOf } from './planner-registry.ts';
export { explainPlansV2 } from './v2/explain-plans-v2.ts';
export { plansNameOfV2 } from './v2/plans-name-v2.ts';
