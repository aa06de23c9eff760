import { namedId } from '../../platform/id.ts';

/** An audit record of the demo network. */
export const auditRecord = {
  id: namedId('audit record academie'),
  recordedAt: '2026-01-05T08:00:00.000Z',
  clientId: namedId('client administrator'),
  organisation: { id: namedId('node organisation'), name: 'Academie Maarland' },
  outcome: 'succeeded',
  closed: false,
  operationId: 'createAlliance',
  subject: { type: 'alliance', id: namedId('alliance academie') },
  status: null,
  code: null,
  times: 1,
  requestId: namedId('request academie'),
  traceId: '0af7651916cd43dd8448eb211c80319c',
} as const;

/** A record of what another organisation did in a closed space. */
export const closedRecord = {
  ...auditRecord,
  id: namedId('audit record closed'),
  clientId: namedId('client lindeveen'),
  organisation: { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' },
  closed: true,
  operationId: null,
  subject: null,
  times: null,
  requestId: null,
  traceId: null,
} as const;

/** The signed head of a day, shortened. */
export const auditHead = {
  day: '2026-01-05',
  jws: 'eyJhbGciOiJFUzI1NiJ9.eyJkYXkiOiIyMDI2LTAxLTA1In0.c2lnbmF0dXJl',
} as const;
