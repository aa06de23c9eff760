import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { namedId } from '../../platform/id.ts';
import * as examples from './examples.ts';
import { getRhythm, getSponsorRhythm } from './rhythm.ts';
import {
  NewSeriesEnd,
  NewSessionSeries,
  RhythmPath,
  RhythmView,
  SeriesPath,
  SessionSeriesQuery,
  SessionSeriesView,
  SponsorRhythmPath,
  SponsorRhythmView,
} from './schemas.ts';
import { createSessionSeries, endSessionSeries, getSessionSeries, listSessionSeries } from './series.ts';

const tag = 'sessions';
const read = { scope: 'alliances:read', policy: 'rows' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts the series of sessions, and how well they are kept. */
export function seriesRoutes(routes: Routes, { db }: { db: Db }): void {
  const answer = { description: 'The series.', schema: SessionSeriesView } as const;
  routes.add({
    method: 'GET',
    path: '/session-series',
    operationId: 'listSessionSeries',
    tag,
    summary: 'List series of sessions',
    description: 'Those of alliances that your organisation may see.',
    access: read,
    query: SessionSeriesQuery,
    answer: { status: 200, description: 'A page of series.', schema: SessionSeriesView, page: true },
    examples: { query: { state: 'active', limit: 2 }, answer: { items: [examples.series], nextCursor: null } },
    handler: ({ caller, query, after }) => listSessionSeries(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/session-series',
    operationId: 'createSessionSeries',
    tag,
    summary: 'Begin a series of sessions',
    description:
      'In an alliance of which you are a convener or a member. Its sessions come again by a rule of RFC 5545, at the same time on the clock of `timeZone` in summer and winter: a time that is skipped when the clock goes forward is meant an hour later, one that is there twice the first time. The sessions of the coming half year are planned at once, later ones in time; each is then moved, held or cancelled by itself.',
    access: write,
    body: NewSessionSeries,
    answer: { ...answer, status: 201 },
    problems: ['member_required', 'alliance_ended', 'space_closing', 'organisation_dissolved', 'too_many_series'],
    examples: { body: examples.newSeries, answer: examples.begunSeries },
    handler: ({ context, body }) => createSessionSeries(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/session-series/{seriesId}',
    operationId: 'getSessionSeries',
    tag,
    summary: 'Get a series of sessions',
    access: read,
    params: SeriesPath,
    answer: { ...answer, status: 200 },
    examples: { params: { seriesId: examples.series.id }, answer: examples.series },
    handler: ({ caller, params }) => getSessionSeries(db, caller, params.seriesId),
  });
  routes.add({
    method: 'PUT',
    path: '/session-series/{seriesId}/end',
    operationId: 'endSessionSeries',
    tag,
    summary: 'End a series of sessions',
    description:
      'By a convener or a member of its alliance. Its sessions that have not begun are cancelled with this reason; those that were stay. The end of one that ended changes nothing.',
    access: write,
    params: SeriesPath,
    body: NewSeriesEnd,
    answer: { ...answer, status: 200 },
    problems: ['member_required', 'space_closing'],
    examples: {
      params: { seriesId: namedId(examples.endableSeriesName) },
      body: examples.newSeriesEnd,
      answer: examples.endedSeries,
    },
    handler: ({ context, params, body }) => endSessionSeries(db, context, params.seriesId, body),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/rhythm',
    operationId: 'getRhythm',
    tag,
    summary: 'Get how well an alliance keeps its rhythm',
    description:
      'For the group as a whole, never for a person or an organisation: weeks (ISO 8601, in the time zone of each session) with something planned, and whether something was held in them.',
    access: read,
    params: RhythmPath,
    answer: { status: 200, description: 'The rhythm.', schema: RhythmView },
    examples: { params: { allianceId: examples.alliance.id }, answer: examples.rhythm },
    handler: ({ caller, params }) => getRhythm(db, caller, params.allianceId),
  });
  routes.add({
    method: 'GET',
    path: '/sponsorships/{sponsorshipId}/rhythm',
    operationId: 'getSponsorRhythm',
    tag,
    summary: 'Get whether a closed space keeps its rhythm',
    description:
      'For the sponsor that guarantees it, and those who take part: numbers of weeks, and nothing of what is in them.',
    access: read,
    params: SponsorRhythmPath,
    answer: { status: 200, description: 'The rhythm.', schema: SponsorRhythmView },
    examples: { params: { sponsorshipId: examples.sponsorshipId }, answer: examples.sponsorRhythm },
    handler: ({ caller, params }) => getSponsorRhythm(db, caller, params.sponsorshipId),
  });
}
