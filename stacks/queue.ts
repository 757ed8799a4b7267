const RETENTION_SECONDS = 14 * 24 * 60 * 60;

export type Queue = ReturnType<typeof createQueue>;
/** A queue for what failed too often, by the name that its alarm has. */
export type DeadLetters = { name: string; queue: sst.aws.Queue };

/** Where messages go that nothing could handle; kept for two weeks. */
export function createDeadLetters(name: string, { fifo = false } = {}): DeadLetters {
  const queue = new sst.aws.Queue(name, {
    fifo: fifo ? { contentBasedDeduplication: true } : false,
    transform: { queue: harden },
  });
  restrictQueue(name, queue);
  return { name, queue };
}

/**
 * A queue with its dead letters, encrypted and TLS only.
 *
 * @param visibilityMinutes at least the time limit of its function; AWS advises six times as much where a batch waits.
 * @param sender an AWS service that may send, from one source.
 */
export function createQueue(
  name: string,
  options: {
    visibilityMinutes: number;
    /** Receipts before a message is a dead letter. */
    tries: number;
    fifo?: boolean;
    sender?: { service: string; sourceArn: $util.Input<string> };
  },
) {
  const { visibilityMinutes, tries, fifo = false, sender } = options;
  const deadLetters = createDeadLetters(`${name}DeadLetters`, { fifo });
  const queue = new sst.aws.Queue(name, {
    fifo: fifo ? { contentBasedDeduplication: true } : false,
    visibilityTimeout: `${visibilityMinutes} minutes`,
    dlq: { queue: deadLetters.queue.arn, retry: tries },
    transform: { queue: harden },
  });
  const policy = restrictQueue(name, queue, sender);
  return {
    name,
    arn: queue.arn,
    url: queue.url,
    policy,
    deadLetters,
    sending: [{ actions: ['sqs:SendMessage'], resources: [queue.arn] }],
    receiving: [
      {
        actions: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:GetQueueAttributes',
          'sqs:ChangeMessageVisibility',
        ],
        resources: [queue.arn],
      },
    ],
  };
}

function harden(args: aws.sqs.QueueArgs): undefined {
  args.sqsManagedSseEnabled = true;
  args.messageRetentionSeconds = RETENTION_SECONDS;
}

function restrictQueue(
  name: string,
  queue: sst.aws.Queue,
  sender?: { service: string; sourceArn: $util.Input<string> },
): aws.sqs.QueuePolicy {
  const tlsOnly = {
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:SendMessage',
    Resource: queue.arn,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  const send = sender && {
    Effect: 'Allow',
    Principal: { Service: sender.service },
    Action: 'sqs:SendMessage',
    Resource: queue.arn,
    Condition: { ArnEquals: { 'aws:SourceArn': sender.sourceArn } },
  };
  return new aws.sqs.QueuePolicy(`${name}Policy`, {
    queueUrl: queue.url,
    policy: $jsonStringify({ Version: '2012-10-17', Statement: send ? [tlsOnly, send] : [tlsOnly] }),
  });
}
