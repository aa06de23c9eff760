import { isIP } from 'node:net';
import { type AddressRange, mayReach, type Reach, readAddressRange } from './addresses.ts';

/** What decides where a node sends to: the settings `OUTBOUND_PRIVATE_RANGES` and `OUTBOUND_ALLOW_HTTP`. */
export type SendableOptions = {
  readonly privateRanges?: readonly string[] | undefined;
  readonly allowHttp?: boolean | undefined;
  /** The ports of HTTPS; others than the usual two are for tests. */
  readonly ports?: readonly number[] | undefined;
};

/** Why nothing is sent to a URL, as far as the URL alone tells. */
export type SendableFault = 'syntax' | 'length' | 'scheme' | 'port' | 'userinfo' | 'fragment' | 'address';

/** Where a node sends to, read once from its settings. */
export type SendablePlaces = {
  readonly ranges: readonly AddressRange[];
  readonly allowHttp: boolean;
  readonly ports: readonly number[];
};

/** The longest URL to which a node sends. */
export const maxUrlLength = 2048;

/** Reads the places; throws when a range is not right, which the settings have checked before. */
export function sendablePlaces({ privateRanges = [], allowHttp, ports }: SendableOptions): SendablePlaces {
  const ranges = privateRanges.map((text) => {
    const range = readAddressRange(text);
    if (typeof range === 'string') throw new TypeError(`a private range ${range}`);
    return range;
  });
  return { ranges, allowHttp: allowHttp ?? false, ports: ports ?? [443, 8443] };
}

/** Every reason why nothing may be sent to a URL; for the moment at which somebody names it. Its name is not looked up. */
export function assertSendable(url: string, options: SendableOptions): SendableFault[] {
  return sendableFaults(url, sendablePlaces(options));
}

/** The same, for places that were read. */
export function sendableFaults(url: string, places: SendablePlaces): SendableFault[] {
  if (url.length > maxUrlLength) return ['length'];
  // The parser removes tabs and spaces, takes a backslash for a slash, dots of other scripts for dots and does without
  // slashes. A URL that another reader could understand otherwise is refused.
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?#][!-[\]-~]*$/i.test(url) || !URL.canParse(url)) return ['syntax'];
  const { protocol, username, password, port, hostname } = new URL(url);
  const reach = reachFor({ protocol, port }, places);
  const host = bareHost(hostname);
  const faults: [SendableFault, boolean][] = [
    ['scheme', !schemes(places).includes(protocol)],
    ['port', schemes(places).includes(protocol) && reach === undefined],
    ['userinfo', username !== '' || password !== '' || /^[^/]*\/\/[^/?#]*@/.test(url)],
    ['fragment', url.includes('#')],
    ['address', isIP(host) !== 0 && !mayReach(host, reach ?? { ranges: places.ranges, rangesOnly: false })],
  ];
  return faults.filter(([, found]) => found).map(([fault]) => fault);
}

const schemes = ({ allowHttp }: SendablePlaces) => (allowHttp ? ['https:', 'http:'] : ['https:']);

/** The host of a URL without the brackets around an IPv6 address. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

/**
 * What may be reached by a scheme and a port: over HTTPS and its ports public addresses and the private ranges, over
 * others, where they are allowed, the private ranges alone. Undefined when nothing may.
 */
export function reachFor(
  { protocol, port }: { protocol: string; port: string },
  { ranges, allowHttp, ports }: SendablePlaces,
): Reach | undefined {
  const secure = protocol === 'https:' && ports.includes(port === '' ? 443 : Number(port));
  if (secure) return { ranges, rangesOnly: false };
  return allowHttp && /^https?:$/.test(protocol) ? { ranges, rangesOnly: true } : undefined;
}
