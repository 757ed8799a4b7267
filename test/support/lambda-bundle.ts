import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BINDINGS = '@duckdb/node-bindings';

/** A function as its stack declares it; test/suites/stacks holds this list to the stacks. */
export type LambdaKind = { name: string; handler: string; hasDuckdb: boolean };

export const LAMBDAS: readonly LambdaKind[] = [
  { name: 'ApiHandler', handler: 'functions/api/index.handler', hasDuckdb: false },
  { name: 'Sweep', handler: 'functions/schedule/sweep.handler', hasDuckdb: false },
  { name: 'Plan', handler: 'functions/schedule/plan.handler', hasDuckdb: true },
  { name: 'Collect', handler: 'functions/event/collect.handler', hasDuckdb: true },
  { name: 'CollectCost', handler: 'functions/event/collect.handler', hasDuckdb: true },
  { name: 'Import', handler: 'functions/event/import.handler', hasDuckdb: true },
  { name: 'Alert', handler: 'functions/schedule/alert.handler', hasDuckdb: false },
  { name: 'Analyze', handler: 'functions/event/analyze.handler', hasDuckdb: true },
];

export type LambdaBundle = {
  /** The zip, unpacked where nothing else is. */
  taskRoot: string;
  zippedBytes: number;
  unzippedBytes: number;
};

/**
 * Builds a function by the recipe of SST 4.17.1 (minified ES modules with `require`, apart what is imported when it is needed;
 * native packages installed beside them, extra files copied), zips it and unpacks the zip. The native half is that of this machine, not of arm64.
 */
export async function buildLambda(
  { name, handler, hasDuckdb }: LambdaKind,
  folder: string,
): Promise<LambdaBundle> {
  const source = path.join(folder, `${name}-source`);
  const taskRoot = path.join(folder, name);
  await build({
    entryPoints: [path.join(ROOT, handler.replace(/\.handler$/, '.ts'))],
    outdir: source,
    entryNames: 'bundle',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'esnext',
    mainFields: ['module', 'main'],
    external: ['sharp', 'pg-native', ...(hasDuckdb ? [BINDINGS] : [])],
    banner: {
      js: [
        "import { createRequire as makeRequire } from 'node:module';",
        "import { fileURLToPath as toPath } from 'node:url';",
        'const require = makeRequire(import.meta.url);',
        'const __filename = toPath(import.meta.url);',
        "const __dirname = toPath(new URL('.', import.meta.url));",
      ].join('\n'),
    },
    logLevel: 'error',
  });
  if (hasDuckdb) {
    const native = `${BINDINGS}-${process.platform}-${process.arch}`;
    for (const each of [BINDINGS, native]) copy(path.join('node_modules', each), source);
    copy('analytics/models', source);
  }
  const zip = path.join(folder, `${name}.zip`);
  execFileSync('zip', ['-qrX', zip, '.'], { cwd: source });
  mkdirSync(taskRoot);
  execFileSync('unzip', ['-q', zip, '-d', taskRoot]);
  rmSync(source, { recursive: true });
  return { taskRoot, zippedBytes: statSync(zip).size, unzippedBytes: sumBytes(taskRoot) };
}

function copy(name: string, folder: string): void {
  cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, dereference: true });
}

function sumBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
