import fc from 'fast-check';
import t from 'tap';
import { decideOnCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { cancelCommitment, confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import {
  type Act,
  act,
  type Commitment,
  decideCommitment,
  type Party as Side,
} from '../../../src/features/initiatives/rules.ts';
import type { Db } from '../../../src/platform/db.ts';
import { type Decision, decisions } from '../../../src/platform/handshake.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, type Party } from '../alliances/world.ts';
import { openWorld, promise } from './world.ts';

type Who = Side | 'member' | 'stranger';
type Step = { readonly who: Who; readonly what: Decision | Act };

const steps = fc.array(
  fc.record<Step>({
    who: fc.constantFrom<Who>('promiser', 'promiser', 'beneficiary', 'beneficiary', 'member', 'stranger'),
    what: fc.constantFrom<Step['what']>(...decisions, 'fulfilled', 'confirmed', 'disputed', 'cancelled'),
  }),
  { minLength: 4, maxLength: 10 },
);

function write(db: Db, party: Party, id: string, what: Step['what']) {
  if (what === 'fulfilled') return fulfilCommitment(db, by(party), id, { evidence: [{ text: 'Gedaan.', url: null }] });
  if (what === 'confirmed' || what === 'disputed')
    return confirmCommitment(db, by(party), id, { outcome: what, reason: 'Gezien.' });
  if (what === 'cancelled') return cancelCommitment(db, by(party), id, { reason: 'Het gaat niet.' });
  return decideOnCommitment(db, by(party), id, { decision: what });
}

/** What the rules say to the step of a party. */
function ruled(commitment: Commitment, { what }: Step, side: Side): string {
  try {
    return decisions.includes(what as Decision)
      ? decideCommitment(commitment, side, what as Decision, new Date())
      : act(commitment, side, what as Act, new Date());
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

t.test('random steps by right and wrong parties do what the rules say, and strangers change nothing', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const parties: Record<Who, Party> = { promiser: town, beneficiary: care, member: school, stranger };
  const stateOf = async (id: string) =>
    (await sql`select state from commitments where id = ${id}`)[0]?.state as Commitment['state'];
  const doneBy = (id: string, { who, what }: Step) =>
    write(db, parties[who], id, what).then(
      ({ body }) => body.state as string,
      (error: Problem) => error.code as string,
    );
  /** Whether a step does what it should. */
  const right = async (id: string, step: Step, offeredBy: Side): Promise<boolean> => {
    const state = await stateOf(id);
    const done = await doneBy(id, step);
    if (step.who === 'promiser' || step.who === 'beneficiary')
      return done === ruled({ state, expiresAt: null, offeredBy }, step, step.who);
    return ['not_found', 'party_required'].includes(done) && (await stateOf(id)) === state;
  };
  let played = 0;
  await fc.assert(
    fc.asyncProperty(fc.boolean(), steps, async (asked, sequence) => {
      const id = asked
        ? await promise(db, care, { allianceId, promiserOrganisationId: town.id })
        : await promise(db, town, { allianceId, beneficiaryOrganisationId: care.id });
      for (const step of sequence) {
        played += 1;
        if (!(await right(id, step, asked ? 'beneficiary' : 'promiser'))) return false;
      }
      return true;
    }),
    { numRuns: 60, seed: 20261125 },
  );
  t.ok(played > 300, `${played} steps`);
  const unbound = await sql`select c.id from commitments c
    where c.state in ('accepted', 'fulfilled', 'confirmed', 'disputed', 'cancelled')
    and not exists (select from commitment_steps s where s.commitment_id = c.id and s.step = 'accepted'
      and s.organisation_id = c.promiser_organisation_id)`;
  t.same([...unbound], [], 'nobody is bound whose own yes is not kept');
});
