import { z } from 'zod';
import { Day, Id } from '../../platform/schemas.ts';

const Instant = z.iso.datetime();
const text = z.string();
const orNull = <Type extends z.ZodType>(type: Type) => type.nullable();
const evidence = orNull(z.array(z.object({ text, url: orNull(text) })));

/**
 * The archive of a closed space: everything that all its members could read at its end. Organisations are named once, by
 * identifier; what only the two parties to a promise may see is not in it.
 */
export const SpaceArchive = z
  .object({
    format: z.literal('samendoen-space-archive-1'),
    node: text.meta({ description: 'The node that wrote it.' }),
    writtenAt: Instant,
    alliance: z.object({ id: Id, kind: text, name: text, purpose: orNull(text), startsOn: Day, endsOn: Day }),
    organisations: z.array(z.object({ id: Id, name: text })),
    memberships: z.array(
      z.object({
        id: Id,
        organisationId: Id,
        role: text,
        state: text,
        startsOn: orNull(Day),
        endsOn: orNull(Day),
        decisionReason: orNull(text),
        endReason: orNull(text),
      }),
    ),
    sponsorships: z.array(
      z.object({ id: Id, organisationId: Id, state: text, decidedAt: orNull(Instant), endedAt: orNull(Instant) }),
    ),
    charters: z.array(
      z.object({
        id: Id,
        number: z.int(),
        title: text,
        text,
        contentHash: text,
        effectiveOn: Day,
        publishedByOrganisationId: Id,
        decisions: z.array(
          z.object({ id: Id, organisationId: Id, decision: text, reason: orNull(text), decidedAt: Instant }),
        ),
      }),
    ),
    sharedItems: z.array(
      z.object({
        id: Id,
        organisationId: Id,
        sharedByOrganisationId: Id,
        note: orNull(text),
        sharedAt: Instant,
        type: text,
        title: text,
        summary: text,
        body: text,
        links: z.array(z.object({ href: text, title: orNull(text) })),
        language: text,
        licence: text,
        themes: z.array(text),
        publishedVersion: orNull(z.int()),
        contentHash: orNull(text),
      }),
    ),
    initiatives: z.array(
      z.object({
        id: Id,
        title: text,
        purpose: orNull(text),
        themes: z.array(text),
        stage: text,
        createdByOrganisationId: Id,
        createdAt: Instant,
        stages: z.array(z.object({ stage: text, reason: orNull(text), organisationId: Id, recordedAt: Instant })),
        participations: z.array(
          z.object({
            id: Id,
            organisationId: Id,
            state: text,
            stance: orNull(text),
            decisionReason: orNull(text),
            joinedAt: orNull(Instant),
            leftAt: orNull(Instant),
            leaveReason: orNull(text),
            stances: z.array(z.object({ stance: text, reason: orNull(text), recordedAt: Instant })),
          }),
        ),
      }),
    ),
    commitments: z.array(
      z.object({
        id: Id,
        initiativeId: orNull(Id),
        title: text,
        description: orNull(text),
        promiserOrganisationId: Id,
        beneficiaryOrganisationId: Id,
        dueOn: Day,
        firstDueOn: Day,
        state: text,
        evidence,
        fulfilledAt: orNull(Instant),
        confirmedAt: orNull(Instant),
        steps: z.array(
          z.object({
            number: z.int(),
            step: text,
            organisationId: orNull(Id),
            dueOn: Day,
            evidence,
            recordedAt: Instant,
          }),
        ),
      }),
    ),
    sessionSeries: z.array(
      z.object({
        id: Id,
        title: text,
        description: orNull(text),
        place: orNull(text),
        kind: text,
        startsAt: text,
        timeZone: text,
        durationMinutes: z.int(),
        recurrence: text,
        endedAt: orNull(Instant),
        endReason: orNull(text),
        createdByOrganisationId: Id,
      }),
    ),
    sessions: z.array(
      z.object({
        id: Id,
        seriesId: orNull(Id),
        title: text,
        description: orNull(text),
        place: orNull(text),
        kind: text,
        startsAt: Instant,
        endsAt: Instant,
        timeZone: text,
        state: text,
        heldOn: orNull(Day),
        reason: orNull(text),
        attendances: z.array(z.object({ organisationId: Id, headCount: z.int(), recordedAt: Instant })),
        outcomes: z.array(
          z.object({
            organisationId: Id,
            kind: text,
            lesson: orNull(text),
            commitmentId: orNull(Id),
            itemId: orNull(Id),
            recordedAt: Instant,
          }),
        ),
      }),
    ),
    ownershipRecords: z.array(
      z.object({
        id: Id,
        subjectType: text,
        subjectId: Id,
        number: z.int(),
        change: text,
        share: text,
        accountableOrganisationId: orNull(Id),
        jointOrganisationIds: z.array(Id),
        reason: orNull(text),
        recordedAt: Instant,
        receipt: text,
        receiptHash: text,
      }),
    ),
    harvests: z.array(
      z.object({
        id: Id,
        itemId: Id,
        visibility: orNull(text),
        toAllianceId: orNull(Id),
        message: orNull(text),
        state: text,
        offeredByOrganisationId: Id,
        offeredAt: Instant,
        decidedAt: orNull(Instant),
        consents: z.array(
          z.object({ organisationId: Id, state: text, reason: orNull(text), decidedAt: orNull(Instant) }),
        ),
      }),
    ),
  })
  .meta({ id: 'SpaceArchive' });
