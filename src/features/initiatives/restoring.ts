import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { unrestricted } from '../policy/policy.ts';
import type { CommitmentStepView, CommitmentView, DateOfferView } from './commitment-schemas.ts';
import type { InitiativeView, KnowledgeLinkView, ParticipationView, StanceView } from './schemas.ts';
import {
  commitmentSteps,
  commitments,
  dateOffers,
  initiativeKnowledge,
  initiativeStages,
  initiatives,
  participations,
  stances,
} from './tables.ts';

/** What an archive holds of initiatives and commitments. */
export type InitiativeRows = {
  readonly initiatives: readonly z.output<typeof InitiativeView>[];
  readonly participations: readonly z.output<typeof ParticipationView>[];
  readonly stances: readonly (z.output<typeof StanceView> & { readonly participationId: string })[];
  readonly links: readonly z.output<typeof KnowledgeLinkView>[];
  readonly commitments: readonly z.output<typeof CommitmentView>[];
  readonly steps: readonly (z.output<typeof CommitmentStepView> & { readonly commitmentId: string })[];
  readonly dateOffers: readonly z.output<typeof DateOfferView>[];
};

/** Puts initiatives back as an archive has them, with who takes part, what was thought of them, and what was promised. */
export async function restoreInitiatives(db: Db, given: InitiativeRows): Promise<void> {
  await inChunks(given.initiatives, (chunk) => db.insert(initiatives).values(chunk.map(initiativeRow)));
  await inChunks(given.initiatives.flatMap(stagesOf), (chunk) => db.insert(initiativeStages).values(chunk));
  await inChunks(given.participations, (chunk) =>
    db.insert(participations).values(
      chunk.map(({ initiative, organisation, offeredBy, place: _, ...row }) => ({
        ...{ ...row, initiativeId: initiative.id, organisationId: organisation.id },
        offeredByOrganisationId: offeredBy.id,
      })),
    ),
  );
  await inChunks(given.stances, (chunk) => db.insert(stances).values(chunk.map(({ place: _, ...row }) => row)));
  await inChunks(given.links, (chunk) =>
    db.insert(initiativeKnowledge).values(
      chunk.map(({ initiative, item, linkedBy, ...row }) => ({
        ...{ ...row, initiativeId: initiative.id, itemId: item.id, linkedByOrganisationId: linkedBy.id },
      })),
    ),
  );
  await inChunks(given.commitments, (chunk) => db.insert(commitments).values(chunk.map(commitmentRow)));
  const known = new Set(given.commitments.map(({ id }) => id));
  // Afterwards, since an offer may stand behind the one that took its place.
  for (const { id, counterOf } of given.commitments)
    if (counterOf !== null && known.has(counterOf)) await nameCountered(db, id, counterOf);
  await inChunks(given.steps, (chunk) =>
    db
      .insert(commitmentSteps)
      .values(
        chunk.map(({ organisation, ...row }) => ({ ...row, id: newId(), organisationId: organisation?.id ?? null })),
      ),
  );
  await inChunks(given.dateOffers, (chunk) =>
    db
      .insert(dateOffers)
      .values(chunk.map(({ offeredBy, ...row }) => ({ ...row, offeredByOrganisationId: offeredBy.id }))),
  );
}

const nameCountered = (db: Db, id: string, counterOfId: string) =>
  db
    .update(commitments)
    .set({ counterOfId })
    .where(and(eq(commitments.id, id), unrestricted('node')));

const initiativeRow = (view: InitiativeRows['initiatives'][number]): typeof initiatives.$inferInsert => ({
  id: view.id,
  allianceId: view.alliance.id,
  title: view.title,
  purpose: view.purpose,
  themes: view.themes,
  stage: view.stage,
  stageReason: view.stageReason,
  stageChangedAt: view.stageChangedAt,
  talkedSince: view.talkedSince,
  createdByOrganisationId: view.createdBy.id,
  createdAt: view.createdAt,
  changedAt: view.changedAt,
});

/** An archive has the stage of now: it began as an idea, and came to that stage when it says. */
function stagesOf(view: InitiativeRows['initiatives'][number]): (typeof initiativeStages.$inferInsert)[] {
  const { id: initiativeId, stage, stageReason: reason, stageChangedAt, createdAt, createdBy } = view;
  const now = { id: newId(), initiativeId, stage, reason, organisationId: createdBy.id, recordedAt: stageChangedAt };
  if (stage === 'idea') return [now];
  return [{ ...now, id: newId(), stage: 'idea', reason: null, recordedAt: createdAt }, now];
}

const commitmentRow = (view: InitiativeRows['commitments'][number]): typeof commitments.$inferInsert => ({
  id: view.id,
  allianceId: view.alliance.id,
  initiativeId: view.initiative?.id ?? null,
  title: view.title,
  description: view.description,
  promiserOrganisationId: view.promiser.id,
  beneficiaryOrganisationId: view.beneficiary.id,
  dueOn: view.dueOn,
  firstDueOn: view.firstDueOn,
  state: view.state,
  offeredByOrganisationId: view.offeredBy.id,
  offeredAt: view.offeredAt,
  expiresAt: view.expiresAt,
  decidedAt: view.decidedAt,
  decisionReason: view.decisionReason,
  fulfilledAt: view.fulfilledAt,
  evidence: view.evidence.length === 0 ? null : view.evidence,
  confirmedAt: view.confirmedAt,
  outcomeReason: view.outcomeReason,
  cancelledAt: view.cancelledAt,
  cancelledByOrganisationId: view.cancelledBy?.id ?? null,
  createdAt: view.createdAt,
  changedAt: view.changedAt,
});
