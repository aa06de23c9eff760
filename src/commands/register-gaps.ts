/** From its first day to the first day without it; that is empty while it lasts. */
export type Period = { readonly from: string; readonly until: string };

/** Later than any day. */
export const endless = '9999-12-31';

/** The periods between the first day of all and the last that none covers, in order; periods may overlap. */
export function gapsBetween(periods: readonly Period[]): Period[] {
  const gaps: Period[] = [];
  let covered: string | undefined;
  for (const { from, until } of periods.toSorted((a, b) => (a.from < b.from ? -1 : Number(a.from > b.from)))) {
    if (covered !== undefined && covered < from) gaps.push({ from: covered, until: from });
    const end = until || endless;
    if (covered === undefined || end > covered) covered = end;
  }
  return gaps;
}

/** The parts of a period that lie outside of gaps, which are in order and apart. */
export function outside(period: Period, gaps: readonly Period[]): Period[] {
  const parts: Period[] = [];
  let from = period.from;
  for (const gap of gaps) {
    if (gap.until <= from || (period.until !== '' && gap.from >= period.until)) continue;
    if (from < gap.from) parts.push({ from, until: gap.from });
    from = gap.until;
  }
  return period.until === '' || from < period.until ? [...parts, { from, until: period.until }] : parts;
}
