#!/usr/bin/env node
import { main } from '../dist/index.js';

await main('nnUNetv2_plot_overlay_pngs');
