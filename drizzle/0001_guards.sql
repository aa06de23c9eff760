-- The role under which the node works: neither superuser nor owner. Where the owner may not make roles, an
-- administrator of the server makes it; until then the node works as the owner, and says so.
DO $$
BEGIN
  CREATE ROLE samendoen_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION
  WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  -- Also for whoever made it: since PostgreSQL 16 that alone does not let a role be taken.
  EXECUTE format('GRANT samendoen_app TO %I', current_user);
EXCEPTION
  WHEN undefined_object OR insufficient_privilege THEN NULL;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
  GRANT USAGE ON SCHEMA public TO samendoen_app;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO samendoen_app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO samendoen_app;
  -- History is neither changed nor removed.
  REVOKE UPDATE, DELETE ON events, audit_records, audit_heads, organisation_versions, mergers, merger_predecessors, charters,
    charter_decisions, knowledge_versions, initiative_stages, stances, commitment_steps, ownership_records, erasures
    FROM samendoen_app;
  REVOKE DELETE ON organisations, alliances, memberships, sponsorships, knowledge_items, knowledge_shares,
    knowledge_contributions, knowledge_adoptions, initiatives, participations, initiative_knowledge, commitments,
    date_offers, ownership_offers, space_closures, space_closure_members, harvests, harvest_consents, handovers,
    professionals, affiliations, exports, organisation_moves, session_series, sessions, session_attendances,
    calendar_feeds FROM samendoen_app;
  REVOKE UPDATE ON processing_records FROM samendoen_app;
  REVOKE INSERT, DELETE ON event_counter, webhook_dispatch FROM samendoen_app;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The content of a closed space is overwritten at its end, by destroy_space alone: it works as its owner and says so.
  IF TG_OP = 'UPDATE' AND current_setting('samendoen.destroys', true) <> '' AND current_user = (SELECT pg_get_userbyid(
      proowner) FROM pg_proc WHERE oid = 'public.destroy_space(uuid)'::regprocedure) THEN
    RETURN NULL;
  END IF;
  -- What is kept at another node follows what is told from there, by these two functions alone: they touch replicas only.
  IF TG_OP IN ('UPDATE', 'DELETE') AND current_setting('samendoen.replicates', true) <> '' AND current_user = (
      SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE oid = 'public.drop_replica_rows(text, text, uuid[])'::regprocedure)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
END
$$;
--> statement-breakpoint
-- The same, for whatever role the node works as.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['events', 'audit_records', 'audit_heads', 'organisation_versions', 'mergers', 'merger_predecessors',
    'charters', 'charter_decisions', 'knowledge_versions', 'initiative_stages', 'stances', 'commitment_steps',
    'ownership_records', 'erasures']
  LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
  END LOOP;
END
$$;
--> statement-breakpoint
-- The processing log is not changed, and its records are removed after three years alone, whoever asks.
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON processing_records
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE FUNCTION refuse_early_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.started_at > now() - interval '3 years' THEN
    RAISE EXCEPTION 'rows of % are kept for three years', TG_TABLE_NAME USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  RETURN OLD;
END
$$;
--> statement-breakpoint
CREATE TRIGGER kept BEFORE DELETE ON processing_records FOR EACH ROW EXECUTE FUNCTION refuse_early_removal();
--> statement-breakpoint
-- The owners of a subject follow one another: each record is later than the one before, and names its receipt.
CREATE FUNCTION follow_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before record;
BEGIN
  IF NEW.number = 1 THEN
    IF NEW.previous_receipt_hash IS NULL THEN RETURN NEW; END IF;
  ELSE
    SELECT recorded_at, receipt_hash INTO before FROM ownership_records
      WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id AND number = NEW.number - 1;
    -- Where there is none the foreign key refuses.
    IF NOT FOUND OR (before.recorded_at < NEW.recorded_at AND before.receipt_hash = NEW.previous_receipt_hash) THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'an ownership record follows the one before it' USING ERRCODE = 'check_violation',
    CONSTRAINT = 'ownership_records_follow', TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER follow BEFORE INSERT ON ownership_records FOR EACH ROW EXECUTE FUNCTION follow_record();
--> statement-breakpoint
-- Voids the exports in which something may stand: their bytes go, and one that is being made is begun anew. Rows first,
-- so that nothing is added to them any more.
CREATE FUNCTION void_exports(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE exports SET state = CASE state WHEN 'running' THEN 'queued' ELSE 'void' END, lease_token = NULL, lease_until = NULL
    WHERE id = ANY (ids) AND state IN ('running', 'succeeded');
  DELETE FROM export_parts WHERE export_id = ANY (ids);
  DELETE FROM export_subjects WHERE export_id = ANY (ids);
END
$$;
--> statement-breakpoint
-- Whoever erases a person voids, in the same transaction, every export in which it may stand. The lock lets no export be
-- finished past it.
CREATE FUNCTION void_exports_of_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('samendoen exports', 0));
  PERFORM void_exports(array(SELECT export_id FROM export_subjects WHERE subject_id = NEW.id));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER void_exports AFTER UPDATE OF erased_at ON professionals FOR EACH ROW
  WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION void_exports_of_erased();
--> statement-breakpoint
-- Overwrites every text of a closed space whose archive was handed over and whose day has come, and refuses any other.
-- What stays are identifiers, states, dates and hashes. Answers how many rows were overwritten, by table.
CREATE FUNCTION destroy_space(space uuid) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
DECLARE
  counts jsonb := '{}';
  rows integer;
  works uuid[];
  promises uuid[];
  meetings uuid[];
  ids uuid[];
BEGIN
  PERFORM FROM alliances a JOIN space_closures c ON c.alliance_id = a.id
    WHERE a.id = space AND a.visibility = 'closed' AND c.state = 'archived' AND c.destroys_on <= current_date
    FOR UPDATE OF a, c;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the content of this alliance is not to be destroyed'
      USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  PERFORM set_config('samendoen.destroys', space::text, true);
  works := array(SELECT id FROM initiatives WHERE alliance_id = space);
  promises := array(SELECT id FROM commitments WHERE alliance_id = space);
  meetings := array(SELECT id FROM sessions WHERE alliance_id = space);
  ids := array(SELECT space UNION ALL SELECT unnest(works) UNION ALL SELECT unnest(promises)
    UNION ALL SELECT id FROM memberships WHERE alliance_id = space
    UNION ALL SELECT id FROM sponsorships WHERE alliance_id = space
    UNION ALL SELECT id FROM charters WHERE alliance_id = space
    UNION ALL SELECT id FROM knowledge_shares WHERE alliance_id = space
    UNION ALL SELECT id FROM participations WHERE initiative_id = ANY (works)
    UNION ALL SELECT id FROM date_offers WHERE commitment_id = ANY (promises)
    UNION ALL SELECT id FROM handovers WHERE commitment_id = ANY (promises)
    UNION ALL SELECT id FROM harvests WHERE alliance_id = space
    UNION ALL SELECT id FROM session_series WHERE alliance_id = space
    UNION ALL SELECT unnest(meetings)
    UNION ALL SELECT id FROM session_attendances WHERE session_id = ANY (meetings)
    UNION ALL SELECT id FROM session_outcomes WHERE session_id = ANY (meetings)
    UNION ALL SELECT id FROM calendar_feeds WHERE alliance_id = space
    UNION ALL SELECT id FROM ownership_offers WHERE subject_id = space OR subject_id = ANY (works)
    UNION ALL SELECT id FROM ownership_records WHERE subject_id = space OR subject_id = ANY (works));

  UPDATE alliances SET name = 'Gesloten vrijplaats', purpose = NULL, version = version + 1 WHERE id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('alliances', rows);
  UPDATE memberships SET decision_reason = NULL, end_reason = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('memberships', rows);
  UPDATE sponsorships SET decision_reason = NULL, end_reason = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('sponsorships', rows);
  UPDATE charters SET title = '', text = '' WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('charters', rows);
  UPDATE charter_decisions SET reason = NULL
    WHERE charter_id IN (SELECT id FROM charters WHERE alliance_id = space);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('charter_decisions', rows);
  UPDATE knowledge_shares SET note = NULL, ended_at = coalesce(ended_at, now()) WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('knowledge_shares', rows);
  UPDATE initiatives SET title = '', purpose = NULL, themes = '{}', stage_reason = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('initiatives', rows);
  UPDATE initiative_stages SET reason = NULL WHERE initiative_id = ANY (works);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('initiative_stages', rows);
  UPDATE participations SET decision_reason = NULL, leave_reason = NULL WHERE initiative_id = ANY (works);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('participations', rows);
  UPDATE stances SET reason = NULL
    WHERE participation_id IN (SELECT id FROM participations WHERE initiative_id = ANY (works));
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('stances', rows);
  UPDATE commitments SET title = '', description = NULL, decision_reason = NULL, evidence = NULL, outcome_reason = NULL
    WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('commitments', rows);
  UPDATE commitment_steps SET reason = NULL, evidence = NULL WHERE commitment_id = ANY (promises);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('commitment_steps', rows);
  UPDATE date_offers SET reason = NULL, decision_reason = NULL WHERE commitment_id = ANY (promises);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('date_offers', rows);
  UPDATE handovers SET title = '', description = NULL, decision_reason = NULL WHERE commitment_id = ANY (promises);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('handovers', rows);
  UPDATE session_series SET title = '', description = NULL, place = NULL, end_reason = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('session_series', rows);
  UPDATE sessions SET title = '', description = NULL, place = NULL, reason = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('sessions', rows);
  UPDATE session_attendances SET head_count = 0 WHERE session_id = ANY (meetings);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('session_attendances', rows);
  -- An outcome that leads elsewhere leads there no more.
  UPDATE session_outcomes SET kind = 'lesson', lesson = '', commitment_id = NULL, item_id = NULL
    WHERE session_id = ANY (meetings);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('session_outcomes', rows);
  UPDATE calendar_feeds SET name = '' WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('calendar_feeds', rows);
  UPDATE professional_contributions SET role = NULL, professional_id = NULL
    WHERE subject_id = ANY (works) OR subject_id = ANY (promises);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('professional_contributions', rows);
  UPDATE ownership_offers SET message = NULL, decision_reason = NULL
    WHERE subject_id = space OR subject_id = ANY (works);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('ownership_offers', rows);
  UPDATE ownership_records SET reason = NULL, receipt = '' WHERE subject_id = space OR subject_id = ANY (works);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('ownership_records', rows);
  UPDATE harvests SET message = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('harvests', rows);
  UPDATE harvest_consents SET reason = NULL
    WHERE harvest_id IN (SELECT id FROM harvests WHERE alliance_id = space);
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('harvest_consents', rows);
  UPDATE space_closures SET archive = NULL WHERE alliance_id = space;
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('space_closures', rows);
  -- Exports of those who took part, and of those who were asked to let something out, hold what is destroyed.
  PERFORM pg_advisory_xact_lock(hashtextextended('samendoen exports', 0));
  PERFORM void_exports(array(SELECT export_id FROM export_subjects WHERE subject_id = space
    UNION SELECT e.id FROM exports e JOIN harvest_consents c ON c.organisation_id = e.organisation_id
      JOIN harvests h ON h.id = c.harvest_id WHERE h.alliance_id = space));
  -- Answers that are kept for a repeated request tell of the space as well.
  DELETE FROM saved_answers s WHERE EXISTS (SELECT FROM regexp_matches(s.body::text || s.headers::text,
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') AS named WHERE named[1]::uuid = ANY (ids));
  GET DIAGNOSTICS rows = ROW_COUNT;
  counts := counts || jsonb_build_object('saved_answers', rows);

  PERFORM set_config('samendoen.destroys', '', true);
  RETURN counts;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION destroy_space(uuid) FROM PUBLIC;
--> statement-breakpoint
DO $$
BEGIN
  GRANT EXECUTE ON FUNCTION destroy_space(uuid) TO samendoen_app;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
--> statement-breakpoint
-- Whether what these events changed is kept at this node. What lies in an alliance is kept where the alliance is; what
-- others do with a knowledge item where the item is, in whatever alliance they read it; a new person where the organisation
-- is that registers it. Else it refuses with SQLSTATE SD421, and tells the base URL of its home as the detail.
CREATE FUNCTION kept_here(recorded jsonb) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
  elsewhere text;
BEGIN
  SELECT coalesce(r.alliance_home, r.subject_home) INTO elsewhere FROM (
    SELECT
      CASE WHEN e."subjectType" NOT IN ('knowledge_contribution', 'adoption') THEN
        (SELECT a.home FROM alliances a WHERE a.id = e."allianceId") END AS alliance_home,
      CASE e."subjectType"
        WHEN 'organisation' THEN (SELECT o.home FROM organisations o WHERE o.id = e."subjectId")
        WHEN 'merger' THEN (SELECT min(o.home) FROM merger_predecessors p JOIN organisations o ON o.id = p.organisation_id
          WHERE p.merger_id = e."subjectId")
        WHEN 'alliance' THEN (SELECT a.home FROM alliances a WHERE a.id = e."subjectId")
        WHEN 'knowledge_item' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = e."subjectId")
        WHEN 'knowledge_share' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = (e.data ->> 'itemId')::uuid)
        WHEN 'knowledge_contribution' THEN (SELECT k.home FROM knowledge_contributions c
          JOIN knowledge_items k ON k.id = c.item_id WHERE c.id = e."subjectId")
        WHEN 'adoption' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = (e.data ->> 'itemId')::uuid)
        WHEN 'ownership_offer' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = (e.data ->> 'subjectId')::uuid)
        WHEN 'ownership_record' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = (e.data ->> 'subjectId')::uuid)
        -- What is taken out of a space changes in the end, so that whoever keeps it is asked from the beginning.
        WHEN 'harvest' THEN (SELECT k.home FROM knowledge_items k WHERE k.id = (e.data ->> 'itemId')::uuid
          AND e.type IN ('harvest.offered', 'harvest.consented', 'harvest.completed'))
        -- A person is kept where it was registered, wherever the organisation goes after it: no person is replicated.
        WHEN 'professional' THEN (SELECT o.home FROM professionals p
          JOIN organisations o ON o.id = p.registered_by_organisation_id
          WHERE p.id = e."subjectId" AND e.type = 'professional.registered')
      END AS subject_home
    FROM jsonb_to_recordset(recorded) AS e(type text, "subjectType" text, "subjectId" uuid, "allianceId" uuid, data jsonb)) r
  WHERE coalesce(r.alliance_home, r.subject_home) IS NOT NULL LIMIT 1;
  IF elsewhere IS NULL THEN RETURN true; END IF;
  RAISE EXCEPTION 'this is kept at another node' USING ERRCODE = 'SD421', DETAIL = elsewhere;
END
$$;
--> statement-breakpoint
-- No two peerings with one node hold on one day. An address is compared by its hash, as a range of one number, so that no
-- extension is needed.
ALTER TABLE peers ADD CONSTRAINT peers_hold_apart EXCLUDE USING gist (
  int8range(hashtextextended(base_url, 0), hashtextextended(base_url, 0), '[]') WITH &&,
  daterange(valid_from, valid_until) WITH &&) WHERE (state = 'accepted');
--> statement-breakpoint
INSERT INTO event_counter (only_row, position) VALUES (true, 0);
--> statement-breakpoint
INSERT INTO webhook_dispatch (only_row, position) VALUES (true, 0);
--> statement-breakpoint
-- Organisations are never removed, save replicas, which are kept at their home: where nothing here refers to them.
CREATE FUNCTION drop_organisation_replica(replica uuid, of_home text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM organisation_identifiers i USING organisations o
    WHERE o.id = replica AND o.home = of_home AND i.organisation_id = o.id;
  UPDATE organisations o SET successor_id = NULL, version = o.version + 1, changed_at = now()
    WHERE o.successor_id = replica AND o.home = of_home;
  DELETE FROM organisations o WHERE o.id = replica AND o.home = of_home;
  RETURN FOUND;
EXCEPTION
  WHEN foreign_key_violation THEN RETURN false;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION drop_organisation_replica(uuid, text) FROM PUBLIC;
--> statement-breakpoint
DO $$
BEGIN
  GRANT EXECUTE ON FUNCTION drop_organisation_replica(uuid, text) TO samendoen_app;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
--> statement-breakpoint
-- Where rows are kept, by the collection that they are of: the base URL of the node, or null for what is kept here or hangs
-- together with something that is kept elsewhere.
CREATE FUNCTION replica_homes(kind text, ids uuid[]) RETURNS TABLE (id uuid, home text) LANGUAGE plpgsql STABLE
SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  CASE kind
    WHEN 'alliances' THEN RETURN QUERY SELECT a.id, a.home FROM alliances a WHERE a.id = ANY (ids);
    WHEN 'memberships' THEN RETURN QUERY SELECT r.id, a.home FROM memberships r JOIN alliances a ON a.id = r.alliance_id
      WHERE r.id = ANY (ids);
    WHEN 'charters' THEN RETURN QUERY SELECT r.id, a.home FROM charters r JOIN alliances a ON a.id = r.alliance_id
      WHERE r.id = ANY (ids);
    WHEN 'charter-decisions' THEN RETURN QUERY SELECT r.id, a.home FROM charter_decisions r
      JOIN charters c ON c.id = r.charter_id JOIN alliances a ON a.id = c.alliance_id WHERE r.id = ANY (ids);
    WHEN 'sponsorships' THEN RETURN QUERY SELECT r.id, a.home FROM sponsorships r JOIN alliances a ON a.id = r.alliance_id
      WHERE r.id = ANY (ids);
    WHEN 'knowledge-items' THEN RETURN QUERY SELECT k.id, k.home FROM knowledge_items k WHERE k.id = ANY (ids);
    WHEN 'knowledge-versions' THEN RETURN QUERY SELECT md5(r.item_id::text || ' ' || r.number::text)::uuid, k.home
      FROM knowledge_versions r JOIN knowledge_items k ON k.id = r.item_id
      WHERE md5(r.item_id::text || ' ' || r.number::text)::uuid = ANY (ids);
    WHEN 'knowledge-shares' THEN RETURN QUERY SELECT r.id, CASE WHEN a.home = k.home THEN a.home END
      FROM knowledge_shares r JOIN knowledge_items k ON k.id = r.item_id JOIN alliances a ON a.id = r.alliance_id
      WHERE r.id = ANY (ids);
    WHEN 'knowledge-contributions' THEN RETURN QUERY SELECT r.id, k.home FROM knowledge_contributions r
      JOIN knowledge_items k ON k.id = r.item_id WHERE r.id = ANY (ids);
    WHEN 'adoptions' THEN RETURN QUERY SELECT r.id, k.home FROM knowledge_adoptions r
      JOIN knowledge_items k ON k.id = r.item_id WHERE r.id = ANY (ids);
    WHEN 'initiatives' THEN RETURN QUERY SELECT r.id, a.home FROM initiatives r JOIN alliances a ON a.id = r.alliance_id
      WHERE r.id = ANY (ids);
    WHEN 'initiative-stages' THEN RETURN QUERY SELECT r.id, a.home FROM initiative_stages r
      JOIN initiatives i ON i.id = r.initiative_id JOIN alliances a ON a.id = i.alliance_id WHERE r.id = ANY (ids);
    WHEN 'participations' THEN RETURN QUERY SELECT r.id, a.home FROM participations r
      JOIN initiatives i ON i.id = r.initiative_id JOIN alliances a ON a.id = i.alliance_id WHERE r.id = ANY (ids);
    WHEN 'stances' THEN RETURN QUERY SELECT r.id, a.home FROM stances r JOIN participations p ON p.id = r.participation_id
      JOIN initiatives i ON i.id = p.initiative_id JOIN alliances a ON a.id = i.alliance_id WHERE r.id = ANY (ids);
    WHEN 'knowledge-links' THEN RETURN QUERY SELECT r.id, CASE WHEN a.home = k.home THEN a.home END
      FROM initiative_knowledge r JOIN initiatives i ON i.id = r.initiative_id JOIN alliances a ON a.id = i.alliance_id
      JOIN knowledge_items k ON k.id = r.item_id WHERE r.id = ANY (ids);
    WHEN 'commitments' THEN RETURN QUERY SELECT r.id, CASE WHEN coalesce(i.alliance_id, a.id) = a.id
      AND coalesce(o.alliance_id, a.id) = a.id THEN a.home END
      FROM commitments r JOIN alliances a ON a.id = r.alliance_id LEFT JOIN initiatives i ON i.id = r.initiative_id
      LEFT JOIN commitments o ON o.id = r.counter_of_id WHERE r.id = ANY (ids);
    WHEN 'commitment-steps' THEN RETURN QUERY SELECT r.id, a.home FROM commitment_steps r
      JOIN commitments c ON c.id = r.commitment_id JOIN alliances a ON a.id = c.alliance_id WHERE r.id = ANY (ids);
    WHEN 'date-offers' THEN RETURN QUERY SELECT r.id, a.home FROM date_offers r
      JOIN commitments c ON c.id = r.commitment_id JOIN alliances a ON a.id = c.alliance_id WHERE r.id = ANY (ids);
    WHEN 'ownership-offers' THEN RETURN QUERY SELECT r.id, coalesce(a.home, k.home) FROM ownership_offers r
      LEFT JOIN initiatives i ON r.subject_type = 'initiative' AND i.id = r.subject_id
      LEFT JOIN alliances a ON a.id = CASE r.subject_type WHEN 'alliance' THEN r.subject_id ELSE i.alliance_id END
      LEFT JOIN knowledge_items k ON r.subject_type = 'knowledge_item' AND k.id = r.subject_id WHERE r.id = ANY (ids);
    WHEN 'ownership-records' THEN RETURN QUERY SELECT r.id, CASE WHEN r.offer_id IS NULL OR (f.subject_type = r.subject_type
      AND f.subject_id = r.subject_id) THEN coalesce(a.home, k.home) END FROM ownership_records r
      LEFT JOIN ownership_offers f ON f.id = r.offer_id
      LEFT JOIN initiatives i ON r.subject_type = 'initiative' AND i.id = r.subject_id
      LEFT JOIN alliances a ON a.id = CASE r.subject_type WHEN 'alliance' THEN r.subject_id ELSE i.alliance_id END
      LEFT JOIN knowledge_items k ON r.subject_type = 'knowledge_item' AND k.id = r.subject_id WHERE r.id = ANY (ids);
  END CASE;
END
$$;
--> statement-breakpoint
-- The table of a collection, and the columns of its key.
CREATE FUNCTION replica_table(kind text) RETURNS TABLE (name text, key text) LANGUAGE sql IMMUTABLE AS $$
  SELECT t.name, coalesce(t.key, 'id') FROM (VALUES ('knowledge-versions', 'knowledge_versions', 'item_id, number'),
    ('adoptions', 'knowledge_adoptions', NULL), ('knowledge-links', 'initiative_knowledge', NULL),
    ('ownership-records', 'ownership_records', 'subject_type, subject_id, number'))
    AS t(kind, name, key) WHERE t.kind = replica_table.kind
  UNION ALL SELECT replace(replica_table.kind, '-', '_'), 'id'
    WHERE replica_table.kind NOT IN ('knowledge-versions', 'adoptions', 'knowledge-links', 'ownership-records')
$$;
--> statement-breakpoint
-- Removes an alliance or an item, or leaves nothing of it but its identifier where something of ours refers to it, as the
-- filter of a webhook does.
CREATE FUNCTION empty_replica(kind text, replica uuid) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF kind = 'alliances' THEN DELETE FROM alliances WHERE id = replica; ELSE DELETE FROM knowledge_items WHERE id = replica; END IF;
EXCEPTION
  WHEN foreign_key_violation THEN
    UPDATE alliances SET visibility = 'closed', name = 'Gesloten vrijplaats', purpose = NULL, created_by_organisation_id = NULL
      WHERE empty_replica.kind = 'alliances' AND id = replica;
    UPDATE knowledge_items SET state = 'withdrawn', visibility = 'alliances', title = '', summary = '', body = '',
      links = '[]', themes = '{}', withdrawal_reason = NULL WHERE empty_replica.kind <> 'alliances' AND id = replica;
END
$$;
--> statement-breakpoint
-- Removes rows that are kept at the node with this base URL, and no others. A link to an item goes with it.
CREATE FUNCTION drop_replica_rows(kind text, of_home text, ids uuid[]) RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  gone uuid[];
  one uuid;
BEGIN
  PERFORM set_config('samendoen.replicates', 'true', true);
  gone := array(SELECT h.id FROM replica_homes(kind, ids) h WHERE h.home = of_home);
  IF kind = 'knowledge-items' THEN DELETE FROM initiative_knowledge WHERE item_id = ANY (gone); END IF;
  -- What refers to it and stays is told without it later.
  IF kind = 'commitments' THEN UPDATE commitments SET counter_of_id = NULL WHERE counter_of_id = ANY (gone); END IF;
  IF kind = 'ownership-offers' THEN UPDATE ownership_records SET offer_id = NULL WHERE offer_id = ANY (gone); END IF;
  IF kind = 'ownership-records' THEN
    gone := array(SELECT later.id FROM ownership_records later WHERE EXISTS (SELECT FROM ownership_records r
      WHERE r.id = ANY (gone) AND r.subject_type = later.subject_type AND r.subject_id = later.subject_id
        AND r.number <= later.number));
  END IF;
  IF kind = 'alliances' THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('samendoen exports', 0));
    PERFORM void_exports(array(SELECT export_id FROM export_subjects WHERE subject_id = ANY (gone)));
  END IF;
  BEGIN
    EXECUTE format('DELETE FROM %I WHERE %s = ANY ($1)', (replica_table(kind)).name, CASE kind
      WHEN 'knowledge-versions' THEN 'md5(item_id::text || '' '' || number::text)::uuid' ELSE 'id' END) USING gone;
  EXCEPTION
    WHEN foreign_key_violation THEN
      IF kind NOT IN ('alliances', 'knowledge-items') THEN RAISE; END IF;
      FOREACH one IN ARRAY gone LOOP
        PERFORM empty_replica(kind, one);
      END LOOP;
  END;
  PERFORM set_config('samendoen.replicates', '', true);
  RETURN gone;
END
$$;
--> statement-breakpoint
-- Stores rows as the node with this base URL gives them; answers those that are kept elsewhere, which it leaves alone.
-- Refuses all of them with SQLSTATE SD409 where one would hang together with something that is kept elsewhere.
CREATE FUNCTION store_replica_rows(kind text, of_home text, ids uuid[], given jsonb) RETURNS uuid[] LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  elsewhere uuid[];
  columns text;
  changes text;
BEGIN
  elsewhere := array(SELECT h.id FROM replica_homes(kind, ids) h WHERE h.home IS DISTINCT FROM of_home);
  IF cardinality(elsewhere) > 0 THEN RETURN elsewhere; END IF;
  SELECT string_agg(format('%I', k), ', '), string_agg(format('%1$I = excluded.%1$I', k), ', ')
    INTO columns, changes FROM jsonb_object_keys(given -> 0) AS k;
  PERFORM set_config('samendoen.replicates', 'true', true);
  EXECUTE format('INSERT INTO %1$I (%2$s) SELECT %2$s FROM jsonb_populate_recordset(NULL::%1$I, $1) ON CONFLICT (%3$s)
    DO UPDATE SET %4$s', (replica_table(kind)).name, columns, (replica_table(kind)).key, changes) USING given;
  PERFORM set_config('samendoen.replicates', '', true);
  IF kind IN ('ownership-offers', 'ownership-records') AND EXISTS (SELECT FROM jsonb_array_elements(given) AS g
      WHERE NOT EXISTS (SELECT FROM alliances WHERE id = (g ->> 'subject_id')::uuid
        UNION ALL SELECT FROM initiatives WHERE id = (g ->> 'subject_id')::uuid
        UNION ALL SELECT FROM knowledge_items WHERE id = (g ->> 'subject_id')::uuid)) THEN
    RAISE EXCEPTION 'what is owned did not come yet' USING ERRCODE = 'foreign_key_violation';
  END IF;
  IF (SELECT count(*) FROM replica_homes(kind, ids) h WHERE h.home = of_home) <> cardinality(ids) THEN
    RAISE EXCEPTION 'a replica does not belong where it is put' USING ERRCODE = 'SD409';
  END IF;
  RETURN elsewhere;
END
$$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION drop_replica_rows(text, text, uuid[]) FROM PUBLIC;
--> statement-breakpoint
REVOKE ALL ON FUNCTION store_replica_rows(text, text, uuid[], jsonb) FROM PUBLIC;
--> statement-breakpoint
DO $$
BEGIN
  GRANT EXECUTE ON FUNCTION drop_replica_rows(text, text, uuid[]) TO samendoen_app;
  GRANT EXECUTE ON FUNCTION store_replica_rows(text, text, uuid[], jsonb) TO samendoen_app;
EXCEPTION
  WHEN undefined_object THEN NULL;
END
$$;
