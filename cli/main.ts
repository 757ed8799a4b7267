import { Command, CommanderError } from 'commander';
import { addAlert } from './commands/alert.ts';
import { addBudget } from './commands/budget.ts';
import { addClose } from './commands/close.ts';
import { addCollect } from './commands/collect.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addExplain } from './commands/explain.ts';
import { addExport } from './commands/export.ts';
import { addFeedback } from './commands/feedback.ts';
import { addImport } from './commands/import.ts';
import { addInit } from './commands/init.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addRun } from './commands/run.ts';
import { addServe } from './commands/serve.ts';
import { addShow } from './commands/show.ts';
import { addStart } from './commands/start.ts';
import { addVacuum } from './commands/vacuum.ts';
import { addWaste } from './commands/waste.ts';
import { describeError } from './describe-error.ts';

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
  for (const add of [
    addDemo,
    addImport,
    addCollect,
    addRun,
    addShow,
    addServe,
    addAlert,
    addExplain,
    addFeedback,
    addReconcile,
    addDoctor,
    addInit,
    addVacuum,
    addClose,
    addExport,
    addBudget,
    addWaste,
    addStart,
  ])
    add(program);
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
