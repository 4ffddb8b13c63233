import { type LookupAddress, lookup as lookupByName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { badInput } from '@agentos/kernel';

/** IANA's special-purpose registries: whatever is not an address of somebody else on the internet. */
const special = new BlockList();
for (const [network, prefix] of [
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
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96], // unspecified, loopback, and IPv4 in its oldest disguise
  ['::ffff:0:0:0', 96], // IPv4-translated
  ['64:ff9b::', 96], // NAT64, which reaches IPv4 addresses of any kind
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23], // Teredo and other protocols' own
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4, which carries an IPv4 address
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 9], // link-local and the old site-local
  ['ff00::', 8],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

/** Whether the address (also IPv4 mapped into IPv6) is one on the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !special.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export const notPublic = () =>
  badInput(
    'gitUrl leads to an address that is not on the public internet, which this server does not clone from.',
    'input.gitUrl',
  );

/**
 * The look-up of a connection that may only lead out. It looks at the very addresses that the connection is then made
 * to, so a name that answers differently the next time gains nothing.
 */
export const lookupPublic: LookupFunction = (hostname, options, done) => {
  lookupByName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const [first] = addresses ?? [];
    if (error) return done(error, '');
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address)))
      return done(notPublic(), '');
    if (options.all) return (done as (error: null, addresses: LookupAddress[]) => void)(null, addresses);
    done(null, first.address, first.family);
  });
};
