import { assertSendable, type SendableOptions } from '../../platform/outbound.ts';

/** The address of a node in the one form in which it is stored, signed and compared; undefined where it is none. */
export function canonicalBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const canonical = url.href.replace(/\/+$/, '');
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return isPlain && text.replace(/\/+$/, '') === canonical ? canonical : undefined;
}

/** The same for the address of this node, which its settings may write otherwise. */
export const ownBaseUrl = (baseUrl: string): string => new URL(baseUrl).href.replace(/\/+$/, '');

/** Codes of what is wrong with the address of another node: its form, or that nothing may be sent there. */
export function baseUrlFaults(text: string, sendable: SendableOptions): string[] {
  const faults = assertSendable(text, sendable).map((fault) => (fault === 'length' ? 'url_syntax' : `url_${fault}`));
  if (faults.length > 0) return faults;
  return canonicalBaseUrl(text) === undefined ? ['base_url_form'] : [];
}
