import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { openPackView, type PackView, readPack } from '../../analytics/results/pack/read-pack.ts';
import { VIEWS } from '../../analytics/results/request.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { lakeOption, openExistingLake } from '../options.ts';

type Options = {
  lake: string;
  format: 'xlsx' | 'html';
  out: string;
  as: PackView;
  by?: string;
};

/** `headroom export`. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description("write a month's variance pack for finance: a workbook or a page to print")
    .argument('<month>', 'YYYY-MM')
    .addOption(lakeOption())
    .addOption(
      new Option('--format <format>', 'a workbook with formulas, or a page with charts')
        .choices(['xlsx', 'html'])
        .default('xlsx'),
    )
    .requiredOption('--out <file>', 'where to write it')
    .addOption(
      new Option('--as <view>', 'as known now, or as it was when the month was closed')
        .choices(VIEWS)
        .default('known'),
    )
    .option('--by <dimensions>', 'what the bridge is grouped by, with commas', 'cost_center')
    .action(async (month: string, options: Options) => {
      await exportPack(month, options);
      process.stdout.write(`${options.out} written\n`);
    });
}

async function exportPack(month: string, { lake, format, out, as: view, by }: Options): Promise<void> {
  const store = await openExistingLake(lake);
  const snapshot = await openPackView(store, () => openResults({ store }).current(), { month, view });
  const dimensions = by?.split(',').map((name) => name.trim());
  const pack = await readPack(snapshot, { month, view, by: dimensions?.filter(Boolean) });
  if (format === 'html') {
    const { formatPackHtml } = await import('../../analytics/results/pack/html.ts');
    await writeFile(out, formatPackHtml(pack));
  } else {
    const { writeWorkbook } = await import('../../analytics/results/pack/workbook.ts');
    await writeFile(out, await writeWorkbook(pack));
  }
}
