import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { Engine } from '../engine/duckdb.ts';
import type { Model } from '../engine/model.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Month } from './months.ts';

/** What a step has to work with. */
export type StepContext = {
  engine: Engine;
  store: ObjectStore;
  /** For files in the making; gone after the run. */
  scratchFolder: string;
  configuration: LoadedConfiguration;
  /** `YYYY-MM-DD`. */
  asOf: string;
  months: readonly Month[];
  onProgress?: (phase: string) => void;
};

/** A part of a run that SQL cannot express: it reads relations in the engine and leaves others there. */
export type Step = {
  name: string;
  /** Models and relations that it reads. */
  inputs: readonly string[];
  /** The relations that it leaves: name to column to DuckDB type. Models name them among their inputs. */
  outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  run(context: StepContext): Promise<void>;
};

/** What a run computes one after another. */
export type Computation = { kind: 'model'; model: Model } | { kind: 'step'; step: Step };

/**
 * Models and steps in an order in which each comes after those whose relations it reads.
 *
 * @throws Error where two provide the same relation, or some read each other in a circle.
 */
export function sortComputations(models: readonly Model[], steps: readonly Step[]): Computation[] {
  const all: Computation[] = [
    ...models.map((model): Computation => ({ kind: 'model', model })),
    ...steps.map((step): Computation => ({ kind: 'step', step })),
  ];
  const providers = new Map<string, Computation>();
  for (const each of all) {
    for (const relation of listOutputs(each)) {
      if (providers.has(relation)) throw new Error(`two computations provide ${relation}`);
      providers.set(relation, each);
    }
  }
  const sorted = new Set<Computation>();
  const visit = (each: Computation, path: readonly string[]): void => {
    if (sorted.has(each)) return;
    const name = nameOf(each);
    if (path.includes(name)) throw new Error(`they read each other: ${[...path, name].join(' -> ')}`);
    for (const input of listInputs(each)) {
      const provider = providers.get(input);
      if (provider && provider !== each) visit(provider, [...path, name]);
    }
    sorted.add(each);
  };
  for (const each of all) visit(each, []);
  return [...sorted];
}

export function nameOf(each: Computation): string {
  return each.kind === 'model' ? each.model.name : each.step.name;
}

function listInputs(each: Computation): readonly string[] {
  return each.kind === 'model' ? each.model.contract.inputs : each.step.inputs;
}

function listOutputs(each: Computation): readonly string[] {
  return each.kind === 'model' ? [each.model.name] : Object.keys(each.step.outputs);
}
