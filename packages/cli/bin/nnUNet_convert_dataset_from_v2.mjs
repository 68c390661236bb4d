#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNet_convert_dataset_from_v2');
