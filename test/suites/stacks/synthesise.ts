import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Evaluates sst.config.ts with SST's own components while Pulumi's mocks stand for AWS, and writes every resource that
 * a deployment would register. A program of its own, because Pulumi's runtime is one a process.
 *
 * Arguments: a JSON file with the options, and the file to write.
 */
export type SynthOptions = {
  root: string;
  /** The folder that `sst install` makes. */
  platform: string;
  workFolder: string;
  stage: string;
  region: string;
  isDev?: boolean;
};
export type Resource = {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
};
/** A function as SST is asked to build it. */
export type FunctionBuild = {
  name: string;
  handler: string;
  nodejs: { install?: Record<string, string> };
  copied: string[];
};
export type Synthesis = {
  app: Record<string, unknown>;
  resources: Resource[];
  builds: FunctionBuild[];
  /** Names of resources that a teardown leaves. */
  retained: string[];
};

const ACCOUNT = '123456789012';
const SETTLE_MS = 50;
const SETTLE_ROUNDS = 6;
/** How Pulumi marks a secret among a resource's inputs. */
const SECRET_MARK = '4dabf18193072939515e22adb298388d';

const [optionsFile = '', outputFile = ''] = process.argv.slice(2);
const options = JSON.parse(readFileSync(optionsFile, 'utf8')) as SynthOptions;
writeFileSync(outputFile, JSON.stringify(await synthesise(options)));
process.exit(0);

async function synthesise({ root, platform, workFolder, stage, region, isDev = false }: SynthOptions) {
  const builds: FunctionBuild[] = [];
  const server = await serveBuilder(workFolder, builds);
  process.env.SST_SERVER = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.SST_AWS_REGION = region;
  const bundle = path.join(platform, `synthesis-${process.pid}.mjs`);
  const require = createRequire(path.join(platform, 'package.json'));
  const pulumi = require('@pulumi/pulumi');
  const resources: Resource[] = [];
  const retained: string[] = [];
  noteRetained(require('@pulumi/pulumi/runtime/mocks').MockMonitor.prototype, retained);
  try {
    const paths = { home: workFolder, root, work: workFolder, platform };
    const command = isDev ? 'dev' : 'deploy';
    const known: Record<string, unknown> = { name: 'headroom', stage, providers: {} };
    const globals = {
      $app: known,
      $dev: isDev,
      $cli: { command, dev: isDev, paths, state: { version: {} } },
    };
    Object.assign(globalThis, globals);
    pulumi.runtime.setMocks(mockAws(resources, region), 'headroom', stage, false, 'organization');
    await bundleProgram({ root, platform, bundle });
    const program = await import(pathToFileURL(bundle).href);
    // The configuration's `app` is asked before anything else is known, and its answer is what the rest runs with.
    const app = (await program.config.app({ stage })) as Record<string, unknown>;
    Object.assign(known, app);
    await pulumi.runtime.runInPulumiStack(() => program.run(program.config.run));
    await settle(resources);
    return { app, resources, builds, retained };
  } finally {
    server.close();
    rmSync(bundle, { force: true });
  }
}

type Monitor = {
  registerResource(
    request: { getName(): string; getRetainondelete(): boolean },
    callback: unknown,
  ): Promise<void>;
};

/** The mocks do not say which resources outlive a teardown. */
function noteRetained(monitor: Monitor, retained: string[]): void {
  const { registerResource } = monitor;
  monitor.registerResource = function (request, callback) {
    if (request.getRetainondelete()) retained.push(request.getName());
    return registerResource.call(this, request, callback);
  };
}

/** One program of SST's components and the configuration, as SST's command line makes it. */
async function bundleProgram({ root, platform, bundle }: { root: string; platform: string; bundle: string }) {
  const globals = `import * as aws from '@pulumi/aws';
import * as sst from ${JSON.stringify(path.join(platform, 'src/components/index.ts'))};
`;
  await build({
    stdin: {
      contents: `export { run } from ${JSON.stringify(path.join(platform, 'src/auto/run.ts'))};
          export { default as config } from ${JSON.stringify(path.join(root, 'sst.config.ts'))};`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile: bundle,
    mainFields: ['module', 'main'],
    nodePaths: [path.join(platform, 'node_modules')],
    external: ['@pulumi/*', '@pulumiverse/*', '@aws-sdk/*', 'undici', 'esbuild', 'archiver', 'glob', 'vite'],
    inject: [path.join(platform, 'src/shim/run.js')],
    logLevel: 'error',
    plugins: [
      {
        name: 'globals',
        setup({ onLoad }) {
          onLoad({ filter: /(sst\.config|stacks\/[^/]+)\.ts$/ }, ({ path: file }) =>
            file.startsWith(`${root}/`) && !file.startsWith(platform)
              ? { contents: globals + readFileSync(file, 'utf8'), loader: 'ts' }
              : undefined,
          );
        },
      },
    ],
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module';
import { fileURLToPath as toPath } from 'node:url';
const require = makeRequire(import.meta.url);
const __filename = toPath(import.meta.url);
const __dirname = toPath(new URL('.', import.meta.url));`,
    },
  });
}

type BuildArgument = {
  functionID: string;
  handler: string;
  properties: FunctionBuild['nodejs'];
  copyFiles: { to: string }[];
};

/** SST's command line, as far as its components ask it: where state lies, and building a function. */
async function serveBuilder(workFolder: string, builds: FunctionBuild[]) {
  const answer = (method: string, argument: BuildArgument) => {
    if (method === 'Provider.Aws.Bootstrap') return { asset: 'sst-asset', state: 'sst-state' };
    if (method === 'Provider.Aws.Appsync') return { http: 'appsync.example', realtime: 'realtime.example' };
    if (method !== 'Runtime.Build') return {};
    const { functionID, handler, properties, copyFiles } = argument;
    builds.push({ name: functionID, handler, nodejs: properties, copied: copyFiles.map(({ to }) => to) });
    const out = path.join(workFolder, 'artifacts', `${functionID}-src`);
    mkdirSync(out, { recursive: true });
    writeFileSync(path.join(out, 'bundle.mjs'), 'export const handler = async () => {};\n');
    return { handler: 'bundle.handler', out, errors: [], sourcemaps: [] };
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, params } = JSON.parse(body);
    response.end(JSON.stringify({ result: answer(method, params[0] ?? {}) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

type MockResource = { type: string; name: string; inputs: Record<string, unknown> };
type MockCall = { token: string; inputs: Record<string, unknown> };

function mockAws(resources: Resource[], region: string) {
  return {
    newResource({ type, name, inputs: raw }: MockResource) {
      const inputs = unwrap(raw) as Record<string, unknown>;
      resources.push({ type, name, inputs });
      const service = type.split(':')[1]?.split('/')[0];
      const physical = String(inputs.name ?? inputs.bucket ?? name);
      const arn = type.startsWith('aws:s3/')
        ? `arn:aws:s3:::${physical}`
        : `arn:aws:${service}:${region}:${ACCOUNT}:${physical}`;
      const known: Record<string, Record<string, unknown>> = {
        'aws:s3/bucket:Bucket': { bucket: physical },
        'aws:sqs/queue:Queue': { url: `https://sqs.${region}.amazonaws.com/${ACCOUNT}/${physical}` },
        'aws:iam/role:Role': { arn: `arn:aws:iam::${ACCOUNT}:role/${physical}` },
        'aws:apigatewayv2/api:Api': { apiEndpoint: 'https://api.example', executionArn: `${arn}/executions` },
        'aws:cloudwatch/logGroup:LogGroup': {
          arn: `arn:aws:logs:${region}:${ACCOUNT}:log-group:${physical}`,
        },
        'aws:lambda/function:Function': {
          arn: `arn:aws:lambda:${region}:${ACCOUNT}:function:${physical}`,
          publish: false,
        },
        'random:index/randomBytes:RandomBytes': { base64: Buffer.alloc(32, 7).toString('base64') },
      };
      return { id: `${name}-id`, state: { arn, name: physical, ...inputs, ...known[type] } };
    },
    call({ token, inputs }: MockCall) {
      if (token.endsWith(':getPartition')) return { partition: 'aws' };
      if (token.endsWith(':getRegion')) return { region, name: region, id: region };
      if (token.endsWith(':getCallerIdentity')) return { accountId: ACCOUNT };
      if (token.endsWith(':getPolicyDocument')) return { ...inputs, json: JSON.stringify(toPolicy(inputs)) };
      return inputs;
    },
  };
}

type Statement = {
  effect?: string;
  actions?: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
};

function toPolicy(inputs: Record<string, unknown>) {
  const statements = (inputs.statements ?? []) as Statement[];
  return {
    Version: '2012-10-17',
    Statement: statements.map(({ effect = 'Allow', actions, resources, principals, conditions }) => ({
      Effect: effect,
      Action: actions,
      Resource: resources,
      ...(principals
        ? { Principal: Object.fromEntries(principals.map((each) => [each.type, each.identifiers])) }
        : {}),
      ...(conditions ? { Condition: conditions } : {}),
    })),
  };
}

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET_MARK in value) return unwrap((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/** Resources register while outputs resolve; it is over when a few rounds bring no more. */
async function settle(resources: readonly unknown[]): Promise<void> {
  let before = -1;
  for (let calm = 0; calm < SETTLE_ROUNDS; calm += 1) {
    if (resources.length !== before) calm = 0;
    before = resources.length;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}
