#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNetv2_download_pretrained_model_by_url');
