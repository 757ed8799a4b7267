import { WASTE_THRESHOLDS_COMPUTE } from './waste-thresholds-compute.ts';
import { WASTE_THRESHOLDS_MANAGED } from './waste-thresholds-managed.ts';

export const WASTE_PRESETS = ['conservative', 'balanced', 'aggressive'] as const;
export type WastePreset = (typeof WASTE_PRESETS)[number];

/** A number that detectors compare with, in each preset; its unit ends its name. */
export type WasteThreshold = Readonly<Record<WastePreset, number>> & { readonly description: string };

/** Every threshold of every detector: a column each in the relation `waste_thresholds`. */
export const WASTE_THRESHOLDS: Readonly<Record<string, WasteThreshold>> = {
  ...WASTE_THRESHOLDS_COMPUTE,
  ...WASTE_THRESHOLDS_MANAGED,
};
