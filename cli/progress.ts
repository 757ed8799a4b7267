import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a long step is. */
export type Progress = {
  update(step: { phase: string; group?: string; done: number; total: number }): void;
  stop(): void;
};

/** A bar on a terminal's error stream; a line for each group where there is no terminal; nothing when quiet. */
export function createProgress(isQuiet = false): Progress {
  if (isQuiet) return { update() {}, stop() {} };
  return process.stderr.isTTY ? createBar() : createLines();
}

function createBar(): Progress {
  const bar = new SingleBar(
    { format: '{bar} {percentage}% {phase}', hideCursor: true, clearOnComplete: true, barsize: 24 },
    Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update({ phase, done, total }) {
      if (!isStarted) bar.start(Math.max(total, 1), 0, { phase });
      isStarted = true;
      bar.setTotal(Math.max(total, 1));
      bar.update(done, { phase });
    },
    stop() {
      if (isStarted) bar.stop();
    },
  };
}

function createLines(): Progress {
  const told = new Set<string>();
  return {
    update({ phase, group = phase.split(' ')[0] ?? '' }) {
      if (!told.has(group)) process.stderr.write(`${group} ...\n`);
      told.add(group);
    },
    stop() {},
  };
}
