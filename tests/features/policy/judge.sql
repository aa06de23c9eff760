-- What each organisation may read, written from what the design and the descriptions of the operations promise, and
-- apart from src/features/policy/policy.ts: two accounts of one promise, so that a fault in either shows. `judge.viewer`
-- is the organisation that reads; it is empty for a token without one.

create schema judge;
grant usage on schema judge to samendoen_judge;

create function judge.viewer() returns uuid language sql stable
  return nullif(current_setting('judge.viewer', true), '')::uuid;

-- Whoever has an accepted membership whose days hold today takes part, in whatever role.
create function judge.takes_part(in_alliance uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.memberships where alliance_id = in_alliance and organisation_id = judge.viewer()
    and state = 'accepted' and daterange(starts_on, ends_on) @> current_date)
$$;

-- Public ones are for everybody, those of the network for its organisations, a closed space for those who are in it:
-- for neither its sponsor nor an administrator.
create function judge.sees_alliance(an_alliance uuid) returns boolean language sql stable security definer as $$
  select coalesce((select case visibility when 'public' then true when 'network' then judge.viewer() is not null
      when 'closed' then judge.takes_part(id) end
    from public.alliances where id = an_alliance), false)
$$;

create function judge.sees_initiative(an_initiative uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.sees_alliance(alliance_id) from public.initiatives where id = an_initiative), false)
$$;

-- A draft is for its author and those whom it asked to contribute; what is published for whom it was published to, also
-- after it was withdrawn, when nothing is left of it but a tombstone.
create function judge.sees_item(an_item uuid) returns boolean language sql stable security definer as $$
  select coalesce((select i.organisation_id = judge.viewer()
      or exists (select from public.knowledge_contributions where item_id = i.id and organisation_id = judge.viewer()
        and state not in ('declined', 'withdrawn', 'expired', 'ended'))
      or (i.state in ('published', 'withdrawn') and case i.visibility when 'public' then true
        when 'network' then judge.viewer() is not null
        when 'alliances' then exists (select from public.knowledge_shares
          where item_id = i.id and ended_at is null and judge.takes_part(alliance_id)) end)
    from public.knowledge_items i where i.id = an_item), false)
$$;

create function judge.is_author(an_item uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.knowledge_items where id = an_item and organisation_id = judge.viewer())
$$;

create function judge.is_withdrawn(an_item uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.knowledge_items where id = an_item and state = 'withdrawn')
$$;

create function judge.is_party(a_commitment uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.commitments where id = a_commitment
    and judge.viewer() in (promiser_organisation_id, beneficiary_organisation_id))
$$;

-- To others, a promise that was agreed and is not late, that was done, or that was confirmed.
create function judge.sees_commitment(a_commitment uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.sees_alliance(alliance_id) and (judge.is_party(id)
      or case state when 'accepted' then not due_on < current_date when 'fulfilled' then true when 'confirmed' then true
        else false end)
    from public.commitments where id = a_commitment), false)
$$;

create function judge.sees_participation(a_participation uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.sees_alliance(i.alliance_id) and (p.joined_at is not null
      or judge.viewer() in (p.organisation_id, p.offered_by_organisation_id) or judge.takes_part(i.alliance_id))
    from public.participations p join public.initiatives i on i.id = p.initiative_id where p.id = a_participation), false)
$$;

create function judge.sees_subject(a_type text, a_subject uuid) returns boolean language sql stable as $$
  select case a_type when 'alliance' then judge.sees_alliance(a_subject) when 'initiative' then judge.sees_initiative(a_subject)
    when 'knowledge_item' then judge.sees_item(a_subject) else false end
$$;

create function judge.alliance_of_charter(a_charter uuid) returns uuid language sql stable security definer as $$
  select alliance_id from public.charters where id = a_charter
$$;

-- Whoever was invited to a closed space may know what it is called, as long as the invitation is open.
create function judge.is_invited(to_alliance uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.memberships where alliance_id = to_alliance and organisation_id = judge.viewer()
    and state = 'offered' and offered_by = 'alliance' and expires_at > now())
$$;

create policy judged on alliances for select to samendoen_judge using (judge.sees_alliance(id));
create policy judged on memberships for select to samendoen_judge using (organisation_id = judge.viewer()
  or judge.takes_part(alliance_id) or (judge.sees_alliance(alliance_id) and state in ('accepted', 'ended')));
create policy judged on charters for select to samendoen_judge using (judge.sees_alliance(alliance_id));
create policy judged on charter_decisions for select to samendoen_judge using (organisation_id = judge.viewer()
  or judge.takes_part(judge.alliance_of_charter(charter_id))
  or (decision = 'accepted' and judge.sees_alliance(judge.alliance_of_charter(charter_id))));
create policy judged on sponsorships for select to samendoen_judge using (organisation_id = judge.viewer()
  or judge.takes_part(alliance_id));

create policy judged on knowledge_items for select to samendoen_judge using (judge.sees_item(id));
create policy judged on knowledge_versions for select to samendoen_judge using (judge.sees_item(item_id));
create policy judged on knowledge_shares for select to samendoen_judge using (judge.sees_item(item_id)
  and judge.sees_alliance(alliance_id));
create policy judged on knowledge_contributions for select to samendoen_judge using (
  judge.viewer() in (organisation_id, offered_by_organisation_id) or judge.is_author(item_id)
  or (state in ('accepted', 'ended') and judge.sees_item(item_id)));
create policy judged on knowledge_adoptions for select to samendoen_judge using (organisation_id = judge.viewer()
  or judge.sees_item(item_id));

-- Sessions are known to whoever sees the alliance; who was there and what came of it to those who take part in it, and of
-- what came of it nobody learns by this way what it may not read itself. A calendar is for who opened it.
create function judge.sees_session(a_session uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.sees_alliance(alliance_id) from public.sessions where id = a_session), false)
$$;
create function judge.takes_part_in_session(a_session uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.takes_part(alliance_id) from public.sessions where id = a_session), false)
$$;
create policy judged on session_series for select to samendoen_judge using (judge.sees_alliance(alliance_id));
create policy judged on sessions for select to samendoen_judge using (judge.sees_session(id));
create policy judged on session_attendances for select to samendoen_judge using (judge.takes_part_in_session(session_id));
create policy judged on session_outcomes for select to samendoen_judge using (judge.takes_part_in_session(session_id)
  and case kind when 'commitment' then judge.sees_commitment(commitment_id) when 'knowledge_item' then judge.sees_item(item_id)
    when 'lesson' then true else false end);
create policy judged on calendar_feeds for select to samendoen_judge using (organisation_id = judge.viewer());

create policy judged on initiatives for select to samendoen_judge using (judge.sees_alliance(alliance_id));
create policy judged on initiative_stages for select to samendoen_judge using (judge.sees_initiative(initiative_id));
create policy judged on participations for select to samendoen_judge using (judge.sees_participation(id));
create policy judged on stances for select to samendoen_judge using (judge.sees_participation(participation_id));
create policy judged on initiative_knowledge for select to samendoen_judge using (judge.sees_initiative(initiative_id)
  and judge.sees_item(item_id));
create policy judged on commitments for select to samendoen_judge using (judge.sees_commitment(id));
create policy judged on commitment_steps for select to samendoen_judge using (judge.sees_commitment(commitment_id)
  and (judge.is_party(commitment_id) or step in ('accepted', 'date_moved', 'fulfilled', 'confirmed')));
create policy judged on date_offers for select to samendoen_judge using (judge.is_party(commitment_id)
  and judge.sees_commitment(commitment_id));

create policy judged on ownership_records for select to samendoen_judge using (judge.sees_subject(subject_type, subject_id));
create policy judged on ownership_offers for select to samendoen_judge using (
  judge.viewer() in (to_organisation_id, from_organisation_id, offered_by_organisation_id)
  and judge.sees_subject(subject_type, subject_id));

-- What leaves a closed space is known in it, and to whoever contributed to the item and so has to answer.
create function judge.must_answer(a_harvest uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.harvest_consents where harvest_id = a_harvest and organisation_id = judge.viewer())
    or exists (select from public.harvests h join public.knowledge_contributions c on c.item_id = h.item_id
      where h.id = a_harvest and h.state = 'offered' and c.organisation_id = judge.viewer() and c.state = 'accepted')
$$;

create function judge.alliance_of_harvest(a_harvest uuid) returns uuid language sql stable security definer as $$
  select alliance_id from public.harvests where id = a_harvest
$$;

-- How a space ended is for those who were in it then; that it did, also for whoever was asked to guarantee it.
create function judge.was_there_at_the_end(of_alliance uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.space_closure_members where alliance_id = of_alliance and organisation_id = judge.viewer())
    or exists (select from public.sponsorships where alliance_id = of_alliance and organisation_id = judge.viewer())
$$;

create policy judged on harvests for select to samendoen_judge using (judge.takes_part(alliance_id) or judge.must_answer(id));
create policy judged on harvest_consents for select to samendoen_judge using (judge.must_answer(harvest_id)
  or judge.takes_part(judge.alliance_of_harvest(harvest_id)));
create policy judged on handovers for select to samendoen_judge using (judge.is_party(commitment_id)
  and judge.sees_commitment(commitment_id));
create policy judged on space_closures for select to samendoen_judge using (judge.takes_part(alliance_id)
  or judge.was_there_at_the_end(alliance_id));
create policy judged on space_closure_members for select to samendoen_judge using (
  judge.was_there_at_the_end(alliance_id));

-- A person is known to whoever registered it, as a tombstone too, and to the organisations where it works, or is said to
-- and has not answered; to an administrator no more than to others.
create function judge.sees_person(a_person uuid) returns boolean language sql stable security definer as $$
  select coalesce((select p.registered_by_organisation_id = judge.viewer() or (p.erased_at is null and exists (
      select from public.affiliations a where a.professional_id = p.id and a.organisation_id = judge.viewer()
        and case a.state when 'accepted' then true when 'offered' then now() < a.expires_at else false end))
    from public.professionals p where p.id = a_person), false)
$$;

create function judge.is_erased(a_person uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.professionals where id = a_person and erased_at is not null)
$$;

create function judge.works_here(a_person uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.affiliations where professional_id = a_person and organisation_id = judge.viewer()
    and state = 'accepted')
$$;

create policy judged on professionals for select to samendoen_judge using (judge.sees_person(id));
create policy judged on affiliations for select to samendoen_judge using (not judge.is_erased(professional_id)
  and judge.viewer() in (organisation_id, offered_by_organisation_id));
create policy judged on professional_contributions for select to samendoen_judge using (
  (organisation_id = judge.viewer() or judge.works_here(professional_id))
  and case subject_type when 'commitment' then judge.sees_commitment(subject_id)
    else judge.sees_subject(subject_type, subject_id) end);
create policy judged on erasures for select to samendoen_judge using (
  judge.viewer() in (registered_by_organisation_id, requested_by_organisation_id));

-- What is told beside a row of one's own: of a space that one may not read, its dates; of an item, whose it is.
create view judge.alliance_cards as select id, visibility, starts_on, ends_on, created_at,
  case when judge.sees_alliance(id) or judge.is_invited(id) then name end as name from public.alliances;
create view judge.item_cards as select id, organisation_id, state, visibility,
  case when judge.sees_item(id) then type end as type, case when judge.sees_item(id) then title end as title
from public.knowledge_items;
-- Of an item that was withdrawn, the content of its versions is for its author alone.
create view judge.version_cards as select v.item_id, v.number, v.type, v.language, v.licence, v.themes, v.content_hash,
  v.published_by_organisation_id, v.published_at, case when r.readable then v.title end as title,
  case when r.readable then v.change_note end as change_note, case when r.readable then v.summary end as summary,
  case when r.readable then v.body end as body, case when r.readable then v.links end as links
from public.knowledge_versions v
cross join lateral (select judge.is_author(v.item_id) or not judge.is_withdrawn(v.item_id) as readable) r
where judge.sees_item(v.item_id);
-- Of a person, beside an affiliation or a contribution that one may read: under which name the log knows it, and what it is
-- called where one may know that.
create view judge.person_cards as select id, registered_by_organisation_id, erased_at, data_subject_id,
  case when judge.sees_person(id) then name end as name from public.professionals;
grant select on judge.person_cards to samendoen_judge;
grant select on judge.alliance_cards, judge.item_cards, judge.version_cards to samendoen_judge;

-- An event is for whoever may read what it is about: the policies of those tables decide, under this very role. Of a
-- charter, that somebody declined is for those who take part; of a promise, others learn that it was agreed, done and
-- confirmed; of a person, that its code was renewed or its data were given out is for whoever registered it. The end of a
-- share is for those who read the item by it. What is left of a contribution that was removed is for who made it.
create function judge.is_public_promise(an_event text) returns boolean language sql immutable
  return an_event in ('commitment.accepted', 'commitment.fulfilled', 'commitment.confirmed');
create function judge.takes_part_in_share(a_share uuid) returns boolean language sql stable security definer as $$
  select coalesce((select judge.takes_part(alliance_id) from public.knowledge_shares where id = a_share), false)
$$;
create function judge.has_closed(a_space uuid, gone boolean) returns boolean language sql stable security definer as $$
  select judge.was_there_at_the_end(a_space) or (gone and exists (select from public.sponsorships
    where alliance_id = a_space and organisation_id = judge.viewer() and state = 'accepted'))
$$;
create function judge.is_registrar(a_person uuid) returns boolean language sql stable security definer as $$
  select exists (select from public.professionals where id = a_person
    and registered_by_organisation_id = judge.viewer())
$$;
create policy judged on events for select to samendoen_judge using (case subject_type
  when 'organisation' then true when 'merger' then true
  -- Of the clients, imports and peerings of a node an administrator reads, and the judge knows organisations alone.
  when 'client' then true when 'import' then true when 'peer' then true when 'organisation_move' then true
  when 'export' then judge.viewer() = any (organisation_ids)
  when 'webhook' then judge.viewer() = any (organisation_ids)
  when 'alliance' then exists (select from alliances where id = events.subject_id)
  when 'membership' then exists (select from memberships where id = events.subject_id)
    or (type = 'membership.dropped' and judge.viewer() = any (organisation_ids))
  when 'charter' then exists (select from charters where id = events.subject_id) and (type <> 'charter.declined'
    or judge.viewer() = any (organisation_ids) or judge.takes_part(alliance_id))
  when 'sponsorship' then exists (select from sponsorships where id = events.subject_id)
  when 'space_closure' then judge.has_closed(subject_id, type = 'space.destroyed')
  when 'harvest' then exists (select from harvests where id = events.subject_id)
  when 'handover' then exists (select from handovers where id = events.subject_id)
  when 'session_series' then exists (select from session_series where id = events.subject_id)
  when 'session' then exists (select from sessions where id = events.subject_id)
    and (type not in ('session.attended', 'session.outcome_recorded', 'session.outcome_removed')
      or judge.takes_part_in_session(subject_id))
  when 'calendar_feed' then judge.viewer() = any (organisation_ids)
  when 'initiative' then exists (select from initiatives where id = events.subject_id)
  when 'participation' then exists (select from participations where id = events.subject_id)
  when 'commitment' then judge.sees_commitment(subject_id) and (judge.is_party(subject_id) or judge.is_public_promise(type))
  when 'knowledge_item' then exists (select from knowledge_items where id = events.subject_id)
  when 'knowledge_share' then exists (select from knowledge_shares where id = events.subject_id)
    or (type = 'knowledge_item.unshared' and judge.takes_part_in_share(subject_id))
  when 'knowledge_contribution' then exists (select from knowledge_contributions where id = events.subject_id)
  when 'adoption' then exists (select from knowledge_adoptions where id = events.subject_id)
  when 'ownership_offer' then exists (select from ownership_offers where id = events.subject_id)
  when 'ownership_record' then exists (select from ownership_records where id = events.subject_id)
  when 'professional' then judge.sees_person(subject_id) and (judge.is_registrar(subject_id)
    or type in ('professional.registered', 'professional.changed', 'professional.erased'))
  when 'affiliation' then exists (select from affiliations where id = events.subject_id)
  when 'professional_contribution' then judge.viewer() = any (organisation_ids)
    and case data ->> 'subjectType' when 'commitment' then judge.sees_commitment((data ->> 'subjectId')::uuid)
      else judge.sees_subject(data ->> 'subjectType', (data ->> 'subjectId')::uuid) end
  else false end);
