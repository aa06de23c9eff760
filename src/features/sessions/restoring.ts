import type { z } from 'zod';
import { inChunks } from '../../platform/chunks.ts';
import type { Db } from '../../platform/db.ts';
import { mondayOf } from './rules.ts';
import type { AttendanceView, OutcomeView } from './schemas.ts';
import { sessionAttendances, sessionOutcomes, sessionSeries, sessions } from './tables.ts';
import type { SeriesView, View } from './views.ts';
import { localOf } from './zones.ts';

/** What an archive holds of sessions. */
export type SessionRows = {
  readonly series: readonly SeriesView[];
  readonly sessions: readonly View[];
  readonly attendances: readonly z.output<typeof AttendanceView>[];
  readonly outcomes: readonly z.output<typeof OutcomeView>[];
};

/** Puts sessions back as an archive has them; what follows in a series is planned by this node. */
export async function restoreSessions(db: Db, given: SessionRows): Promise<void> {
  await inChunks(given.series, (chunk) =>
    db.insert(sessionSeries).values(
      chunk.map(({ alliance, createdBy, ...row }) => ({
        ...{ ...row, allianceId: alliance.id, createdByOrganisationId: createdBy.id, complete: false },
      })),
    ),
  );
  await inChunks(given.sessions, (chunk) => db.insert(sessions).values(chunk.map(sessionRow)));
  await inChunks(given.attendances, (chunk) =>
    db
      .insert(sessionAttendances)
      .values(chunk.map(({ organisation, ...row }) => ({ ...row, organisationId: organisation.id }))),
  );
  await inChunks(given.outcomes, (chunk) =>
    db.insert(sessionOutcomes).values(
      chunk.map(({ organisation, commitment, item, ...row }) => ({
        ...{ ...row, organisationId: organisation.id },
        ...{ commitmentId: commitment?.id ?? null, itemId: item?.id ?? null },
      })),
    ),
  );
}

/** In time before its week, as a cancellation was when it was made. */
const isCalledOffBefore = ({ state, decidedAt, plannedOn, timeZone }: View) =>
  state === 'cancelled' && decidedAt !== null && mondayOf(plannedOn) > localOf(decidedAt, timeZone).slice(0, 10);

function sessionRow(view: View): typeof sessions.$inferInsert {
  const { alliance, decidedBy, createdBy, attendance: _, ...row } = view;
  return {
    ...{ ...row, allianceId: alliance.id, decidedByOrganisationId: decidedBy?.id ?? null },
    ...{ createdByOrganisationId: createdBy.id, calledOffBefore: isCalledOffBefore(view) },
  };
}
