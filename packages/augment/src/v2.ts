export { oversampledByChance } from './v2/oversampling.ts';
export { type RecipeOptionsV2, recipeV2 } from './v2/recipe-v2.ts';
