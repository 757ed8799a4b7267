import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** What may import what; docs/architecture.md gives the reasons. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = ['analytics', 'functions', 'cli', 'demo', 'bench'];

type Import = { from: string; to: string };

const imports: Import[] = FOLDERS.flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => listImports(`${folder}/${file}`)),
);

function listImports(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => ({
    from: file,
    to: target.startsWith('.') ? path.posix.join(path.posix.dirname(file), target) : target,
  }));
}

const broken = (from: RegExp, to: RegExp, except = /^$/) =>
  imports
    .filter((each) => from.test(each.from) && to.test(each.to) && !except.test(each.from))
    .map((each) => `${each.from} imports ${each.to}`);

it('finds the sources', () => {
  expect(imports.length).toBeGreaterThan(100);
});

it('sources and models know nothing of each other', () => {
  expect(broken(/^analytics\/sources\//, /^analytics\/(models|results|jobs)\//)).toEqual([]);
  expect(broken(/^analytics\/engine\//, /^analytics\/(sources|results|jobs)\//)).toEqual([]);
});

it('the API reads only published results', () => {
  expect(
    broken(
      /^functions\/api\//,
      /^analytics\/(?!results\/|errors\.ts|alerts\/(feedback|feedback-token|find-alert|secrets)\.ts|lake\/(folder-store|journal|object-store|open-store|s3-store)\.ts)/,
    ),
  ).toEqual([]);
  expect(broken(/^(functions\/api|analytics\/results\/(?!duckdb-tables))/, /^@duckdb\//)).toEqual([]);
});

it('AWS clients stay at the edge', () => {
  expect(
    broken(
      /./,
      /^@aws-sdk\//,
      /^(analytics\/(sources\/|lake\/s3-|engine\/athena\.ts|alerts\/)|functions\/queue\.ts$)/,
    ),
  ).toEqual([]);
});

it('only functions, cli, demo and bench compose: nothing in analytics imports them', () => {
  expect(broken(/^analytics\//, /^(functions|cli|demo|bench)\//)).toEqual([]);
});

it('nothing but jobs ties the parts together', () => {
  expect(broken(/^analytics\/(?!jobs\/)/, /^analytics\/jobs\//)).toEqual([]);
});

it('one file reads the environment of functions, and one that of the command line', () => {
  const readers = FOLDERS.filter((folder) => folder !== 'bench').flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
      .filter((file) => readFileSync(path.join(ROOT, file), 'utf8').includes('process.env')),
  );
  expect(readers).toEqual(['functions/environment.ts', 'cli/environment.ts']);
});
