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

/** Sends a message to another node, signed by the key with which this one signs now. Throws OutboundFailure. */
export async function sendMessage(
  { outbound, signingKey }: Pick<Peering, 'outbound' | 'signingKey'>,
  { typ, payload, accept = 'application/problem+json', ...request }: Message,
): Promise<OutboundAnswer> {
  return outbound.send({
    ...request,
    method: 'POST',
    headers: { 'content-type': messageType, accept },
    body: await signMessage(payload, typ, await signingKey()),
  });
}
