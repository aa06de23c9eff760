/** Things that have a home of their own; all else is kept where one of these is. */
export type Kind = 'organisation' | 'alliance' | 'item';

/**
 * Whose home decides over a write, by its operation or its line in the matrix: where one of these is a replica, it is
 * answered with 421. Written from the design, never from what the server answers: what lies in an alliance is kept with
 * it, what others do with a knowledge item with the item, a new person with the organisation that registers it.
 */
export const decidedBy: Readonly<Record<string, readonly Kind[]>> = {
  changeOrganisation: ['organisation'],
  recordMerger: ['organisation'],
  offerOrganisationMove: ['organisation'],
  // Another node vouches for it.
  createClient: ['organisation'],

  changeAlliance: ['alliance'],
  offerMembership: ['alliance'],
  decideMembership: ['alliance'],
  endMembership: ['alliance'],
  publishCharter: ['alliance'],
  decideCharter: ['alliance'],
  offerSponsorship: ['alliance'],
  decideSponsorship: ['alliance'],
  endSponsorship: ['alliance'],
  createSessionSeries: ['alliance'],
  endSessionSeries: ['alliance'],
  createSession: ['alliance'],
  changeSession: ['alliance'],
  decideSession: ['alliance'],
  recordAttendance: ['alliance'],
  recordOutcome: ['alliance'],
  removeOutcome: ['alliance'],
  openCalendarFeed: ['alliance'],
  revokeCalendarFeed: ['alliance'],
  createInitiative: ['alliance'],
  changeInitiative: ['alliance'],
  changeInitiativeStage: ['alliance'],
  addParticipation: ['alliance'],
  decideParticipation: ['alliance'],
  changeStance: ['alliance'],
  leaveInitiative: ['alliance'],
  linkKnowledge: ['alliance'],
  unlinkKnowledge: ['alliance'],
  createCommitment: ['alliance'],
  decideOnCommitment: ['alliance'],
  counterCommitment: ['alliance'],
  fulfilCommitment: ['alliance'],
  confirmCommitment: ['alliance'],
  cancelCommitment: ['alliance'],
  offerDate: ['alliance'],
  decideDateOffer: ['alliance'],
  offerHandover: ['alliance'],
  decideHandover: ['alliance'],
  // In the matrix it is an initiative that is owned.
  offerOwnership: ['alliance'],
  decideOwnershipOffer: ['alliance'],
  releaseOwnership: ['alliance'],

  changeKnowledgeItem: ['item'],
  withdrawKnowledgeItem: ['item'],
  publishKnowledgeVersion: ['item'],
  shareKnowledgeItem: ['alliance', 'item'],
  endKnowledgeShare: ['alliance', 'item'],
  offerContribution: ['item'],
  decideContribution: ['item'],
  stateAdoption: ['item'],
  respondToAdoption: ['item'],
  withdrawAdoption: ['item'],

  // What is taken out of a space changes in the end. Who says no, or takes it back, changes nothing but the space.
  offerHarvest: ['alliance', 'item'],
  decideHarvest: ['alliance', 'item'],
  'decideHarvest@withdrawal': ['alliance'],

  registerProfessional: ['organisation'],
};

const made = 'what is new is kept here';
const ofThisNode = 'it is of this node alone';
const person = 'a person is kept where it was registered, wherever the organisation went since';

/** Writes over which no home decides, and why. */
export const keptHere: Readonly<Record<string, string>> = {
  createOrganisation: made,
  createAlliance: made,
  createKnowledgeItem: made,
  createImport: 'a row that meets a replica is refused or left as it is, and told of',
  cancelImport: ofThisNode,
  createExport: ofThisNode,
  cancelExport: ofThisNode,
  cancelComputation: ofThisNode,
  createWebhook: ofThisNode,
  changeWebhook: ofThisNode,
  removeWebhook: ofThisNode,
  requestWebhookVerification: ofThisNode,
  rotateWebhookSecret: ofThisNode,
  testWebhook: ofThisNode,
  redeliverWebhookDeliveries: ofThisNode,
  changeProfessional: person,
  renewPersonalCode: person,
  offerAffiliation: person,
  decideAffiliation: person,
  endAffiliation: person,
  recordProfessionalContribution: person,
  removeProfessionalContribution: person,
  exportPersonalData: person,
  requestErasure: person,
  decideOrganisationMove: 'the old home lets it go and the new one takes it in: each says its own word',
  offerPeering: ofThisNode,
  decidePeering: ofThisNode,
  endPeering: ofThisNode,
  changeClient: ofThisNode,
  addClientKey: ofThisNode,
  removeClientKey: ofThisNode,
  rotateClientSecret: ofThisNode,
};
