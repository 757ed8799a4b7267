import type { Step } from '../step.ts';
import { closedCosts } from './closed-costs.ts';
import { restatements } from './restatements.ts';

/** Every step of a run; they are put in order by what they read. */
export const STEPS: readonly Step[] = [closedCosts, restatements];
