import { describe, expect, it } from 'vitest';
import { postGuarded, readRetryAfter } from '../../analytics/alerts/post-guarded.ts';
import { isPublicAddress, resolveHost } from '../../analytics/alerts/private-addresses.ts';

describe('isPublicAddress', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:a9fe:a9fe::1',
    'localhost',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.255.255', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe('resolveHost', () => {
  const answers =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: 4 }));

  it('refuses a name of which any address is private', async () => {
    const resolve = answers('8.8.8.8', '169.254.169.254');
    await expect(resolveHost('rebind.example', { allowPrivate: false, resolve })).rejects.toThrow(
      'not public',
    );
    await expect(resolveHost('rebind.example', { allowPrivate: true, resolve })).resolves.toHaveLength(2);
  });

  it.each([
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
  ])('refuses %s, however it is written', async (url) => {
    await expect(resolveHost(new URL(url).hostname, { allowPrivate: false })).rejects.toThrow('not public');
  });
});

describe('postGuarded', () => {
  const post = (url: string) =>
    postGuarded({ url, headers: {}, body: '{}', signal: AbortSignal.timeout(1000) }, { allowPrivate: true });

  it.each(['http://example.com/', 'ftp://example.com/', 'not a url', 'https://user:pass@example.com/'])(
    'refuses %s',
    async (url) => {
      expect(await post(url)).toMatchObject({ outcome: 'rejected' });
    },
  );

  it('reads when to come back', () => {
    expect(readRetryAfter('120')).toBe(120);
    expect(readRetryAfter('Wed, 25 Nov 2026 08:01:00 GMT', Date.parse('2026-11-25T08:00:00Z'))).toBe(60);
    expect(readRetryAfter('Wed, 25 Nov 2026 07:00:00 GMT', Date.parse('2026-11-25T08:00:00Z'))).toBe(0);
    expect(readRetryAfter('soon')).toBeUndefined();
    expect(readRetryAfter(undefined)).toBeUndefined();
  });
});
