/** A space's content is destroyed 30 days after its end; in the last seven of them its members fetch the archive. */
export const notice = { days: 30, archiveDays: 7 } as const;

/** What one organisation answers to a harvest. */
export type Consent = {
  readonly organisationId: string;
  readonly state: 'offered' | 'accepted' | 'declined';
};

/**
 * What comes of a harvest by the answers so far: declined by one no; accepted only when everyone who was asked, and
 * everyone who contributes by now, said yes; until then it is open.
 */
export function harvestOutcome(
  consents: readonly Consent[],
  contributors: readonly string[],
): 'offered' | 'accepted' | 'declined' {
  if (consents.some(({ state }) => state === 'declined')) return 'declined';
  const agreed = new Set(consents.filter(({ state }) => state === 'accepted').map((one) => one.organisationId));
  const asked = [...contributors, ...consents.map((one) => one.organisationId)];
  return asked.length > 0 && asked.every((id) => agreed.has(id)) ? 'accepted' : 'offered';
}

const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** How long a closing takes: from its beginning to the destruction, and from the archive to the destruction. */
export type Notice = { readonly days: number; readonly archiveDays: number };

/**
 * The days of a closing: its content is destroyed so many days after the end of the space, or after the day on which the
 * closing was found to begin, if a node was down; the archive is written some days before, on the first day at the
 * earliest.
 */
export function closingDays(
  endsOn: string,
  beganOn: string,
  { days, archiveDays }: Notice,
): { readonly archivesOn: string; readonly destroysOn: string } {
  const first = endsOn > beganOn ? endsOn : beganOn;
  const destroysOn = daysAfter(first, days);
  const archivesOn = daysAfter(destroysOn, -archiveDays);
  return { destroysOn, archivesOn: archivesOn > first ? archivesOn : first };
}
