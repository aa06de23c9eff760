import type { Scope } from '../../platform/caller.ts';

/** Answers to what was offered, in the words of the handshake. */
const offers = (what: string) => ({
  offered: `${what} was offered`,
  accepted: `${what} was accepted`,
  declined: `${what} was declined`,
  withdrawn: `${what} was withdrawn by whoever offered it`,
  expired: `${what} was not answered in time`,
});

/**
 * What can happen to each kind of subject, with the scope under which it is read. Every event has a name in this table:
 * what is not here cannot be recorded.
 */
const catalogue = {
  organisation: {
    scope: 'organisations:read',
    events: {
      registered: 'an organisation was added to the register',
      changed: 'an organisation of the register was changed',
      merged: 'organisations merged into a successor (herindeling)',
      replicated: 'an organisation was taken over from the node where it is homed',
      dropped: 'a replica of an organisation was removed, since its home gives it no more',
      moved: 'an organisation has another node as its home from now on',
    },
  },
  organisation_move: {
    scope: 'organisations:read',
    events: {
      offered: 'an organisation was offered to another node, which is to be its home',
      accepted: 'the new home accepted the move of an organisation',
      declined: 'the move of an organisation was declined',
      withdrawn: 'the move of an organisation was withdrawn, or the old home lets it go no more',
    },
  },
  alliance: {
    scope: 'alliances:read',
    events: {
      founded: 'an alliance was founded',
      changed: 'an alliance was changed',
      recorded: 'an alliance was taken over from a register',
      replicated: 'something in an alliance that is kept at another node was taken over from there',
    },
  },
  membership: {
    scope: 'alliances:read',
    events: {
      ...offers('a membership'),
      changed: 'the days of a membership were changed',
      ended: 'a membership ended',
      succeeded: 'a membership passed to the successor of a merged organisation',
      recorded: 'a membership was taken over from a register',
      dropped:
        'what was known here of a membership at another node was removed, since it ended or its offer is over; told to its organisation alone',
    },
  },
  charter: {
    scope: 'alliances:read',
    events: {
      published: 'a version of a charter was published',
      accepted: 'an organisation accepted a version of a charter',
      declined: 'an organisation declined a version of a charter; told to those who take part alone',
    },
  },
  sponsorship: { scope: 'alliances:read', events: { ...offers('a sponsorship'), ended: 'a sponsorship ended' } },
  space: {
    scope: 'alliances:read',
    events: {
      closing: 'a closed space came to its end',
      archived: 'the archive of a closed space was written',
      destroyed: 'the content of a closed space was destroyed',
    },
  },
  harvest: {
    scope: 'alliances:read',
    events: {
      ...offers('a harvest'),
      consented: 'a contributor consented to a harvest',
      completed: 'a harvest was completed by the consent of every contributor',
    },
  },
  handover: { scope: 'alliances:read', events: offers('the handover of a commitment') },
  session_series: {
    scope: 'alliances:read',
    events: {
      begun: 'a series of sessions was begun, with its sessions of the coming half year',
      extended: 'further sessions of a series were planned',
      ended: 'a series of sessions was ended',
    },
  },
  session: {
    scope: 'alliances:read',
    events: {
      planned: 'a session was planned on its own',
      changed: 'a session was changed or moved',
      held: 'a session was held',
      cancelled: 'a session was cancelled',
      attended: 'an organisation said with how many it was at a session; told to those who take part alone',
      outcome_recorded: 'an outcome of a session was recorded; told to those who take part alone',
      outcome_removed: 'an outcome of a session was taken back; told to those who take part alone',
    },
  },
  calendar_feed: {
    scope: 'alliances:read',
    events: {
      opened: 'a calendar of an alliance was opened; told to its organisation alone',
      revoked: 'a calendar of an alliance was revoked; told to its organisation alone',
    },
  },
  initiative: {
    scope: 'initiatives:read',
    events: {
      begun: 'an initiative was begun',
      changed: 'an initiative was changed',
      stage_changed: 'an initiative went to another stage',
      stalled: 'an initiative was without a deed for eight weeks; told once, until the next deed',
      knowledge_linked: 'a knowledge item was linked to an initiative',
      knowledge_removed: 'the link of a knowledge item to an initiative was removed',
    },
  },
  participation: {
    scope: 'initiatives:read',
    events: {
      ...offers('a participation'),
      ended: 'a participation ended',
      stance_changed: 'a participant changed its stance',
    },
  },
  commitment: {
    scope: 'commitments:read',
    events: {
      ...offers('a commitment'),
      countered: 'a commitment was answered with another offer',
      date_offered: 'another date was offered for a commitment',
      date_moved: 'another date was accepted',
      date_declined: 'another date was declined',
      date_withdrawn: 'the offer of another date was withdrawn',
      late: 'the day of a commitment passed and it was not kept; told to its two parties alone, once for each day',
      fulfilled: 'the promiser says that a commitment was kept',
      confirmed: 'the beneficiary confirmed that a commitment was kept',
      disputed: 'the beneficiary disputes that a commitment was kept',
      broken: 'a commitment was declared broken',
      cancelled: 'a commitment was cancelled',
    },
  },
  knowledge_item: {
    scope: 'knowledge-items:read',
    events: {
      created: 'a knowledge item was created',
      changed: 'a knowledge item was changed',
      published: 'a version of a knowledge item was published',
      withdrawn: 'a knowledge item was withdrawn; what is left is its tombstone',
      shared: 'a knowledge item was shared with an alliance',
      unshared: 'the share of a knowledge item with an alliance ended',
      replicated: 'a knowledge item that is kept at another node, or what was done with it, was taken over from there',
    },
  },
  knowledge_contribution: {
    scope: 'knowledge-items:read',
    events: { ...offers('a contribution to a knowledge item'), ended: 'a contribution to a knowledge item ended' },
  },
  adoption: {
    scope: 'knowledge-items:read',
    events: {
      stated: 'an organisation stated what it did with a knowledge item',
      withdrawn: 'an adoption was withdrawn',
      thanked: 'the author thanked for an adoption',
      disputed: 'the author disputes an adoption',
    },
  },
  ownership: {
    scope: 'ownership:read',
    events: {
      ...offers('ownership'),
      transferred: 'ownership was handed over by the owner before, with the yes of the next',
      released: 'an owner gave up what it owned',
      succeeded: 'ownership passed to the successor of a merged organisation',
    },
  },
  professional: {
    scope: 'professionals:read',
    events: {
      registered: 'a professional was registered',
      changed: 'a professional was changed',
      'code.renewed': 'the personal code of a professional was renewed',
      erased: 'a professional was erased',
      exported: 'what is kept of a professional was given out',
    },
  },
  affiliation: { scope: 'professionals:read', events: { ...offers('an affiliation'), ended: 'an affiliation ended' } },
  professional_contribution: {
    scope: 'professionals:read',
    events: {
      recorded: 'the part of a professional in work was recorded',
      removed: 'the part of a professional was removed',
    },
  },
  import: {
    scope: 'imports:read',
    events: {
      requested: 'an import was requested',
      cancelled: 'an import was cancelled',
      finished: 'an import finished',
    },
  },
  export: {
    scope: 'exports:read',
    events: {
      requested: 'an export was asked for',
      cancelled: 'an export was cancelled',
      finished: 'an export finished',
      imported: 'an archive of another node was taken in',
    },
  },
  client: {
    scope: 'clients:read',
    events: {
      registered: 'a client was registered',
      enabled: 'a client was enabled',
      disabled: 'a client was disabled',
      changed: 'a client was changed',
      'key.added': 'a key of a client was added',
      'key.removed': 'a key of a client was removed',
      'secret.rotated': 'the secret of a client was rotated',
    },
  },
  peer: {
    scope: 'peers:read',
    events: {
      offered: 'a peering with another node was offered, by this node or by the other',
      accepted: 'a peering with another node was accepted',
      declined: 'a peering with another node was declined',
      withdrawn: 'a peering with another node was withdrawn by whoever offered it',
      ended: 'a peering with another node ended',
    },
  },
  webhook: {
    scope: 'webhooks:read',
    events: {
      registered: 'an endpoint of your organisation was registered',
      changed: 'an endpoint of your organisation was changed',
      verification_asked: 'the owner of an endpoint was asked whether it wants events',
      'secret.rotated': 'the secret of an endpoint was rotated',
      disabled: 'an endpoint was disabled: it is gone, or everything failed for five days',
      removed: 'an endpoint of your organisation was removed',
    },
  },
} as const satisfies Record<string, { scope: Scope; events: Readonly<Record<string, string>> }>;

type Catalogue = typeof catalogue;

/** The name of an event as it is recorded: a kind of subject and what happened to it. */
export type EventType = {
  [Kind in keyof Catalogue]: `${Kind & string}.${keyof Catalogue[Kind]['events'] & string}`;
}[keyof Catalogue];

/** What stands before the name of an event where it is told to others: types are in reverse-domain notation. */
const domain = 'nl.samendoen.';

const named = (kind: string, what: string) => `${domain}${`${kind}.${what}`.replaceAll('_', '-')}`;

type Described = { readonly recorded: string; readonly scope: Scope; readonly description: string };

const published: ReadonlyMap<string, Described> = new Map(
  Object.entries(catalogue).flatMap(([kind, { scope, events }]) =>
    Object.entries(events).map(([what, description]): [string, Described] => [
      named(kind, what),
      { recorded: `${kind}.${what}`, scope, description },
    ]),
  ),
);

/** Every type of event as it is told to others, with what it says. */
export const publishedTypes: readonly { readonly type: string; readonly description: string }[] = [...published].map(
  ([type, { description }]) => ({ type, description }),
);

/** The name of an event as it is told to others: `nl.samendoen.knowledge-item.published`. */
export const publishedName = (recorded: string): string => `${domain}${recorded.replaceAll('_', '-')}`;

/** The events as they are recorded that a filter names: a type, or all of a kind by `nl.samendoen.alliance.*`. */
export function typesNamed(filter: string): string[] {
  const types = [...published];
  const found = filter.endsWith('.*')
    ? types.filter(([type]) => type.startsWith(filter.slice(0, -1)))
    : types.filter(([type]) => type === filter);
  return found.map(([, { recorded }]) => recorded);
}

/** The events as they are recorded that may be told to whoever has these scopes. */
export const typesWithin = (scopes: ReadonlySet<Scope>): string[] =>
  [...published.values()].filter(({ scope }) => scopes.has(scope)).map(({ recorded }) => recorded);
