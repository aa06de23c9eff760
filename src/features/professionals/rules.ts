/** The two sides of an affiliation. */
export const sides = ['professional', 'organisation'] as const;
/** A side of an affiliation. */
export type AffiliationSide = (typeof sides)[number];

/** The work in which a professional can have a part. */
export const workTypes = ['knowledge_item', 'initiative', 'commitment'] as const;
/** A kind of work. */
export type WorkType = (typeof workTypes)[number];

/** Why a person is erased: the grounds of art. 17(1) AVG that can arise here, and the end of the retention period. */
export const erasureGrounds = [
  'no_longer_needed',
  'consent_withdrawn',
  'objection',
  'unlawful_processing',
  'legal_obligation',
  'retention_period',
] as const;
/** A ground of erasure. */
export type ErasureGround = (typeof erasureGrounds)[number];

/** The side of who acts: with the personal code it is the person; without, whoever acts for its organisation. */
export function sideOf(
  acts: { readonly withCode: boolean; readonly organisationId: string | null },
  affiliation: { readonly organisationId: string },
): AffiliationSide | undefined {
  if (acts.withCode) return 'professional';
  return acts.organisationId === affiliation.organisationId ? 'organisation' : undefined;
}
