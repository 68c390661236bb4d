export { adoptPlans, checkAdoptedName } from './adopt-plans.ts';
export { checkPlannerOptions } from './planner-base.ts';
export { plannerOfIdentifier } from './planner-registry.ts';
