export { adoptPlans } from './adopt-plans.ts';
export { plannerOfIdentifier } from './planner-registry.ts';
