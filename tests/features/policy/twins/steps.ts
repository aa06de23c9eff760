/** Path parameters that belong together, as those of a charter and its alliance. */
export type Place = Readonly<Record<string, string>>;

/** What a step draws from: identifiers, organisations and words of one side of a world. */
export type Draw = {
  /** Parameters that lead to something of this kind, named by the last of them; undefined where there is none yet. */
  pick(parameter: string): Place | undefined;
  organisation(): string;
  text(): string;
  one<T>(...values: T[]): T;
  readonly closed: boolean;
};

/** A write: its path parameters and body. `ifMatch` asks for the present entity tag first. */
export type Ask = {
  readonly params?: Place;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: unknown;
  readonly ifMatch?: true;
};

const later = '2099-01-01';
const at = (draw: Draw, parameter: string, body?: (place: Place) => unknown): Ask | undefined => {
  const params = draw.pick(parameter);
  return params && { params, ...(body && { body: body(params) }) };
};
const decision = (draw: Draw) => ({ decision: draw.one('accepted', 'accepted', 'declined', 'withdrawn') });

function subject(draw: Draw): { type: string; id: string } | undefined {
  const type = draw.one('alliance', 'initiative', 'knowledge_item');
  const parameter = { alliance: 'allianceId', initiative: 'initiativeId', knowledge_item: 'itemId' }[type] ?? '';
  const id = draw.pick(parameter)?.[parameter];
  return id === undefined ? undefined : { type, id };
}

const placed = (draw: Draw, fields: object) => {
  const allianceId = draw.pick('allianceId')?.allianceId;
  // To come: whether one was held is what a sponsor is told.
  const when = { startsAt: '2099-01-05T09:30', timeZone: 'Europe/Amsterdam', durationMinutes: 60 };
  return { body: { allianceId, title: draw.text(), place: draw.text(), kind: 'training', ...when, ...fields } };
};

/** The writes of sessions and calendars. */
const sessionSteps: Readonly<Record<string, (draw: Draw) => Ask | undefined>> = {
  createSessionSeries: (draw) => placed(draw, { recurrence: 'FREQ=WEEKLY' }),
  endSessionSeries: (draw) => at(draw, 'seriesId', () => ({ reason: draw.text() })),
  createSession: (draw) => placed(draw, { notRecorded: draw.one(true, false) }),
  changeSession: (draw) => {
    const ask = at(draw, 'sessionId', () => ({
      title: draw.text(),
      startsAt: '2099-02-02T13:00',
      reason: draw.text(),
    }));
    return ask && { ...ask, ifMatch: true };
  },
  decideSession: (draw) => at(draw, 'sessionId', () => ({ state: 'cancelled', reason: draw.text() })),
  recordAttendance: (draw) => at(draw, 'sessionId', () => ({ headCount: draw.one(0, 1, 2, 7) })),
  recordOutcome: (draw) => at(draw, 'sessionId', () => ({ kind: 'lesson', lesson: draw.text() })),
  removeOutcome: (draw) => at(draw, 'outcomeId'),
  openCalendarFeed: (draw) => at(draw, 'allianceId', () => ({ name: draw.text() })),
  revokeCalendarFeed: (draw) => at(draw, 'feedId'),
};

/** Every write that can put something into a world, by its operation. */
export const steps: Readonly<Record<string, (draw: Draw) => Ask | undefined>> = {
  createAlliance: (draw) => ({
    body: {
      kind: draw.one('alliance', 'network'),
      name: draw.text(),
      purpose: draw.text(),
      visibility: draw.closed ? 'closed' : draw.one('public', 'network'),
      startsOn: '2020-01-01',
    },
  }),
  changeAlliance: (draw) => {
    const ask = at(draw, 'allianceId', () => ({ name: draw.text(), purpose: draw.text() }));
    return ask && { ...ask, ifMatch: true };
  },
  offerMembership: (draw) =>
    at(draw, 'allianceId', () => ({ organisationId: draw.organisation(), role: draw.one('member', 'convener') })),
  decideMembership: (draw) => at(draw, 'membershipId', () => decision(draw)),
  endMembership: (draw) => at(draw, 'membershipId', () => ({ reason: draw.text() })),
  publishCharter: (draw) => at(draw, 'allianceId', () => ({ title: draw.text(), text: draw.text() })),
  decideCharter: (draw) =>
    at(draw, 'charterId', ({ contentHash }) => ({ decision: draw.one('accepted', 'declined'), contentHash })),
  createKnowledgeItem: (draw) => ({
    body: {
      type: draw.one('practice', 'lesson', 'question'),
      title: draw.text(),
      summary: draw.text(),
      body: draw.text(),
      licence: draw.one('CC-BY-4.0', 'CC0-1.0'),
      themes: [draw.one('jeugd', 'wonen', draw.closed ? 'geheim' : 'schulden')],
      visibility: draw.closed ? 'alliances' : draw.one('public', 'network', 'alliances'),
      publish: draw.one(true, true, true, false),
    },
  }),
  changeKnowledgeItem: (draw) => {
    const ask = at(draw, 'itemId', () => ({ title: draw.text(), body: draw.text() }));
    return ask && { ...ask, ifMatch: true };
  },
  publishKnowledgeVersion: (draw) => at(draw, 'itemId', () => ({ changeNote: draw.text() })),
  withdrawKnowledgeItem: (draw) => at(draw, 'itemId', () => ({ reason: draw.text() })),
  shareKnowledgeItem: (draw) =>
    at(draw, 'itemId', () => ({ allianceId: draw.pick('allianceId')?.allianceId, note: draw.text() })),
  endKnowledgeShare: (draw) => at(draw, 'shareId'),
  offerContribution: (draw) => at(draw, 'itemId', () => ({ organisationId: draw.organisation() })),
  decideContribution: (draw) => at(draw, 'contributionId', () => decision(draw)),
  stateAdoption: (draw) =>
    at(draw, 'itemId', () => ({
      versionNumber: 1,
      use: draw.one('used', 'adapted'),
      setting: draw.text(),
      result: draw.text(),
    })),
  respondToAdoption: (draw) =>
    at(draw, 'adoptionId', () => ({ response: draw.one('thanked', 'disputed'), reason: draw.text() })),
  withdrawAdoption: (draw) => at(draw, 'adoptionId', () => ({ reason: draw.text() })),
  createInitiative: (draw) => {
    const allianceId = draw.pick('allianceId')?.allianceId;
    return { body: { allianceId, title: draw.text(), purpose: draw.text(), themes: [draw.one('jeugd', 'wonen')] } };
  },
  changeInitiative: (draw) => {
    const ask = at(draw, 'initiativeId', () => ({ title: draw.text(), purpose: draw.text() }));
    return ask && { ...ask, ifMatch: true };
  },
  changeInitiativeStage: (draw) =>
    at(draw, 'initiativeId', () => ({
      stage: draw.one('active', 'active', 'delivered', 'stopped'),
      reason: draw.text(),
    })),
  addParticipation: (draw) => at(draw, 'initiativeId', () => ({ organisationId: draw.organisation() })),
  decideParticipation: (draw) => at(draw, 'participationId', () => decision(draw)),
  changeStance: (draw) =>
    at(draw, 'participationId', () => ({ stance: draw.one('consent', 'objection', 'observer'), reason: draw.text() })),
  leaveInitiative: (draw) => at(draw, 'participationId', () => ({ reason: draw.text() })),
  linkKnowledge: (draw) =>
    at(draw, 'initiativeId', () => ({ itemId: draw.pick('itemId')?.itemId, relation: draw.one('used', 'produced') })),
  unlinkKnowledge: (draw) => at(draw, 'knowledgeLinkId'),
  ...sessionSteps,
  createCommitment: (draw) => {
    const place = draw.one(draw.pick('allianceId'), draw.pick('initiativeId'));
    const beneficiaryOrganisationId = draw.organisation();
    return place && { body: { ...place, title: draw.text(), beneficiaryOrganisationId, dueOn: later } };
  },
  decideOnCommitment: (draw) => at(draw, 'commitmentId', () => decision(draw)),
  counterCommitment: (draw) => at(draw, 'commitmentId', () => ({ dueOn: '2099-02-01', reason: draw.text() })),
  fulfilCommitment: (draw) => at(draw, 'commitmentId', () => ({ evidence: [{ text: draw.text() }] })),
  confirmCommitment: (draw) =>
    at(draw, 'commitmentId', () => ({ outcome: draw.one('confirmed', 'confirmed', 'disputed'), reason: draw.text() })),
  cancelCommitment: (draw) => at(draw, 'commitmentId', () => ({ reason: draw.text() })),
  offerDate: (draw) => at(draw, 'commitmentId', () => ({ dueOn: '2099-03-01', reason: draw.text() })),
  decideDateOffer: (draw) => at(draw, 'dateOfferId', () => decision(draw)),
  offerOwnership: (draw) => {
    const about = subject(draw);
    const share = draw.one('accountable', 'joint');
    return about && { body: { subject: about, share, organisationId: draw.organisation(), message: draw.text() } };
  },
  decideOwnershipOffer: (draw) => at(draw, 'offerId', () => decision(draw)),
  releaseOwnership: (draw) => {
    const about = subject(draw);
    return about && { body: { subject: about, share: draw.one('accountable', 'joint'), reason: draw.text() } };
  },
  // Never the last yes, which takes an item out of the space for all to see: that is what a harvest is for.
  decideHarvest: (draw) =>
    at(draw, 'harvestId', () => ({ decision: draw.one('declined', 'withdrawn'), reason: draw.text() })),
  offerHandover: (draw) =>
    at(draw, 'commitmentId', () => ({
      allianceId: draw.pick('allianceId')?.allianceId,
      title: draw.text(),
      description: draw.text(),
    })),
  // Likewise: the yes makes a promise in another alliance.
  decideHandover: (draw) => at(draw, 'handoverId', () => ({ decision: draw.one('declined', 'withdrawn') })),
  // People are no part of closed spaces; what is known of them must not depend on what happens there.
  registerProfessional: (draw) =>
    draw.closed ? undefined : { body: { name: draw.one('Bram Visser', 'Noor Bakker'), role: draw.text() } },
  offerAffiliation: (draw) =>
    at(draw, 'professionalId', () => ({ organisationId: draw.organisation(), role: draw.text() })),
  decideAffiliation: (draw) => at(draw, 'affiliationId', () => decision(draw)),
  endAffiliation: (draw) => at(draw, 'affiliationId', () => ({ reason: draw.text() })),
};

/** What a write makes, as the name of the path parameter that leads to it. */
export const makes: Readonly<Record<string, string>> = {
  createAlliance: 'allianceId',
  offerMembership: 'membershipId',
  publishCharter: 'charterId',
  offerSponsorship: 'sponsorshipId',
  createKnowledgeItem: 'itemId',
  shareKnowledgeItem: 'shareId',
  offerContribution: 'contributionId',
  stateAdoption: 'adoptionId',
  createInitiative: 'initiativeId',
  addParticipation: 'participationId',
  linkKnowledge: 'knowledgeLinkId',
  createSessionSeries: 'seriesId',
  createSession: 'sessionId',
  recordOutcome: 'outcomeId',
  openCalendarFeed: 'feedId',
  createCommitment: 'commitmentId',
  counterCommitment: 'commitmentId',
  offerDate: 'dateOfferId',
  offerOwnership: 'offerId',
  offerHarvest: 'harvestId',
  offerHandover: 'handoverId',
  registerProfessional: 'professionalId',
  offerAffiliation: 'affiliationId',
  recordProfessionalContribution: 'contributionId',
  requestErasure: 'erasureId',
  createImport: 'importId',
  createExport: 'exportId',
  recordMerger: 'mergerId',
  createClient: 'clientId',
  createOrganisation: 'organisationId',
  createWebhook: 'webhookId',
  testWebhook: 'deliveryId',
  offerPeering: 'peerId',
  offerOrganisationMove: 'moveId',
};
