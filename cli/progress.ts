import { Presets, SingleBar } from 'cli-progress';

/** Tells how far a long step is. */
export type Progress = {
  update(step: { phase: string; done: number; total: number }): void;
  stop(): void;
};

/** A bar on a terminal's error stream; a line for each phase where there is no terminal; nothing when quiet. */
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
  let last = '';
  return {
    update({ phase }) {
      const [step = ''] = phase.split(' ');
      if (step !== last) process.stderr.write(`${step} ...\n`);
      last = step;
    },
    stop() {},
  };
}
