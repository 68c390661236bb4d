export { LightTrainer } from './trainers/light-trainer.mjs';
