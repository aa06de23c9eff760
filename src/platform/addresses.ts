import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses of one's own network: its first address and the length of its prefix. */
export type AddressRange = readonly [Address, number];

/** Where a node may connect to besides public addresses, and whether to those alone. */
export type Reach = { readonly ranges: readonly AddressRange[]; readonly rangesOnly: boolean };

/** The only part of IPv6 that is given out for the public internet; `::/96`, translations and the rest are not in it. */
const publicIpv6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Public by its number, and yet answered inside the machine's own network: the platform service of a cloud. */
const inwardIpv4 = ['168.63.129.16'];

const kindsOfOwnNetworks = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];

/** Whether an address belongs to the public internet. An IPv4 address in the clothes of IPv6 does not. */
function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4'
    ? !inwardIpv4.includes(address.toString())
    : address.match(publicIpv6) && !embedsIpv4(address as ipaddr.IPv6);
}

/** An interface of ISATAP (RFC 5214) names in its last half the IPv4 address to which it tunnels. */
const embedsIpv4 = ({ parts }: ipaddr.IPv6): boolean => parts[5] === 0x5efe && (parts[4] === 0 || parts[4] === 0x200);

/** Whether a node may connect to an address. What is no plain address, as one with a zone, is out of reach. */
export function mayReach(address: string, { ranges, rangesOnly }: Reach): boolean {
  const read = readAddress(address);
  if (read === undefined) return false;
  return (
    (!rangesOnly && isPublic(read)) || ranges.some((range) => read.kind() === range[0].kind() && read.match(...range))
  );
}

const readAddress = (text: string): Address | undefined =>
  isIP(text) === 0 || text.includes('%') ? undefined : ipaddr.parse(text);

/** A range of an own network, or what is wrong with its text. */
export function readAddressRange(text: string): AddressRange | string {
  if (!ipaddr.isValidCIDR(text) || readAddress(text.slice(0, text.indexOf('/'))) === undefined)
    return 'is not a range of addresses, as 10.20.0.0/16';
  const range = ipaddr.parseCIDR(text);
  const [first, last] = boundsOf(range);
  if (first.toString() !== range[0].toString()) return 'does not begin at the first address of its range';
  const kind = first.range();
  return kindsOfOwnNetworks.includes(kind) && last.range() === kind
    ? range
    : 'is not within one range for networks of their own (RFC 1918, 4193, 6598, loopback)';
}

function boundsOf(range: [Address, number]): [Address, Address] {
  const text = `${range[0].toString()}/${range[1]}`;
  const family = range[0].kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return [family.networkAddressFromCIDR(text), family.broadcastAddressFromCIDR(text)];
}
