#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNet_print_available_pretrained_models');
