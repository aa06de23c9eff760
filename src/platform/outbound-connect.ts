import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { mayReach, type Reach } from './addresses.ts';
import { bareHost, reachFor, type SendablePlaces } from './sendable.ts';

/** Finds the addresses of a name. */
export type Lookup = (name: string) => Promise<readonly LookupAddress[]>;

/** The connection was not made, or ended before a byte was written: its address is out of reach. */
export class BlockedAddress extends Error {}

/** What a connector needs besides the places. */
export type ConnectOptions = {
  readonly lookup: Lookup;
  readonly connectTimeoutMs: number;
  readonly ca?: string | undefined;
};

/**
 * Makes connections that reach what they may and nothing else. An address is checked three times, because each alone can
 * be passed by: as it stands in the URL, for then no name is looked up; each answer of the resolver, which are the very
 * addresses that are connected to, so that a second answer is never asked for; and the peer, before TLS begins.
 */
export function guardedConnector(places: SendablePlaces, options: ConnectOptions): buildConnector.connector {
  const connectors = new Map(
    [true, false].map((rangesOnly) => [rangesOnly, connectorTo({ ranges: places.ranges, rangesOnly }, options)]),
  );
  return (target, callback) => {
    const reach = reachFor(target, places);
    const host = bareHost(target.hostname);
    if (reach === undefined || (isIP(host) !== 0 && !mayReach(host, reach))) callback(new BlockedAddress(), null);
    else connectors.get(reach.rangesOnly)?.(target, callback);
  };
}

function connectorTo(reach: Reach, { lookup, connectTimeoutMs, ca }: ConnectOptions): buildConnector.connector {
  const connect = buildConnector({
    lookup: checkedLookup(lookup, reach),
    timeout: connectTimeoutMs,
    allowH2: false,
    // Whatever the environment says of certificates that nobody vouches for.
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
  }) as (...args: Parameters<buildConnector.connector>) => Socket;
  return (target, callback) => {
    const socket = connect(target, callback);
    socket.prependOnceListener('connect', () => {
      if (!mayReach(socket.remoteAddress ?? '', reach)) socket.destroy(new BlockedAddress());
    });
  };
}

/** Looks a name up, and refuses it when any of its addresses is out of reach: else a retry would find that one. */
function checkedLookup(lookup: Lookup, reach: Reach): LookupFunction {
  return (name, { all }, done) => {
    const find = async () => {
      const found = await lookup(name);
      if (!found.every(({ address }) => mayReach(address, reach))) throw new BlockedAddress();
      const [first] = found;
      if (first === undefined) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
      return { found, first };
    };
    find().then(
      ({ found, first }) => (all === true ? done(null, [...found]) : done(null, first.address, first.family)),
      (error: Error) => done(error, all === true ? [] : ''),
    );
  };
}
