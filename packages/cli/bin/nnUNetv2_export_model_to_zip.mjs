#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNetv2_export_model_to_zip');
