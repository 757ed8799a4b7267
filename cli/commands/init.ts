import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CONFIGURATION_TEMPLATE } from '../../analytics/configuration/template.ts';
import { InputError } from '../../analytics/errors.ts';

/** `headroom init`. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented configuration folder to start from')
    .argument('<dir>', 'the folder; made if absent')
    .addHelpText('after', '\nFiles that exist are never overwritten.')
    .action(async (folder: string) => {
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(CONFIGURATION_TEMPLATE)) {
        const file = join(folder, name);
        await writeFile(file, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
          throw new InputError(
            error.code === 'EEXIST' ? 'the file exists already' : `cannot be written (${error.code})`,
            {
              where: file,
              remedy: 'name another folder, or move the file away',
              cause: error,
            },
          );
        });
        process.stdout.write(`${file}\n`);
      }
      process.stdout.write(`next: headroom doctor --config ${folder} --lake DIR\n`);
    });
}
