import { namedId } from '../../platform/id.ts';

/** A municipality of the demo network, as it is shown. */
export const organisation = {
  id: namedId('organisation lindeveen'),
  kind: 'municipality',
  name: 'Gemeente Lindeveen',
  region: 'Maarland',
  startsOn: '1998-01-01',
  endsOn: null,
  successor: null,
  identifiers: [
    { scheme: 'cbs', value: 'GM9001', validFrom: '1998-01-01', validUntil: null },
    {
      scheme: 'tooi',
      value: 'https://identifier.overheid.nl/tooi/id/gemeente/gm9001',
      validFrom: null,
      validUntil: null,
    },
  ],
  source: null,
  sourceKey: null,
  home: null,
  createdAt: '2026-01-05T08:00:00.000Z',
  changedAt: '2026-01-05T08:00:00.000Z',
};

/** An organisation that can be registered beside the demo network. */
export const newOrganisation = {
  kind: 'care_organisation',
  name: 'Huisartsenzorg Maarland',
  region: 'Maarland',
  startsOn: '2020-01-01',
  identifiers: [{ scheme: 'agb', value: '01999001' }],
};

/** The first version of the municipality of the demo network. */
export const organisationVersion = {
  version: 1,
  recordedAt: '2026-01-05T08:00:00.000Z',
  operationId: 'createOrganisation',
  kind: 'municipality',
  name: 'Gemeente Lindeveen',
  region: 'Maarland',
  startsOn: '1998-01-01',
  endsOn: null,
  successorId: null,
  identifiers: organisation.identifiers,
};

/** A merger that can be recorded in the demo network. */
export const newMerger = {
  predecessorIds: [namedId('organisation oudewal')],
  successorId: namedId('organisation zandkerk'),
  effectiveOn: '2027-01-01',
};

/** The merger of the demo network. */
export const merger = {
  id: namedId('merger hoogmaar'),
  predecessors: [{ id: namedId('organisation oud-hoogmaar'), name: 'Gemeente Oud-Hoogmaar' }],
  successor: { id: namedId('organisation hoogmaar'), name: 'Gemeente Hoogmaar' },
  effectiveOn: '2026-01-01',
  continuedMembershipCount: 1,
  recordedAt: '2026-01-05T08:00:00.000Z',
};
