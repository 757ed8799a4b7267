import { Command, CommanderError } from 'commander';
import { describeError } from './describe-error.ts';

/** In the order of the help. Only what is asked for is loaded, as some of them need much. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./commands/demo.ts')).addDemo,
  import: async () => (await import('./commands/import.ts')).addImport,
  collect: async () => (await import('./commands/collect.ts')).addCollect,
  run: async () => (await import('./commands/run.ts')).addRun,
  show: async () => (await import('./commands/show.ts')).addShow,
  serve: async () => (await import('./commands/serve.ts')).addServe,
  alert: async () => (await import('./commands/alert.ts')).addAlert,
  explain: async () => (await import('./commands/explain.ts')).addExplain,
  feedback: async () => (await import('./commands/feedback.ts')).addFeedback,
  reconcile: async () => (await import('./commands/reconcile.ts')).addReconcile,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  init: async () => (await import('./commands/init.ts')).addInit,
  vacuum: async () => (await import('./commands/vacuum.ts')).addVacuum,
  close: async () => (await import('./commands/close.ts')).addClose,
  export: async () => (await import('./commands/export.ts')).addExport,
  budget: async () => (await import('./commands/budget.ts')).addBudget,
  waste: async () => (await import('./commands/waste.ts')).addWaste,
  start: async () => (await import('./commands/start.ts')).addStart,
};
const VERSION_FLAGS = ['--version', '-V'];

const HELP = `
A first look, with generated data:
  $ headroom demo --lake ./lake --config ./config
  $ headroom run --lake ./lake --config ./config
  $ headroom show variance --lake ./lake

With your own bill:
  $ headroom init ./config
  $ headroom import ./exports/my-focus-export --lake ./lake
  $ headroom run --lake ./lake --config ./config
  $ headroom serve --lake ./lake

Exit codes: 0 done, 1 failed, 2 the input must be changed (the message says what, where and how).`;

/** Runs the command line. Resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('headroom')
    .description('FinOps and capacity analytics for AWS that reconcile to the bill.')
    .version('0.1.0')
    .showSuggestionAfterError()
    .configureHelp({ sortSubcommands: false })
    .exitOverride()
    .addHelpText('after', HELP);
  for (const add of await loadCommands(argv[2])) add(program);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync([...argv]);
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { text, exitCode } = describeError(error);
    process.stderr.write(`${text}\n`);
    return exitCode;
  }
}

/** The command of a name; all of them where it is none, as for help. */
function loadCommands(name = ''): Promise<((program: Command) => void)[]> {
  if (VERSION_FLAGS.includes(name)) return Promise.resolve([]);
  const wanted = Object.entries(COMMANDS).filter(([each]) => each === name || !Object.hasOwn(COMMANDS, name));
  return Promise.all(wanted.map(([, load]) => load()));
}
