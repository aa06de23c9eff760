import type { z } from 'zod';
import { pointerStep } from './characters.ts';
import type { Fault } from './problem.ts';

type Place = 'body' | 'query' | 'path';
type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Params = Record<string, string | number>;
type Named = { code: string; params?: Params };

const locate = (place: Place, path: Path) =>
  place === 'body' ? path.map(pointerStep).join('') : path.length === 0 ? '' : String(path[0]);

/** Turns the issues of a schema into faults; `given` tells what was missing from what was wrong. */
export function issueFaults(place: Place, issues: readonly Issue[], given: unknown): Fault[] {
  return issues.flatMap((issue) => faultsOf(place, issue, [], given));
}

function faultsOf(place: Place, issue: Issue, above: Path, given: unknown): Fault[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ in: place, location: locate(place, [...path, key]), code: 'unknown_property' }));
  }
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => faultsOf(place, inner, path, given));
  }
  if (issue.code === 'invalid_element' || issue.code === 'invalid_key') {
    return issue.issues.flatMap((inner) => faultsOf(place, inner, path, given));
  }
  return [{ in: place, location: locate(place, path), ...nameIssue(issue, valueAt(given, path)) }];
}

/** The branch of a union that the input was meant for: one that got past its own type, with the fewest issues. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const entered = branches.filter((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'),
  );
  const weight = (issues: readonly Issue[]) =>
    issues.length + (issues.some((issue) => issue.code === 'invalid_value' && issue.path.length > 0) ? 1000 : 0);
  return [...entered].sort((a, b) => weight(a) - weight(b))[0];
}

function valueAt(given: unknown, path: Path): unknown {
  let value = given;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

function nameIssue(issue: Issue, value: unknown): Named {
  if (value === undefined && issue.code !== 'custom') return { code: 'required' };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'invalid_type', params: { expected: expectedType(issue.expected) } };
    case 'invalid_value':
      return { code: 'invalid_value', params: { options: issue.values.map(String).join(', ') } };
    case 'invalid_format':
      return nameFormat(issue.format);
    case 'too_small':
    case 'too_big':
      return nameSize(issue);
    case 'not_multiple_of':
      return { code: 'not_a_multiple', params: { divisor: Number(issue.divisor) } };
    case 'invalid_union':
      return nameUnion(issue);
    case 'custom':
      return nameCustom(issue);
    default:
      return { code: 'invalid' };
  }
}

const typeNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' };
const expectedType = (expected: string) => typeNames[expected] ?? expected;

const formatNames: Readonly<Record<string, string>> = { guid: 'uuid', datetime: 'date-time', url: 'uri' };
const hiddenFormats = new Set(['regex', 'starts_with', 'ends_with', 'includes', 'lowercase', 'uppercase']);

function nameFormat(format: string): Named {
  if (hiddenFormats.has(format)) return { code: 'invalid_pattern' };
  return { code: 'invalid_format', params: { format: formatNames[format] ?? format } };
}

type SizeIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

function nameSize(issue: SizeIssue): Named {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const params: Params = { [small ? 'minimum' : 'maximum']: typeof limit === 'bigint' ? String(limit) : limit };
  if (issue.origin === 'string') return { code: small ? 'too_short' : 'too_long', params };
  if (['array', 'set', 'map', 'record', 'object'].includes(issue.origin))
    return { code: small ? 'too_few' : 'too_many', params };
  return { code: small ? 'too_low' : 'too_high', params };
}

function nameUnion(issue: z.core.$ZodIssueInvalidUnion): Named {
  // Given for an unknown value of a discriminator.
  const { options } = issue as { options?: readonly unknown[] };
  return options === undefined
    ? { code: 'invalid_union' }
    : { code: 'invalid_value', params: { options: options.map(String).join(', ') } };
}

function nameCustom(issue: z.core.$ZodIssueCustom): Named {
  const { code, ...params } = (issue.params ?? {}) as Params & { code?: string };
  return { code: typeof code === 'string' ? code : 'invalid', params };
}
