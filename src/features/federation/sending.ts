import type { OutboundAnswer, OutboundRequest } from '../../platform/outbound.ts';
import { signMessage } from './messages.ts';
import { messageType } from './node-messages.ts';
import type { Peering } from './peering.ts';

/** A message to another node: its address there, what it says, and of which type it is. */
export type Message = Pick<OutboundRequest, 'url' | 'timeoutMs' | 'signal' | 'bodyCharacters'> & {
  readonly typ: string;
  readonly payload: string;
  /** The media type of the answer that is asked for. */
  readonly accept?: string;
};

/** A message to another node that was signed before, a compact JWS. */
export type SignedMessage = Omit<Message, 'typ' | 'payload'> & { readonly jws: string };

/** Sends what was signed before to another node, as it is. Throws OutboundFailure. */
export const sendSigned = (
  { outbound }: Pick<Peering, 'outbound'>,
  { jws, accept = 'application/problem+json', ...request }: SignedMessage,
): Promise<OutboundAnswer> =>
  outbound.send({ ...request, method: 'POST', headers: { 'content-type': messageType, accept }, body: jws });

/** Sends a message to another node, signed by the key with which this one signs now. Throws OutboundFailure. */
export async function sendMessage(
  { outbound, signingKey }: Pick<Peering, 'outbound' | 'signingKey'>,
  { typ, payload, ...request }: Message,
): Promise<OutboundAnswer> {
  return sendSigned({ outbound }, { ...request, jws: await signMessage(payload, typ, await signingKey()) });
}
