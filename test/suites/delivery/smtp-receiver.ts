import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Identity } from './self-signed.ts';

/** What the server does with the next mail. */
export type MailBehaviour = 'ok' | 'later' | 'die' | 'hang' | 'refuse';

export const MAIL_USER = { user: 'headroom', password: 'pa55word' };

/** A mail server on loopback with STARTTLS and a password; the n-th mail takes the n-th behaviour, then all are taken. */
export async function startMailServer(identity: Identity, plan: readonly MailBehaviour[]) {
  const mails: { to: string[]; text: string }[] = [];
  let count = 0;
  const server = new SMTPServer({
    ...identity,
    authMethods: ['PLAIN'],
    onAuth: ({ username, password }, _session, callback) => {
      const isKnown = username === MAIL_USER.user && password === MAIL_USER.password;
      callback(isKnown ? null : new Error('unknown'), isKnown ? { user: username } : undefined);
    },
    onData: (stream, session, callback) => {
      const behaviour = plan[count] ?? 'ok';
      count += 1;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      // The connection breaks while the mail is on its way.
      if (behaviour === 'die') stream.once('data', () => breakOff(server));
      stream.on('end', () => {
        if (behaviour === 'hang' || behaviour === 'die') return;
        if (behaviour === 'later') return callback(Object.assign(new Error('busy'), { responseCode: 451 }));
        if (behaviour === 'refuse') return callback(Object.assign(new Error('no'), { responseCode: 550 }));
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        callback();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    mails,
    count: () => count,
    port: (server.server.address() as AddressInfo).port,
    stop: () => {
      breakOff(server);
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function breakOff(server: SMTPServer): void {
  const { connections } = server as unknown as { connections: Set<{ _socket: { destroy(): void } }> };
  for (const { _socket } of connections) _socket.destroy();
}
