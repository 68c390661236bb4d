export { adoptedPlansIdentifier, adoptPlans, checkAdoptedName } from './adopt-plans.ts';
export { checkPlannerOptions } from './planner-base.ts';
export { plannerOfIdentifier, plansIdentifierOf } from './planner-registry.ts';
