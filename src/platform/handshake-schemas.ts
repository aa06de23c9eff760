import { z } from 'zod';
import { decisions, handshakeStates } from './handshake.ts';

/** State of an offer between two parties. */
export const State = z.enum(handshakeStates).meta({ id: 'HandshakeState' });

/** A reason: some lines of text. */
export const Reason = z.string().trim().max(2000).nullish();

/** The answer to an offer. */
export const NewDecision = z.strictObject({ decision: z.enum(decisions), reason: Reason }).meta({ id: 'NewDecision' });
