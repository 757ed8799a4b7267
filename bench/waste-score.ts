import type { Truth } from '../demo/truth.ts';

export type Finding = { detector: string; resourceId: string };

/** `found` of the planted, and findings on what is no waste. */
export type Score = { name: string; planted: number; found: number; wrong: number };

export type Judged = { byDetector: Score[]; missed: object[]; wrong: object[] };

/**
 * Holds findings against what was planted. A finding is right when its detector was planted on its resource, wrong when
 * nothing says so, and left out where truth.json says that one may see it either way. Of rules of others (`rules` maps a rule
 * to the detectors that it stands for) a finding is right when its resource is planted as waste of any kind.
 */
export function judgeWaste(
  { waste, look_alikes, debatable }: Pick<Truth, 'waste' | 'look_alikes' | 'debatable'>,
  findings: readonly Finding[],
  peerRules?: Readonly<Record<string, readonly string[]>>,
): Judged {
  const planted = new Set(waste.map(({ detector, resource_id }) => `${detector} ${resource_id}`));
  const wasted = new Set(waste.map(({ resource_id }) => resource_id));
  const left = new Set(debatable.map(({ detector, resource_id }) => `${detector} ${resource_id}`));
  const kinds = new Map(look_alikes.map(({ kind, resource_id }) => [resource_id, kind]));
  const own = [...waste, ...findings].map(({ detector }) => [detector, [detector]] as const);
  const rules = new Map<string, readonly string[]>(peerRules ? Object.entries(peerRules) : own);
  const missed: object[] = [];
  const wrong: object[] = [];
  const byDetector = [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, detectors]): Score => {
      const reported = new Set(
        findings.filter(({ detector }) => detector === name).map(({ resourceId }) => resourceId),
      );
      const wanted = new Set(
        waste.filter(({ detector }) => detectors.includes(detector)).map(({ resource_id }) => resource_id),
      );
      const isRight = (id: string) =>
        peerRules ? wasted.has(id) : detectors.some((detector) => planted.has(`${detector} ${id}`));
      const isLeft = (id: string) =>
        left.has(`* ${id}`) || detectors.some((detector) => left.has(`${detector} ${id}`));
      const mistakes = [...reported].filter((id) => !isRight(id) && !isLeft(id));
      const lost = [...wanted].filter((id) => !reported.has(id));
      missed.push(...lost.map((id) => ({ detector: name, resource_id: id })));
      wrong.push(
        ...mistakes.map((id) => ({ detector: name, resource_id: id, look_alike: kinds.get(id) ?? null })),
      );
      return { name, planted: wanted.size, found: wanted.size - lost.length, wrong: mistakes.length };
    });
  return { byDetector, missed, wrong };
}

export function sumScores(name: string, scores: readonly Score[]): Score {
  const sum = (key: 'planted' | 'found' | 'wrong') => scores.reduce((total, score) => total + score[key], 0);
  return { name, planted: sum('planted'), found: sum('found'), wrong: sum('wrong') };
}
