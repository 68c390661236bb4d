#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNet_download_pretrained_model_by_url');
