#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNetv2_move_plans_between_datasets');
