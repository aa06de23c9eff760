import * as auditSight from '../../../src/features/policy/audit-sight.ts';
import * as eventSight from '../../../src/features/policy/event-sight.ts';
import * as policy from '../../../src/features/policy/policy.ts';
import * as sessionSight from '../../../src/features/policy/session-sight.ts';
import { auditCases } from './audit-cases.ts';
import { type Case, cases, type Policy } from './cases.ts';
import { eventCases } from './event-cases.ts';
import { sessionCases } from './session-cases.ts';

/** The policy as it is, all its modules at once. */
export const wholePolicy: Policy = { ...policy, ...eventSight, ...auditSight, ...sessionSight };

/** The modules of the policy by their files, each with the cases that judge it. */
export const modules = {
  'policy.ts': cases,
  'event-sight.ts': eventCases,
  'audit-sight.ts': auditCases,
  'session-sight.ts': sessionCases,
} as const satisfies Readonly<Record<string, Readonly<Record<string, Case>>>>;

/** A file of the policy. */
export type PolicyFile = keyof typeof modules;

export const policyFiles = Object.keys(modules) as PolicyFile[];

/** The cases of every module. */
export const allCases: Readonly<Record<string, Case>> = Object.assign({}, ...Object.values(modules));
