import { lookup as resolveName } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { SourceError } from '../errors.ts';

/** An address that a name stands for. */
export type Address = { address: string; family: number };
export type Resolve = (hostname: string) => Promise<Address[]>;

/** IPv4 that is not the public internet: RFC 6890 and its updates; 169.254.0.0/16 holds the clouds' metadata services. */
const CLOSED_IPV4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** IPv6 that is: global unicast, without the ranges of it that stand for other addresses, tunnels or documents. */
const OPEN_IPV6: readonly [string, number] = ['2000::', 3];
const CLOSED_IPV6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closed4 = new BlockList();
for (const [net, prefix] of CLOSED_IPV4) closed4.addSubnet(net, prefix, 'ipv4');
const open6 = new BlockList();
open6.addSubnet(...OPEN_IPV6, 'ipv6');
const closed6 = new BlockList();
for (const [net, prefix] of CLOSED_IPV6) closed6.addSubnet(net, prefix, 'ipv6');

/** Whether an address belongs to the public internet. IPv4 within IPv6 does not: it is not asked for that way. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) === 4) return !closed4.check(bare, 'ipv4');
  return isIP(bare) === 6 && bare === address && open6.check(bare, 'ipv6') && !closed6.check(bare, 'ipv6');
}

/**
 * The addresses of a host, all of them public unless private ones are allowed. Whoever connects must use these and not
 * ask for the name again: the answer may be another then. Throws SourceError, not to be retried for a private address.
 */
export async function resolveHost(
  hostname: string,
  options: { allowPrivate: boolean; resolve?: Resolve },
): Promise<Address[]> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const addresses = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await (options.resolve ?? resolveAll)(host).catch((cause) => {
        throw new SourceError('the name of the host cannot be resolved', { isRetryable: true, cause });
      });
  if (addresses.length === 0) throw new SourceError('the host has no address', { isRetryable: true });
  if (!options.allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new SourceError('the host has an address that is not public; allow_private: true would allow it');
  }
  return addresses;
}

function resolveAll(host: string): Promise<Address[]> {
  return resolveName(host, { all: true });
}
