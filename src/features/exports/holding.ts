import { type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { alliances, sponsorships } from '../alliances/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import {
  isMember,
  visibleAffiliations,
  visibleKnowledgeItems,
  visibleProfessionals,
  visibleSponsorships,
} from '../policy/policy.ts';
import { affiliations, professionals } from '../professionals/tables.ts';
import { exportSubjects, exports } from './tables.ts';

/**
 * What an organisation sees by more than being of this node, and can lose the sight of: its memberships, items that are
 * shared with its alliances or to which it contributes, spaces that it guarantees, people and their affiliations with it.
 */
const heldBy = (viewer: string): SQL => sql`
  select 'alliance' as kind, ${alliances.id} as subject_id from ${alliances}
    where ${isMember(viewer, sql`${alliances.id}`)}
  union all select 'knowledge_item', ${knowledgeItems.id} from ${knowledgeItems}
    where ${knowledgeItems.organisationId} <> ${viewer}::uuid and ${knowledgeItems.state} <> 'withdrawn'
      and (${knowledgeItems.visibility} = 'alliances' or ${knowledgeItems.state} = 'draft')
      and ${visibleKnowledgeItems(viewer)}
  union all select 'sponsorship', ${sponsorships.id} from ${sponsorships}
    where ${sponsorships.organisationId} = ${viewer}::uuid and ${sponsorships.state} = 'accepted'
      and ${visibleSponsorships(viewer)}
  union all select 'professional', ${professionals.id} from ${professionals}
    where ${professionals.erasedAt} is null and ${visibleProfessionals(viewer)}
  union all select 'affiliation', ${affiliations.id} from ${affiliations}
    join ${professionals} on ${professionals.id} = ${affiliations.professionalId}
    where ${affiliations.state} = 'accepted' and ${visibleAffiliations(viewer)}`;

/** What the organisation holds now, as it is kept with an export. */
export async function readHeld(db: Db, viewer: string): Promise<{ kind: string; subject_id: string }[]> {
  return [...(await db.execute<{ kind: string; subject_id: string }>(heldBy(viewer)))];
}

/** True where the organisation still holds all that it held when the export began. */
export const stillHolds = (viewer: string, exportId: SQL): SQL => sql`(not exists (
  select s.kind, s.subject_id from ${exportSubjects} s where s.export_id = ${exportId}
  except select h.kind, h.subject_id from (${heldBy(viewer)}) h))`;

/** The exports of a client: those that it asked for, for the organisation for which it acts now. */
export const ownExports = ({ clientId, organisationId }: Caller): SQL =>
  sql`(${exports.clientId} = ${clientId} and ${exports.organisationId} = ${organisationId}::uuid)`;
