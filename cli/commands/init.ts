import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CONFIGURATION_TEMPLATE } from '../../analytics/configuration/template.ts';
import { InputError } from '../../analytics/errors.ts';
import { makeFolders } from '../../analytics/lake/folder-files.ts';

/** `headroom init`. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented configuration folder to start from')
    .argument('<dir>', 'the folder; made if absent')
    .addHelpText('after', '\nFiles that exist are never overwritten.')
    .action(async (folder: string) => {
      const written: string[] = [];
      let file = folder;
      try {
        await makeFolders(folder);
        for (const [name, text] of Object.entries(CONFIGURATION_TEMPLATE)) {
          file = join(folder, name);
          await writeFile(file, text, { flag: 'wx' });
          written.push(file);
        }
      } catch (error) {
        const cause = error as NodeJS.ErrnoException;
        if (file !== folder && cause.code !== 'EEXIST') written.push(file);
        await Promise.all(written.map((path) => rm(path, { force: true })));
        throw explainInit(cause, folder, file);
      }
      process.stdout.write(written.map((path) => `${path}\n`).join(''));
      process.stdout.write(`next: headroom doctor --config ${folder} --lake DIR\n`);
    });
}

function explainInit(cause: NodeJS.ErrnoException, folder: string, file: string): InputError {
  if (cause.code !== 'EEXIST' && cause.code !== 'ENOTDIR') {
    const message = `cannot be written (${cause.code})`;
    return new InputError(message, { where: file, remedy: 'name another folder', cause });
  }
  const message = file === folder ? 'a file is where the folder must be' : 'the file exists already';
  return new InputError(message, {
    where: file,
    remedy: 'name another folder, or move the file away; nothing was written',
    cause,
  });
}
