import type { AlertSettings } from '../configuration/alerts-schema.ts';
import { openJournal } from '../lake/journal.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Snapshot } from '../results/snapshot.ts';
import {
  adaptThresholds,
  applyChanges,
  listJudged,
  readThresholds,
  recordThresholds,
  THRESHOLD_JOURNAL,
  type ThresholdChange,
  type Thresholds,
} from './adapt-thresholds.ts';
import type { AlertPolicy, Decision } from './alert-state.ts';
import { buildAlerts } from './build/build-alerts.ts';
import { type ChannelPorts, openChannel } from './channels/open-channel.ts';
import { readDecision, writeDecision } from './decisions.ts';
import { type DeliveryReport, deliverPending, type Send } from './deliver.ts';
import { FEEDBACK_JOURNAL, listMuted, readFeedback } from './feedback.ts';
import { describeMessage } from './message.ts';
import { type Outbox, openOutbox } from './outbox.ts';
import { decideAlerts } from './policy.ts';

export type AlertRun = {
  /** The lake. */
  store: ObjectStore;
  /** Published results. */
  snapshot: Snapshot;
  settings: AlertSettings;
  /** Planned events of the configuration. */
  events: readonly { name: string; from: string; to: string }[];
  now?: () => number;
};

export type AlertReport = {
  decision: Omit<Decision, 'state'>;
  delivery: DeliveryReport;
  /** Minimums that feedback moved. */
  thresholds: ThresholdChange[];
};

/** What a run would decide now, and how it would move minimums. Nothing is written or sent. */
export async function previewAlerts(
  run: AlertRun,
): Promise<Decision & { thresholds: readonly ThresholdChange[] }> {
  const { state } = await readDecision(run.store);
  const { changes, thresholds } = await judgeFeedback(run);
  const decide = await prepareDecision(run, thresholds);
  return { ...decide(state), thresholds: changes };
}

/**
 * Decides what to tell of the published results, keeps the decision, and delivers what is pending. A decision is kept
 * before its messages go to the outbox, and those are there before they are sent; whatever was left undone by a process
 * that died is done first. Of two processes one decides.
 *
 * @param deadline when retries that wait are left to the next run.
 * @param retriesDead whether dead letters are tried again, as if they were new.
 */
export async function runAlerts(
  run: AlertRun & {
    ports: ChannelPorts;
    deadline: Date;
    retriesDead?: boolean;
    sleep?: (milliseconds: number) => Promise<void>;
  },
): Promise<AlertReport> {
  const { store, settings, ports, deadline, retriesDead = false, sleep, now = Date.now } = run;
  const outbox = openOutbox(store);
  if (retriesDead) await reviveDead(run, outbox);
  const { changes, thresholds } = await judgeFeedback(run);
  await recordThresholds(openJournal(store, THRESHOLD_JOURNAL), changes, new Date(now()).toISOString());
  const decision = await decideOnce(run, thresholds);
  const { delivery: limits } = settings.policy;
  const delivery = await deliverPending({
    outbox,
    send: createSend(settings, ports),
    tries: limits.tries,
    firstDelaySeconds: limits.first_delay_seconds,
    longestDelaySeconds: limits.longest_delay_seconds,
    timeoutSeconds: limits.timeout_seconds,
    deadline,
    now,
    ...(sleep ? { sleep } : {}),
  });
  return { decision, delivery, thresholds: changes };
}

/**
 * Makes dead letters pending again, but for those that are no longer so: a later message of the same alert says more, or
 * the alert is over and forgotten. A digest stands for itself.
 */
async function reviveDead({ store }: AlertRun, outbox: Outbox): Promise<void> {
  const { state } = await readDecision(store);
  for (const letter of await outbox.listDead()) {
    const { id, type, revision } = letter.message.notification;
    const isNewest = revision === state.revisions[id];
    const isTrue = type === 'all_clear' || state.incidents[id]?.status === 'open';
    if (type === 'digest' || (isNewest && isTrue)) await outbox.revive(letter);
  }
}

/** How what people said since minimums last moved moves those of anomalies, and what they are then. */
async function judgeFeedback({
  store,
  settings,
}: AlertRun): Promise<{ changes: ThresholdChange[]; thresholds: Thresholds }> {
  const { adaptation } = settings.policy;
  const known = readThresholds(await openJournal(store, THRESHOLD_JOURNAL).readAll());
  if (!adaptation.enabled) return { changes: [], thresholds: known };
  const feedback = readFeedback(await openJournal(store, FEEDBACK_JOURNAL).readAll());
  const { state } = await readDecision(store);
  const told = Object.values(state.incidents).flatMap(({ alerts }) => alerts);
  const changes = adaptThresholds(listJudged(told, feedback, known), known, adaptation);
  return { changes, thresholds: applyChanges(known, changes) };
}

async function decideOnce(run: AlertRun, thresholds: Thresholds): Promise<Omit<Decision, 'state'>> {
  const { store, now = Date.now } = run;
  const outbox = openOutbox(store);
  const decide = await prepareDecision(run, thresholds);
  for (;;) {
    const last = await readDecision(store);
    for (const notification of last.send) await outbox.enqueue(notification);
    const { send, suppressed, state } = decide(last.state);
    if (send.length === 0 && JSON.stringify(state) === JSON.stringify(last.state))
      return { send, suppressed };
    const isOurs = await writeDecision(store, {
      sequence: last.sequence + 1,
      decidedAt: new Date(now()).toISOString(),
      send,
      suppressed: suppressed.map(({ alert, ...why }) => ({ id: alert.id, ...why })),
      state,
    });
    if (!isOurs) continue;
    for (const notification of send) await outbox.enqueue(notification);
    return { send, suppressed };
  }
}

async function prepareDecision(
  { store, snapshot, settings, events, now = Date.now }: AlertRun,
  thresholds: Thresholds,
) {
  const { alerts, judged } = await buildAlerts(snapshot, settings.policy);
  const muted = listMuted(await openJournal(store, FEEDBACK_JOURNAL).readAll());
  const policy: AlertPolicy = {
    ...settings.policy,
    routes: settings.routes,
    events,
    muted,
    thresholds,
    judged,
  };
  return (state: Decision['state']) => decideAlerts(alerts, state, policy, new Date(now()).toISOString());
}

/** Sends a message of the outbox by the channel that it names, as the configuration has it now. */
export function createSend(settings: AlertSettings, ports: ChannelPorts): Send {
  return async (outboxMessage, signal) => {
    const channel = settings.channels[outboxMessage.channel];
    if (!channel) {
      return { outcome: 'rejected', reason: `channel ${outboxMessage.channel} is not configured any more` };
    }
    const { feedback } = settings;
    const secret = feedback && (await ports.readSecret(feedback.secret));
    return openChannel(channel, ports)(describeMessage(outboxMessage, settings, secret), signal);
  };
}
