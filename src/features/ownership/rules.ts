/** What can be owned. */
export const subjectTypes = ['alliance', 'initiative', 'knowledge_item'] as const;
/** A kind of thing that can be owned. */
export type SubjectType = (typeof subjectTypes)[number];
/** A thing that can be owned. */
export type Subject = { readonly type: SubjectType; readonly id: string };

/** The two ways of owning: one organisation answers for the subject, others may own it with it. */
export const shares = ['accountable', 'joint'] as const;
/** A way of owning. */
export type Share = (typeof shares)[number];

/** How an ownership changes. */
export const changes = ['accepted', 'transferred', 'released', 'succeeded'] as const;
/** A way in which an ownership changes. */
export type ChangeName = (typeof changes)[number];

/** Who owns a subject from one record to the next: at most one is accountable, and nobody owns in both ways. */
export type Owners = { readonly accountable: string | null; readonly joint: readonly string[] };

/** Before its first record a subject has no owner. */
export const nobody: Owners = { accountable: null, joint: [] };

/** A share that goes from one organisation to another, comes to one, or is given up. */
export type Change = { readonly share: Share; readonly from: string | null; readonly to: string | null };

/** How an organisation owns; undefined where it does not. */
export function shareOf(owners: Owners, organisationId: string): Share | undefined {
  if (owners.accountable === organisationId) return 'accountable';
  return owners.joint.includes(organisationId) ? 'joint' : undefined;
}

/** The owners after a change. Who becomes accountable owns jointly no more, and who is accountable gains nothing by joining. */
export function ownersAfter(owners: Owners, { share, from, to }: Change): Owners {
  const accountable = share === 'accountable' ? to : owners.accountable;
  const left = share === 'joint' ? owners.joint.filter((id) => id !== from) : owners.joint;
  const joint = share === 'joint' && to !== null ? [...left, to] : left;
  return { accountable, joint: [...new Set(joint)].filter((id) => id !== accountable).sort() };
}

/** What follows when organisations take the place of others: each share of theirs goes to who succeeds them, or to nobody. */
export function successionOf(owners: Owners, predecessorIds: readonly string[], successorId: string | null): Change[] {
  const gone = new Set(predecessorIds);
  const change = (share: Share, from: string): Change => ({ share, from, to: successorId });
  const accountable = owners.accountable !== null && gone.has(owners.accountable) ? owners.accountable : undefined;
  return [
    ...(accountable === undefined ? [] : [change('accountable', accountable)]),
    ...owners.joint.filter((id) => gone.has(id)).map((id) => change('joint', id)),
  ];
}

/** The name of the change by which a share passes. */
export function changeName({ from, to }: Change): ChangeName {
  if (to === null) return 'released';
  return from === null ? 'accepted' : 'transferred';
}

/** The instant of a record: now, and later than the record before it, whatever the clock says. */
export const recordedAfter = (previous: Date | null, now: Date): Date =>
  previous === null || now > previous ? now : new Date(previous.getTime() + 1);
