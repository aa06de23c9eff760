import { z } from 'zod';
import { Day, Id, Moment, pageQuery, Reference } from '../../platform/schemas.ts';

const outcome = z.enum(['succeeded', 'refused', 'unknown']).meta({
  id: 'AuditOutcome',
  description: '`unknown`: another node was asked to do it, and gave no usable answer.',
});

/** Who did what, when, from which client, with which outcome. */
export const AuditRecordView = z
  .object({
    id: Id,
    recordedAt: Moment,
    clientId: z.string().meta({ description: 'The identifier of the client; `node` for the node itself.' }),
    organisation: Reference.nullable().meta({ description: 'For which the client acts; null for the node itself.' }),
    outcome,
    closed: z.boolean().meta({
      description:
        'What was done is withheld, and all that follows is null: it was in a closed space, may have been in one, or was about something that you may not see.',
    }),
    operationId: z.string().nullable().meta({ description: 'The operation; of the interface, or of the node itself.' }),
    subject: z
      .object({ type: z.string(), id: Id })
      .nullable()
      .meta({ description: 'To what it was done; of what was refused nothing is recorded.' }),
    status: z.int().nullable().meta({ description: 'The status of a refusal, or of an answer that tells nothing.' }),
    code: z.string().nullable().meta({ description: 'The code of the problem that was answered.' }),
    times: z.int().nullable().meta({
      description:
        'For how many the record stands: beyond 60 of one client in a minute, refusals are recorded together, as `summariseRefusals`.',
    }),
    requestId: z.string().nullable(),
    traceId: z.string().nullable(),
  })
  .meta({ id: 'AuditRecord' });

/** Filters of the audit records. */
export const AuditRecordQuery = z.strictObject({
  ...pageQuery,
  clientId: z.string().max(600).optional(),
  operationId: z.string().max(100).optional(),
  outcome: outcome.optional(),
  subject: Id.optional().meta({ description: 'Only what was done to the resource with this identifier.' }),
  from: Moment.optional().meta({ description: 'Only what was recorded at or after this instant.' }),
  until: Moment.optional().meta({ description: 'Only what was recorded before this instant.' }),
});

/** The signed head of a day. */
export const AuditHeadView = z
  .object({
    day: Day,
    jws: z.string().meta({
      description:
        'Compact JWS by a key of `/.well-known/receipt-jwks.json`, of type `audit-head+jwt`, over `iss`, `day`, `signedAt` and `hash`.',
    }),
  })
  .meta({ id: 'AuditHead' });

/** Parameters of the list of heads. */
export const AuditHeadQuery = z.strictObject({
  ...pageQuery,
  from: Day.optional().meta({ description: 'Only heads of this day and after.' }),
});

/** What the signature of a head is over. */
export const AuditHeadPayload = z.strictObject({
  iss: z.string(),
  day: Day,
  signedAt: z.iso.datetime(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
