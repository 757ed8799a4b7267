import { createFunction, subscribe } from './function.ts';
import type { Lake } from './lake.ts';
import { createDeadLetters, createQueue } from './queue.ts';
import type { Settings } from './settings.ts';

const LIMIT_SECONDS = 900;
const SWEEP_SECONDS = 120;
/** Six times the limit, as AWS advises: a batch waits for its turn. */
const VISIBILITY_MINUTES = 90;
const TRIES = 4;
/** A delivery comes as many messages; one run answers them all. */
const GATHER_SECONDS = 300;
const GATHER_MESSAGES = 100;
/** What DuckDB may take of a function's memory; the rest is for Node, buffers and the file cache. */
const ENGINE_SHARE = 0.7;
const MB_PER_GIB = 1024;

export type Analyze = ReturnType<typeof createAnalyze>;

/** From a manifest's arrival to published results: import, then the models, one run at a time. */
export function createAnalyze(settings: Settings, lake: Lake) {
  const arrivals = createQueue('Arrivals', {
    visibilityMinutes: VISIBILITY_MINUTES,
    tries: TRIES,
    sender: { service: 's3.amazonaws.com', sourceArn: lake.exports.arn },
  });
  const refresh = createQueue('Refresh', { visibilityMinutes: VISIBILITY_MINUTES, tries: TRIES });
  const sweepDeadLetters = createDeadLetters('SweepDeadLetters');
  new aws.s3.BucketNotification(
    'ManifestArrivals',
    {
      bucket: lake.exports.name,
      queues: [
        {
          id: 'manifests',
          queueArn: arrivals.arn,
          events: ['s3:ObjectCreated:*'],
          filterSuffix: 'Manifest.json',
        },
      ],
    },
    { dependsOn: [arrivals.policy] },
  );
  const environment = {
    HEADROOM_LAKE: lake.location,
    HEADROOM_CONFIG: lake.configurationLocation,
    HEADROOM_REFRESH_QUEUE: refresh.url,
  };

  const sweep = createFunction('Sweep', settings, {
    handler: 'functions/schedule/sweep.handler',
    description: 'Queues the manifests of the last weeks again, in case an arrival was missed',
    timeoutSeconds: SWEEP_SECONDS,
    environment: {
      HEADROOM_EXPORTS: lake.exportsLocation,
      HEADROOM_ARRIVALS_QUEUE: arrivals.url,
      HEADROOM_SWEEP_DAYS: String(settings.import.sweep_days),
    },
    permissions: [{ actions: ['s3:ListBucket'], resources: [lake.exports.arn] }, ...arrivals.sending],
    deadLetters: sweepDeadLetters,
  });

  const importer = createFunction('Import', settings, {
    handler: 'functions/event/import.handler',
    description: 'Imports the delivery of a manifest into the lake',
    timeoutSeconds: LIMIT_SECONDS,
    memoryMb: settings.import.memory_mb,
    storageMb: settings.import.storage_mb,
    environment: {
      ...environment,
      ...engineLimit(settings.import.memory_mb),
      HEADROOM_ARRIVALS_QUEUE: arrivals.url,
    },
    permissions: [
      ...lake.reading(['config', 'tables']),
      ...lake.writing(['tables']),
      ...lake.readingExports,
      ...arrivals.receiving,
      ...arrivals.sending,
      ...refresh.sending,
    ],
    hasDuckdb: true,
  });
  subscribe(importer, arrivals, { batchSize: 1, concurrency: 2 });

  const analyze = createFunction('Analyze', settings, {
    handler: 'functions/event/analyze.handler',
    description: 'Runs the models and publishes their results',
    timeoutSeconds: LIMIT_SECONDS,
    memoryMb: settings.analytics.memory_mb,
    storageMb: settings.analytics.storage_mb,
    environment: { ...environment, ...engineLimit(settings.analytics.memory_mb) },
    permissions: [
      ...lake.reading(['config', 'tables', 'results', 'journal']),
      ...lake.writing(['tables', 'results']),
      ...lake.adding(['journal', 'closes']),
      ...refresh.receiving,
      ...refresh.sending,
    ],
    reserved: 1,
    hasDuckdb: true,
  });
  subscribe(analyze, refresh, { batchSize: GATHER_MESSAGES, windowSeconds: GATHER_SECONDS });

  return { sweep, arrivals, refresh, sweepDeadLetters };
}

function engineLimit(memoryMb: number) {
  return { HEADROOM_MEMORY_GIB: ((memoryMb * ENGINE_SHARE) / MB_PER_GIB).toFixed(2) };
}
