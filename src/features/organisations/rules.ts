import type { Fault } from '../../platform/problem.ts';
import { type IdentifierScheme, identifierFault, normaliseIdentifier } from './identifiers.ts';

/** An official identifier in its normal form with its period of validity. */
export type IdentifierRow = {
  scheme: IdentifierScheme;
  value: string;
  validFrom: string | null;
  validUntil: string | null;
};

type GivenIdentifier = {
  scheme: IdentifierScheme;
  value: string;
  validFrom?: string | null | undefined;
  validUntil?: string | null | undefined;
};

/** Whether an organisation exists on a day; an open end is endless. `endsOn` is the first day on which it does not. */
export function existsOn(organisation: { startsOn: string | null; endsOn: string | null }, day: string): boolean {
  const { startsOn, endsOn } = organisation;
  return (startsOn === null || startsOn <= day) && (endsOn === null || day < endsOn);
}

/** The fault of a period that ends before it begins, at `location`. */
export function periodFaults(start: string | null, end: string | null, location: string): Fault[] {
  return start !== null && end !== null && end < start ? [{ in: 'body', location, code: 'ends_before_start' }] : [];
}

/** Brings identifiers into their normal form and names every fault: form, check digits, period, repetition. */
export function readIdentifiers(given: readonly GivenIdentifier[]): { identifiers: IdentifierRow[]; faults: Fault[] } {
  const identifiers: IdentifierRow[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string>();
  given.forEach((identifier, index) => {
    const location = `/identifiers/${index}`;
    const value = normaliseIdentifier(identifier.scheme, identifier.value);
    const code = identifierFault(identifier.scheme, value);
    if (code !== undefined) faults.push({ in: 'body', location: `${location}/value`, code });
    const row = {
      scheme: identifier.scheme,
      value,
      validFrom: identifier.validFrom ?? null,
      validUntil: identifier.validUntil ?? null,
    };
    faults.push(...periodFaults(row.validFrom, row.validUntil, `${location}/validUntil`));
    const name = `${row.scheme}:${row.value}`;
    if (row.validUntil === null && seen.has(name)) faults.push({ in: 'body', location, code: 'repeated' });
    if (row.validUntil === null) seen.add(name);
    identifiers.push(row);
  });
  return { identifiers, faults };
}

/** The faults of a merger: an organisation that merges into itself, twice, or that was dissolved before. */
export function mergerFaults(
  predecessors: readonly { id: string; startsOn: string | null; endsOn: string | null; successorId: string | null }[],
  successor: { id: string; startsOn: string | null; endsOn: string | null },
  effectiveOn: string,
): Fault[] {
  const faults: Fault[] = [];
  predecessors.forEach((predecessor, index) => {
    const location = `/predecessorIds/${index}`;
    if (predecessor.id === successor.id) faults.push({ in: 'body', location, code: 'same_organisation' });
    else if (predecessor.successorId !== null) faults.push({ in: 'body', location, code: 'already_merged' });
    else if (!existsOn(predecessor, dayBefore(effectiveOn)))
      faults.push({ in: 'body', location, code: 'not_in_existence' });
  });
  if (!existsOn(successor, effectiveOn))
    faults.push({ in: 'body', location: '/successorId', code: 'not_in_existence' });
  return faults;
}

/** The day before a day. */
export function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
