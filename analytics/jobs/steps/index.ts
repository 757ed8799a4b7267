import type { Step } from '../step.ts';

/** Every step of a run; they are put in order by what they read. */
export const STEPS: readonly Step[] = [];
