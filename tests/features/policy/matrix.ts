import { newSeries, newSession } from '../../../src/features/sessions/examples.ts';

/*
 * Who may do what: a line for each operation of the interface, with the status that each caller is promised. It is
 * written from the descriptions of the operations and from the design, never from what the server answers; where the two
 * differ, one of them is wrong, and it is to be found out which.
 *
 * To add an operation: add a line to `table`, `operationId` and ten statuses. The test fails while one is missing. Its
 * subject is chosen by the name of each path parameter in `subjects`: what belongs to an alliance is in the closed
 * space, where the callers differ. If it needs another subject, or a body that names one, give it a recipe: `$name` is
 * the identifier of the subject of that name in `matrix-world.ts`, where further subjects are made by the interface
 * itself. A body is that of the document's example where a recipe gives none; If-Match is filled in. A second line for
 * an operation, `operationId@variant`, tells what another subject shows.
 *
 * What a caller may not see is answered as what does not exist: 404 where the address names it, 400 where the body does.
 * The test asks both and compares the answers. A list shows what the caller may see, be it nothing.
 *
 * Each success is tried on the same world, which is brought back after it; a refusal may change nothing in it.
 */

/** The callers, in the order of the columns. */
export const callers = [
  'administrator',
  'sponsor',
  'convener',
  'member',
  'observer',
  'otherOrganisation',
  'revokedMember',
  'analyst',
  'expired',
  'anonymous',
] as const;
export type CallerName = (typeof callers)[number];

/**
 * administrator, otherOrganisation: outside the space. sponsor: guarantees it. revokedMember: left it. analyst: a client
 * of an organisation outside, for statistics alone. expired: member, by a token past its time. anonymous: without one.
 */
export const table = `
#                                          adm spo con mem obs oth rev ana exp ano
listOrganisations                          200 200 200 200 200 200 200 403 401 401
createOrganisation                         201 403 403 403 403 403 403 403 401 401
getOrganisation                            200 200 200 200 200 200 200 403 401 401
changeOrganisation                         200 403 403 200 403 403 403 403 401 401
listOrganisationVersions                   200 200 200 200 200 200 200 403 401 401
listMergers                                200 200 200 200 200 200 200 403 401 401
recordMerger                               201 403 403 403 403 403 403 403 401 401
getMerger                                  200 200 200 200 200 200 200 403 401 401

listOrganisationMoves                      200 200 200 200 200 200 200 403 401 401
offerOrganisationMove                      403 403 403 201 403 403 403 403 401 401
getOrganisationMove                        200 404 404 404 404 404 404 403 401 401
getOrganisationMove@own                    200 404 200 404 404 404 404 403 401 401
decideOrganisationMove                     200 404 404 404 404 404 404 403 401 401
decideOrganisationMove@withdrawal          200 404 200 404 404 404 404 403 401 401
decideOrganisationMove@other               403 404 403 404 404 404 404 403 401 401
getOrganisationMoveReceipt                 200 404 404 404 404 404 404 403 401 401
getOrganisationMoveReceipt@open            404 404 404 404 404 404 404 403 401 401

listAlliances                              200 200 200 200 200 200 200 403 401 401
createAlliance                             201 201 201 201 201 201 201 403 401 401
getAlliance                                404 404 200 200 200 404 404 403 401 401
getAlliance@public                         200 200 200 200 200 200 200 403 401 401
changeAlliance                             404 404 200 403 403 404 404 403 401 401
changeAlliance@public                      403 403 200 403 403 403 403 403 401 401
listAllianceMemberships                    404 404 200 200 200 404 404 403 401 401
listAllianceMemberships@public             200 200 200 200 200 200 200 403 401 401
offerMembership                            404 404 201 403 403 404 404 403 401 401
offerMembership@application                404 404 201 409 201 404 404 403 401 401
offerMembership@publicApplication          201 201 409 201 201 201 201 403 401 401
listMemberships                            200 200 200 200 200 200 200 403 401 401
getMembership                              404 404 200 200 200 404 404 403 401 401
getMembership@former                       404 404 200 200 200 404 200 403 401 401
getMembership@invitation                   404 404 200 200 200 200 404 403 401 401
decideMembership                           404 404 403 403 403 200 404 403 401 401
decideMembership@withdrawal                404 404 200 403 403 404 404 403 401 401
endMembership                              404 404 200 200 403 404 404 403 401 401
listCharters                               404 404 200 200 200 404 404 403 401 401
publishCharter                             404 404 201 403 403 404 404 403 401 401
getCharter                                 404 404 200 200 200 404 404 403 401 401
decideCharter                              404 404 200 200 403 404 404 403 401 401
listCharterDecisions                       404 404 200 200 200 404 404 403 401 401
offerSponsorship                           404 404 201 403 403 404 404 403 401 401
listSponsorships                           200 200 200 200 200 200 200 403 401 401
getSponsorship                             404 200 200 200 200 404 404 403 401 401
decideSponsorship                          404 200 403 403 403 404 404 403 401 401
decideSponsorship@withdrawal               404 403 200 403 403 404 404 403 401 401
endSponsorship                             404 200 200 403 403 404 404 403 401 401

listInitiatives                            200 200 200 200 200 200 200 403 401 401
createInitiative                           400 400 201 201 403 400 400 403 401 401
createInitiative@public                    403 403 201 403 403 403 403 403 401 401
getInitiative                              404 404 200 200 200 404 404 403 401 401
getInitiative@public                       200 200 200 200 200 200 200 403 401 401
changeInitiative                           404 404 200 200 403 404 404 403 401 401
changeInitiativeStage                      404 404 200 200 403 404 404 403 401 401
listParticipations                         404 404 200 200 200 404 404 403 401 401
addParticipation                           404 404 201 201 403 404 404 403 401 401
addParticipation@own                       404 404 409 201 403 404 404 403 401 401
getParticipation                           404 404 200 200 200 404 404 403 401 401
decideParticipation                        404 404 403 200 403 404 404 403 401 401
decideParticipation@withdrawal             404 404 200 403 403 404 404 403 401 401
changeStance                               404 404 403 200 403 404 404 403 401 401
listStances                                404 404 200 200 200 404 404 403 401 401
leaveInitiative                            404 404 403 200 403 404 404 403 401 401
listKnowledgeLinks                         404 404 200 200 200 404 404 403 401 401
linkKnowledge                              404 404 201 201 403 404 404 403 401 401
getKnowledgeLink                           404 404 200 200 200 404 404 403 401 401
unlinkKnowledge                            404 404 200 200 403 404 404 403 401 401

listSessionSeries                          200 200 200 200 200 200 200 403 401 401
createSessionSeries                        400 400 201 201 403 400 400 403 401 401
getSessionSeries                           404 404 200 200 200 404 404 403 401 401
endSessionSeries                           404 404 200 200 403 404 404 403 401 401
getRhythm                                  404 404 200 200 200 404 404 403 401 401
getRhythm@public                           200 200 200 200 200 200 200 403 401 401
getSponsorRhythm                           404 200 200 200 200 404 404 403 401 401
listSessions                               200 200 200 200 200 200 200 403 401 401
createSession                              400 400 201 201 403 400 400 403 401 401
createSession@public                       403 403 201 403 403 403 403 403 401 401
getSession                                 404 404 200 200 200 404 404 403 401 401
getSession@public                          200 200 200 200 200 200 200 403 401 401
changeSession                              404 404 200 200 403 404 404 403 401 401
decideSession                              404 404 200 200 403 404 404 403 401 401
listAttendances                            404 404 200 200 200 404 404 403 401 401
listAttendances@public                     200 200 200 200 200 200 200 403 401 401
recordAttendance                           404 404 200 200 403 404 404 403 401 401
listOutcomes                               404 404 200 200 200 404 404 403 401 401
recordOutcome                              404 404 201 201 403 404 404 403 401 401
getOutcome                                 404 404 200 200 200 404 404 403 401 401
removeOutcome                              404 404 403 204 403 404 404 403 401 401
openCalendarFeed                           404 404 201 201 403 404 404 403 401 401
listCalendarFeeds                          200 200 200 200 200 200 200 403 401 401
getCalendarFeed                            404 404 404 200 404 404 404 403 401 401
revokeCalendarFeed                         404 404 404 204 404 404 404 403 401 401

listCommitments                            200 200 200 200 200 200 200 403 401 401
createCommitment                           400 400 201 201 403 400 400 403 401 401
getCommitment                              404 404 200 200 200 404 404 403 401 401
getCommitment@offered                      404 404 200 200 404 404 404 403 401 401
listCommitmentSteps                        404 404 200 200 200 404 404 403 401 401
decideOnCommitment                         404 404 403 200 404 404 404 403 401 401
decideOnCommitment@withdrawal              404 404 200 403 404 404 404 403 401 401
counterCommitment                          404 404 403 201 404 404 404 403 401 401
fulfilCommitment                           404 404 403 200 403 404 404 403 401 401
confirmCommitment                          404 404 200 403 403 404 404 403 401 401
cancelCommitment                           404 404 200 200 403 404 404 403 401 401
countCommitments                           200 200 200 200 200 200 200 403 401 401
listDateOffers                             404 404 200 200 200 404 404 403 401 401
offerDate                                  404 404 201 201 403 404 404 403 401 401
getDateOffer                               404 404 200 200 404 404 404 403 401 401
decideDateOffer                            404 404 200 403 404 404 404 403 401 401
decideDateOffer@withdrawal                 404 404 403 200 404 404 404 403 401 401

listKnowledgeItems                         200 200 200 200 200 200 200 403 401 401
createKnowledgeItem                        201 201 201 201 201 201 201 403 401 401
countKnowledgeItems                        200 200 200 200 200 200 200 403 401 401
getKnowledgeItem                           404 404 200 200 200 404 404 403 401 401
getKnowledgeItem@public                    200 200 200 200 200 200 200 403 401 401
changeKnowledgeItem                        404 404 403 200 403 404 404 403 401 401
withdrawKnowledgeItem                      404 404 403 200 403 404 404 403 401 401
listKnowledgeVersions                      404 404 200 200 200 404 404 403 401 401
publishKnowledgeVersion                    404 404 403 201 403 404 404 403 401 401
getKnowledgeVersion                        404 404 200 200 200 404 404 403 401 401
compareKnowledgeVersions                   404 404 200 200 200 404 404 403 401 401
listKnowledgeShares                        404 404 200 200 200 404 404 403 401 401
shareKnowledgeItem                         404 404 403 201 403 404 404 403 401 401
shareKnowledgeItem@harvest                 404 404 403 409 403 404 404 403 401 401
getKnowledgeShare                          404 404 200 200 200 404 404 403 401 401
endKnowledgeShare                          404 404 403 204 403 404 404 403 401 401
listItemContributions                      404 404 200 200 200 404 404 403 401 401
offerContribution                          404 404 403 201 403 404 404 403 401 401
offerContribution@harvest                  404 404 403 409 403 404 404 403 401 401
listKnowledgeContributions                 200 200 200 200 200 200 200 403 401 401
getKnowledgeContribution                   404 404 200 200 200 404 404 403 401 401
getKnowledgeContribution@offered           404 404 200 200 404 404 404 403 401 401
decideContribution                         404 404 200 403 404 404 404 403 401 401
decideContribution@withdrawal              404 404 403 200 404 404 404 403 401 401
listItemAdoptions                          404 404 200 200 200 404 404 403 401 401
stateAdoption                              404 404 201 409 201 404 404 403 401 401
listAdoptions                              200 200 200 200 200 200 200 403 401 401
getAdoption                                404 404 200 200 200 404 404 403 401 401
respondToAdoption                          404 404 403 200 403 404 404 403 401 401
withdrawAdoption                           404 404 200 403 403 404 404 403 401 401

offerOwnership                             400 400 201 403 403 400 400 403 401 401
listOwnershipOffers                        200 200 200 200 200 200 200 403 401 401
getOwnershipOffer                          404 404 200 200 404 404 404 403 401 401
decideOwnershipOffer                       404 404 403 200 404 404 404 403 401 401
decideOwnershipOffer@withdrawal            404 404 200 403 404 404 404 403 401 401
releaseOwnership                           400 400 201 403 403 400 400 403 401 401
listOwnershipRecords                       200 200 200 200 200 200 200 403 401 401
getOwnershipRecord                         404 404 200 200 200 404 404 403 401 401
getOwnershipReceipt                        404 404 200 200 200 404 404 403 401 401
listOwnershipOrphans                       200 200 200 200 200 200 200 403 401 401

getAlliance@closing                        404 404 200 200 200 404 404 403 401 401
getAlliance@destroyed                      404 404 404 404 404 404 404 403 401 401
createInitiative@closing                   400 400 409 409 409 400 400 403 401 401
offerHarvest                               400 400 201 201 403 400 400 403 401 401
listHarvests                               200 200 200 200 200 200 200 403 401 401
getHarvest                                 404 404 200 200 200 404 404 403 401 401
getHarvest@outside                         404 404 200 200 200 200 404 403 401 401
decideHarvest                              404 404 403 200 403 404 404 403 401 401
decideHarvest@outside                      404 404 403 200 403 200 404 403 401 401
decideHarvest@withdrawal                   404 404 200 403 403 404 404 403 401 401
offerHandover                              404 404 201 201 403 404 404 403 401 401
offerHandover@goingOn                      404 404 409 409 403 404 404 403 401 401
listHandovers                              200 200 200 200 200 200 200 403 401 401
getHandover                                404 404 200 200 404 404 404 403 401 401
decideHandover                             404 404 200 403 404 404 404 403 401 401
decideHandover@withdrawal                  404 404 403 200 404 404 404 403 401 401
getSpaceClosure                            404 404 200 200 200 404 404 403 401 401
getSpaceClosure@destroyed                  404 404 200 200 200 404 404 403 401 401
getSpaceClosure@goingOn                    404 404 404 404 404 404 404 403 401 401
getSpaceArchive                            404 404 200 200 200 404 404 403 401 401
getDestructionReceipt                      404 200 200 200 200 404 404 403 401 401
getDestructionReceipt@archived             404 404 404 404 404 404 404 403 401 401

registerProfessional                       201 201 201 201 201 201 201 403 401 401
listProfessionals                          200 200 200 200 200 200 200 403 401 401
getProfessional                            404 200 200 200 404 200 404 403 401 401
getProfessional@erased                     404 404 404 200 404 404 404 403 401 401
changeProfessional                         404 403 403 200 404 403 404 403 401 401
changeProfessional@person                  200 200 200 200 200 200 200 403 401 401
changeProfessional@wrongCode               404 403 403 403 404 403 404 403 401 401
renewPersonalCode                          404 403 403 201 404 403 404 403 401 401
offerAffiliation                           404 404 404 201 404 404 404 403 401 401
offerAffiliation@again                     404 409 409 409 404 409 404 403 401 401
offerAffiliation@elsewhere                 404 403 403 201 404 403 404 403 401 401
offerAffiliation@person                    201 201 201 201 201 201 201 403 401 401
offerAffiliation@wrongCode                 404 403 403 403 404 403 404 403 401 401
listAffiliations                           200 200 200 200 200 200 200 403 401 401
getAffiliation                             404 404 404 200 404 404 404 403 401 401
getAffiliation@claimed                     404 404 404 200 404 200 404 403 401 401
decideAffiliation                          404 404 404 403 404 200 404 403 401 401
decideAffiliation@withdrawal               404 404 404 200 404 403 404 403 401 401
decideAffiliation@forPerson                404 404 404 403 404 404 404 403 401 401
decideAffiliation@person                   200 200 200 200 200 200 200 403 401 401
decideAffiliation@wrongCode                404 404 404 403 404 404 404 403 401 401
endAffiliation                             404 404 404 200 404 404 404 403 401 401
endAffiliation@placed                      404 404 404 403 404 404 404 403 401 401
endAffiliation@person                      200 200 200 200 200 200 200 403 401 401
endAffiliation@wrongCode                   404 404 404 403 404 404 404 403 401 401
recordProfessionalContribution             404 403 403 201 404 403 404 403 401 401
recordProfessionalContribution@offered     404 403 403 403 404 409 404 403 401 401
recordProfessionalContribution@hidden      404 400 403 403 404 403 404 403 401 401
listProfessionalContributions              200 200 200 200 200 200 200 403 401 401
getProfessionalContribution                404 404 200 200 404 404 404 403 401 401
removeProfessionalContribution             404 404 403 204 404 404 404 403 401 401
exportPersonalData                         200 200 200 200 200 200 200 403 401 401
exportPersonalData@wrongCode               404 403 403 403 404 403 404 403 401 401
requestErasure                             404 403 403 201 404 403 404 403 401 401
requestErasure@person                      201 201 201 201 201 201 201 403 401 401
requestErasure@wrongCode                   404 403 403 403 404 403 404 403 401 401
requestErasure@erased                      404 404 404 404 404 404 404 403 401 401
listErasures                               200 200 200 200 200 200 200 403 401 401
getErasure                                 404 404 404 200 404 200 404 403 401 401
getErasureReceipt                          404 404 404 200 404 200 404 403 401 401

listProcessingRecords                      200 200 200 200 200 200 200 403 401 401
listProcessingActivities                   200 200 200 200 200 200 200 403 401 401
listRetentionRules                         200 200 200 200 200 200 200 403 401 401

getNetworkStatistics                       200 200 200 200 200 200 200 200 401 401
listOrganisationStatistics                 200 200 200 200 200 200 200 200 401 401
getCommitmentStatistics                    200 200 200 200 200 200 200 200 401 401
getDeedStatistics                          200 200 200 200 200 200 200 200 401 401
getOwnershipStatistics                     200 200 200 200 200 200 200 200 401 401
getKnowledgeFlowStatistics                 200 200 200 200 200 200 200 200 401 401
getParticipationStatistics                 200 200 200 200 200 200 200 200 401 401
getTimeline                                200 200 200 200 200 200 200 200 401 401
listTies                                   200 200 200 200 200 200 200 200 401 401
getCommunities                             200 200 200 200 200 200 200 200 401 401
getBrokerage                               200 200 200 200 200 200 200 200 401 401
getGraph                                   200 200 200 200 200 200 200 200 401 401
listComputations                           200 200 200 200 200 200 200 200 401 401
getComputation                             200 404 404 404 404 404 404 404 401 401
cancelComputation                          409 404 404 404 404 404 404 404 401 401
getNullModel                               200 200 200 200 200 200 200 200 401 401
getAllianceStatistics                      200 200 200 200 200 200 200 200 401 401
getMultiplexity                            200 200 200 200 200 200 200 200 401 401

listEvents                                 200 200 200 200 200 200 200 403 401 401
createWebhook                              201 201 201 201 201 201 201 403 401 401
listWebhooks                               200 200 200 200 200 200 200 403 401 401
getWebhook                                 404 404 404 200 404 404 404 403 401 401
changeWebhook                              404 404 404 200 404 404 404 403 401 401
removeWebhook                              404 404 404 204 404 404 404 403 401 401
requestWebhookVerification                 404 404 404 202 404 404 404 403 401 401
rotateWebhookSecret                        404 404 404 201 404 404 404 403 401 401
testWebhook                                404 404 404 202 404 404 404 403 401 401
listWebhookDeliveries                      404 404 404 200 404 404 404 403 401 401
getWebhookDelivery                         404 404 404 200 404 404 404 403 401 401
redeliverWebhookDeliveries                 404 404 404 202 404 404 404 403 401 401

listAuditRecords                           200 200 200 200 200 200 200 403 401 401
listAuditHeads                             200 200 200 200 200 200 200 403 401 401
listImports                                200 403 403 403 403 403 403 403 401 401
createImport                               202 403 403 403 403 403 403 403 401 401
getImport                                  200 403 403 403 403 403 403 403 401 401
cancelImport                               200 403 403 403 403 403 403 403 401 401
listImportRows                             200 403 403 403 403 403 403 403 401 401

listExports                                200 200 200 200 200 200 200 403 401 401
createExport                               202 202 202 202 202 202 202 403 401 401
getExport                                  200 404 404 404 404 404 404 403 401 401
cancelExport                               200 404 404 404 404 404 404 403 401 401
getExportContent                           200 404 404 404 404 404 404 403 401 401

getCaller                                  200 200 200 200 200 200 200 403 401 401
listClients                                200 403 403 403 403 403 403 403 401 401
createClient                               201 403 403 403 403 403 403 403 401 401
getClient                                  200 403 403 403 403 403 403 403 401 401
changeClient                               200 403 403 403 403 403 403 403 401 401
addClientKey                               201 403 403 403 403 403 403 403 401 401
removeClientKey                            204 403 403 403 403 403 403 403 401 401
rotateClientSecret                         201 403 403 403 403 403 403 403 401 401

listReplicaRemovals                        200 200 200 200 200 200 200 403 401 401
listQuarantinedThings                      200 403 403 403 403 403 403 403 401 401
listPeers                                  200 403 403 403 403 403 403 403 401 401
offerPeering                               201 403 403 403 403 403 403 403 401 401
getPeer                                    200 403 403 403 403 403 403 403 401 401
decidePeering                              200 403 403 403 403 403 403 403 401 401
decidePeering@withdrawal                   200 403 403 403 403 403 403 403 401 401
endPeering                                 200 403 403 403 403 403 403 403 401 401

getNode                                    200 200 200 200 200 200 200 200 200 200
`;

/** The subject that stands for a path parameter, by its name in the world; a number stands for itself. */
export const subjects: Readonly<Record<string, string>> = {
  organisationId: 'member',
  mergerId: 'merger',
  allianceId: 'space',
  membershipId: 'space.member',
  charterId: 'charter',
  sponsorshipId: 'sponsorship',
  initiativeId: 'initiative',
  participationId: 'participation',
  knowledgeLinkId: 'knowledgeLink',
  seriesId: 'series',
  sessionId: 'session',
  outcomeId: 'outcome',
  feedId: 'feed',
  commitmentId: 'commitment',
  dateOfferId: 'dateOffer',
  itemId: 'item',
  number: '2',
  shareId: 'share',
  contributionId: 'contribution',
  adoptionId: 'adoption',
  offerId: 'offer',
  recordId: 'record',
  importId: 'import',
  exportId: 'export',
  computationId: 'computation',
  clientId: 'idleClient',
  keyId: 'idleKey',
  harvestId: 'harvest',
  handoverId: 'handover',
  professionalId: 'professional',
  affiliationId: 'professional.affiliation',
  erasureId: 'erasure',
  webhookId: 'webhook',
  deliveryId: 'delivery',
  peerId: 'peer',
  moveId: 'move',
};

const log = ['processing_records'];

/**
 * The tables in which a read leaves its trace, by its line or its operation: what is read of a person is in the processing log. A
 * refusal leaves none.
 */
export const traces: Readonly<Record<string, readonly string[]>> = {
  getProfessional: log,
  // What is left of somebody who was erased is about nobody.
  'getProfessional@erased': [],
  listProfessionals: log,
  getAffiliation: log,
  listAffiliations: log,
  getProfessionalContribution: log,
  listProfessionalContributions: log,
};

/** What is sent other than the subjects above and the body of the document's example. */
export type Recipe = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Subjects that are not what is hidden here. */
  readonly known?: readonly string[];
};

const accept = { decision: 'accepted' };
const withdraw = { decision: 'withdrawn' };
const subject = { type: 'initiative', id: '$initiative' };
const elsewhere = { allianceId: '$thirdSpace', title: 'Een terugblik' };
/** The address of the node with which a peering holds. */
export const livePeerUrl = 'https://leernetwerk.livepeer.example';

const person = { personalCode: '$professional.code' };
const another = { personalCode: '$placed.code' };
const work = { subjectType: 'initiative', role: 'Dacht mee' };

/** Recipes by the name of the line. */
export const recipes: Readonly<Record<string, Recipe>> = {
  recordMerger: { body: { predecessorIds: ['$guest'], successorId: '$heir', effectiveOn: '2024-02-01' } },
  'getAlliance@public': { params: { allianceId: 'publicAlliance' } },
  'changeAlliance@public': { params: { allianceId: 'publicAlliance' } },
  'listAllianceMemberships@public': { params: { allianceId: 'publicAlliance' } },
  offerMembership: { params: { allianceId: 'thirdSpace' }, body: { organisationId: '$guest' } },
  'offerMembership@application': { body: {} },
  'offerMembership@publicApplication': { params: { allianceId: 'publicAlliance' }, body: { role: 'convener' } },
  'getMembership@former': { params: { membershipId: 'formerMembership' } },
  'getMembership@invitation': { params: { membershipId: 'invitation' } },
  decideMembership: { params: { membershipId: 'invitation' }, body: accept },
  'decideMembership@withdrawal': { params: { membershipId: 'invitationToGuest' }, body: withdraw },
  endMembership: { body: { reason: 'In overleg.' } },
  decideCharter: { body: { ...accept, contentHash: '$contentHash' } },
  offerSponsorship: { params: { allianceId: 'thirdSpace' }, body: { organisationId: '$guest' } },
  decideSponsorship: { params: { sponsorshipId: 'askedSponsorship' }, body: accept },
  'decideSponsorship@withdrawal': { params: { sponsorshipId: 'askedSponsorship' }, body: withdraw },
  createInitiative: { body: { allianceId: '$space', title: 'Samen aan tafel' } },
  'createInitiative@public': { body: { allianceId: '$publicAlliance', title: 'Samen aan tafel' } },
  'getInitiative@public': { params: { initiativeId: 'publicInitiative' } },
  changeInitiativeStage: { body: { stage: 'stopped', reason: 'Het is af.' } },
  addParticipation: { body: { organisationId: '$partner' } },
  'addParticipation@own': { params: { initiativeId: 'secondIdea' }, body: {} },
  decideParticipation: {
    params: { participationId: 'askedParticipation' },
    body: { ...accept, stance: 'contributor' },
  },
  'decideParticipation@withdrawal': { params: { participationId: 'askedParticipation' }, body: withdraw },
  linkKnowledge: { body: { itemId: '$publicItem', relation: 'produced' } },
  createSessionSeries: { body: { ...newSeries, allianceId: '$space' } },
  'getRhythm@public': { params: { allianceId: 'publicAlliance' } },
  createSession: { body: { ...newSession, allianceId: '$space' } },
  'createSession@public': { body: { ...newSession, allianceId: '$publicAlliance' } },
  'getSession@public': { params: { sessionId: 'publicSession' } },
  changeSession: { params: { sessionId: 'comingSession' } },
  decideSession: { params: { sessionId: 'pastSession' } },
  'listAttendances@public': { params: { sessionId: 'publicSession' } },
  recordOutcome: { body: { kind: 'knowledge_item', itemId: '$item' } },
  createCommitment: {
    body: {
      ...{ initiativeId: '$initiative', title: 'Een dag', dueOn: '2099-01-01' },
      beneficiaryOrganisationId: '$partner',
    },
  },
  'getCommitment@offered': { params: { commitmentId: 'askedCommitment' } },
  decideOnCommitment: { params: { commitmentId: 'askedCommitment' }, body: accept },
  'decideOnCommitment@withdrawal': { params: { commitmentId: 'askedCommitment' }, body: withdraw },
  counterCommitment: { params: { commitmentId: 'askedCommitment' }, body: { dueOn: '2099-03-01' } },
  confirmCommitment: { params: { commitmentId: 'fulfilled' } },
  listDateOffers: { params: { commitmentId: 'dated' } },
  decideDateOffer: { body: accept },
  'decideDateOffer@withdrawal': { body: withdraw },
  'getKnowledgeItem@public': { params: { itemId: 'publicItem' } },
  changeKnowledgeItem: { body: { title: 'Vroeger bellen' } },
  publishKnowledgeVersion: { params: { itemId: 'changedItem' }, body: {} },
  shareKnowledgeItem: { params: { itemId: 'changedItem' }, body: { allianceId: '$secondSpace' } },
  'shareKnowledgeItem@harvest': { body: { allianceId: '$secondSpace' } },
  offerContribution: { params: { itemId: 'changedItem' }, body: { organisationId: '$guest' } },
  'offerContribution@harvest': { body: { organisationId: '$guest' } },
  'getKnowledgeContribution@offered': { params: { contributionId: 'askedContribution' } },
  decideContribution: { params: { contributionId: 'askedContribution' }, body: accept },
  'decideContribution@withdrawal': { params: { contributionId: 'askedContribution' }, body: withdraw },
  offerOwnership: { body: { subject, share: 'joint', organisationId: '$partner' } },
  decideOwnershipOffer: { body: accept },
  redeliverWebhookDeliveries: { body: { deliveryId: '$delivery' } },
  'decideOwnershipOffer@withdrawal': { body: withdraw },
  releaseOwnership: { body: { subject, share: 'accountable', reason: 'Genoeg gedragen.' } },
  'getAlliance@closing': { params: { allianceId: 'closingSpace' } },
  'getAlliance@destroyed': { params: { allianceId: 'destroyedSpace' } },
  'createInitiative@closing': { body: { allianceId: '$closingSpace', title: 'Nog één keer' } },
  offerHarvest: { body: { itemId: '$heldItem', allianceId: '$closingSpace', visibility: 'public' } },
  'getHarvest@outside': { params: { harvestId: 'outsideHarvest' } },
  decideHarvest: { body: accept },
  'decideHarvest@outside': { params: { harvestId: 'outsideHarvest' }, body: accept },
  'decideHarvest@withdrawal': { body: withdraw },
  offerHandover: { params: { commitmentId: 'heldCommitment' }, body: elsewhere },
  'offerHandover@goingOn': { body: elsewhere },
  decideHandover: { body: accept },
  'decideHandover@withdrawal': { body: withdraw },
  getSpaceClosure: { params: { allianceId: 'closingSpace' } },
  'getSpaceClosure@destroyed': { params: { allianceId: 'destroyedSpace' } },
  getSpaceArchive: { params: { allianceId: 'archivedSpace' } },
  getDestructionReceipt: { params: { allianceId: 'destroyedSpace' } },
  'getDestructionReceipt@archived': { params: { allianceId: 'archivedSpace' } },
  'getProfessional@erased': { params: { professionalId: 'erased' } },
  'changeProfessional@person': { body: { ...person, contact: 'noor@wijk.example' } },
  'changeProfessional@wrongCode': { body: { ...another, contact: 'noor@wijk.example' } },
  offerAffiliation: { params: { professionalId: 'placed' }, body: { role: 'Coach' } },
  'offerAffiliation@again': { body: { role: 'Coach' } },
  'offerAffiliation@elsewhere': { body: { role: 'Coach', organisationId: '$guest' } },
  'offerAffiliation@person': { body: { ...person, role: 'Coach', organisationId: '$guest' } },
  'offerAffiliation@wrongCode': { body: { ...another, role: 'Coach', organisationId: '$guest' } },
  'getAffiliation@claimed': { params: { affiliationId: 'claimedAffiliation' } },
  decideAffiliation: { params: { affiliationId: 'claimedAffiliation' }, body: accept },
  'decideAffiliation@withdrawal': { params: { affiliationId: 'claimedAffiliation' }, body: withdraw },
  'decideAffiliation@forPerson': { params: { affiliationId: 'newcomer.affiliation' }, body: accept },
  'decideAffiliation@person': {
    params: { affiliationId: 'newcomer.affiliation' },
    body: { ...accept, personalCode: '$newcomer.code' },
  },
  'decideAffiliation@wrongCode': { params: { affiliationId: 'newcomer.affiliation' }, body: { ...accept, ...another } },
  endAffiliation: { body: { reason: 'In overleg.' } },
  'endAffiliation@placed': { params: { affiliationId: 'placed.affiliation' }, body: {} },
  'endAffiliation@person': { body: person },
  'endAffiliation@wrongCode': { body: another },
  recordProfessionalContribution: {
    body: { subjectType: 'knowledge_item', role: 'Schreef', organisationId: '$member', subjectId: '$item' },
  },
  'recordProfessionalContribution@offered': {
    body: { ...work, organisationId: '$otherOrganisation', subjectId: '$publicInitiative' },
  },
  'recordProfessionalContribution@hidden': {
    body: { ...work, organisationId: '$sponsor', subjectId: '$initiative' },
    known: ['professional'],
  },
  getProfessionalContribution: { params: { contributionId: 'part' } },
  removeProfessionalContribution: { params: { contributionId: 'part' } },
  exportPersonalData: { body: person },
  'exportPersonalData@wrongCode': { body: another },
  requestErasure: { body: { ground: 'objection' } },
  'requestErasure@person': { body: { ...person, ground: 'objection' } },
  'requestErasure@wrongCode': { body: { ...another, ground: 'objection' } },
  'requestErasure@erased': { params: { professionalId: 'erased' }, body: { ground: 'objection' } },
  getExportContent: { params: { exportId: 'archive' } },
  createImport: { query: { resource: 'organisations', source: 'another register' } },
  createClient: {
    body: {
      ...{ name: 'Zaaksysteem', organisationId: '$guest', scopes: ['organisations:read'] },
      jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'one' }] },
    },
  },
  rotateClientSecret: { params: { clientId: 'secondAdministrator' } },
  offerOrganisationMove: { body: { organisationId: '$member', to: livePeerUrl } },
  'getOrganisationMove@own': { params: { moveId: 'ownMove' } },
  'decideOrganisationMove@withdrawal': { params: { moveId: 'ownMove' }, body: { decision: 'withdrawn' } },
  'decideOrganisationMove@other': { params: { moveId: 'ownMove' }, body: { decision: 'accepted' } },
  getOrganisationMoveReceipt: { params: { moveId: 'moved' } },
  'getOrganisationMoveReceipt@open': { params: { moveId: 'ownMove' } },
  'decidePeering@withdrawal': { params: { peerId: 'ownPeer' }, body: { decision: 'withdrawn' } },
  endPeering: { params: { peerId: 'livePeer' } },
};

/** A line of the table: the operation and what each caller is promised. */
export type Line = { readonly name: string; readonly operationId: string; readonly statuses: readonly number[] };

/** Reads a table; throws where a line has not a status for each caller. */
export function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    const [name, ...statuses] = line.trim().split(/\s+/);
    if (name === undefined || name === '' || name === '#') return [];
    if (statuses.length !== callers.length || statuses.some((status) => !/^[2-4]\d\d$/.test(status)))
      throw new Error(`${name} has not a status for each caller`);
    return [{ name, operationId: name.split('@')[0] ?? name, statuses: statuses.map(Number) }];
  });
}

/** Operations without a line, lines and recipes without an operation, and lines that are there twice. */
export function gapsOf(operationIds: readonly string[], lines: readonly Line[], given: readonly string[]): string[] {
  const names = lines.map(({ name }) => name);
  return [
    ...operationIds.filter((id) => !names.includes(id)).map((id) => `${id} has no line`),
    ...lines
      .filter(({ operationId }) => !operationIds.includes(operationId))
      .map(({ name }) => `${name} is no operation`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} is there twice`),
    ...given.filter((name) => !names.includes(name)).map((name) => `${name} has a recipe or a trace and no line`),
  ];
}
