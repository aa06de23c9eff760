CREATE TABLE "client_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"kid" text NOT NULL,
	"alg" text NOT NULL,
	"thumbprint" text NOT NULL,
	"jwk" jsonb NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "client_keys_kid" UNIQUE("client_id","kid"),
	CONSTRAINT "client_keys_thumbprint" UNIQUE("client_id","thumbprint")
);
--> statement-breakpoint
CREATE TABLE "client_secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" uuid NOT NULL,
	"digest" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"client_id" text NOT NULL,
	"name" text NOT NULL,
	"organisation_id" uuid NOT NULL,
	"scopes" text[] NOT NULL,
	"administrator" boolean DEFAULT false NOT NULL,
	"disabled_at" timestamp (3) with time zone,
	"tokens_refused_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "clients_client_id_unique" UNIQUE("client_id")
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"purpose" text DEFAULT 'tokens' NOT NULL,
	"alg" text NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"sealed_private_key" "bytea",
	"created_at" timestamp (3) with time zone NOT NULL,
	"active_from" timestamp (3) with time zone NOT NULL,
	"retires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "used_assertions" (
	"issuer" text NOT NULL,
	"jti" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "used_assertions_issuer_jti_pk" PRIMARY KEY("issuer","jti")
);
--> statement-breakpoint
CREATE TABLE "alliances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"purpose" text,
	"visibility" text NOT NULL,
	"starts_on" date NOT NULL,
	"ends_on" date,
	"created_by_organisation_id" uuid,
	"source" text,
	"source_key" text,
	"home" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "alliances_source_key" UNIQUE("source","source_key"),
	CONSTRAINT "alliances_period" CHECK ("alliances"."ends_on" is null or "alliances"."ends_on" >= "alliances"."starts_on")
);
--> statement-breakpoint
CREATE TABLE "charter_decisions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"charter_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"decision" text NOT NULL,
	"reason" text,
	"decided_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "charters" (
	"id" uuid PRIMARY KEY NOT NULL,
	"alliance_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"content_hash" text NOT NULL,
	"effective_on" date NOT NULL,
	"published_by_organisation_id" uuid NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "charters_number" UNIQUE("alliance_id","number")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"role" text NOT NULL,
	"state" text NOT NULL,
	"offered_by" text,
	"offered_by_organisation_id" uuid,
	"offered_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decided_by_organisation_id" uuid,
	"decision_reason" text,
	"starts_on" date,
	"ends_on" date,
	"ended_by_organisation_id" uuid,
	"end_reason" text,
	"basis" text NOT NULL,
	"source" text,
	"source_key" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "memberships_source_key" UNIQUE("source","source_key"),
	CONSTRAINT "memberships_period" CHECK ("memberships"."ends_on" is null or "memberships"."starts_on" is null or "memberships"."ends_on" >= "memberships"."starts_on"),
	CONSTRAINT "memberships_dated" CHECK ("memberships"."state" not in ('accepted', 'ended') or "memberships"."starts_on" is not null),
	CONSTRAINT "memberships_agreed" CHECK ("memberships"."basis" <> 'agreed_here' or ("memberships"."offered_by" is not null and "memberships"."offered_at" is not null
      and ("memberships"."state" not in ('accepted', 'ended') or "memberships"."decided_by_organisation_id" is not null))),
	CONSTRAINT "memberships_sourced" CHECK ("memberships"."basis" <> 'recorded_elsewhere' or "memberships"."source" is not null)
);
--> statement-breakpoint
CREATE TABLE "sponsorships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_heads" (
	"day" date PRIMARY KEY NOT NULL,
	"number" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"signature" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_records" (
	"id" uuid PRIMARY KEY NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"client_id" text NOT NULL,
	"organisation_id" uuid,
	"operation_id" text NOT NULL,
	"outcome" text DEFAULT 'succeeded' NOT NULL,
	"status" integer,
	"code" text,
	"subject_type" text,
	"subject_id" uuid,
	"alliance_id" uuid,
	"event_count" integer NOT NULL,
	"times" integer DEFAULT 1 NOT NULL,
	"request_id" text NOT NULL,
	"trace_id" text NOT NULL,
	"number" bigint NOT NULL,
	"previous_hash" "bytea",
	"hash" "bytea" NOT NULL,
	CONSTRAINT "audit_records_number_unique" UNIQUE("number"),
	CONSTRAINT "audit_records_outcome" CHECK ("audit_records"."outcome" in ('succeeded', 'refused', 'unknown')),
	CONSTRAINT "audit_records_lines" CHECK (position(chr(10) in concat("audit_records"."client_id", "audit_records"."operation_id", "audit_records"."code", "audit_records"."subject_type",
        "audit_records"."request_id", "audit_records"."trace_id")) = 0)
);
--> statement-breakpoint
CREATE TABLE "event_counter" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"epoch" uuid DEFAULT gen_random_uuid() NOT NULL,
	"audit_number" bigint DEFAULT 0 NOT NULL,
	"audit_hash" "bytea",
	"audit_previous_hash" "bytea"
);
--> statement-breakpoint
CREATE TABLE "events" (
	"position" bigint PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"alliance_id" uuid,
	"organisation_ids" uuid[] DEFAULT '{}' NOT NULL,
	"audit_record_id" uuid NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "events_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "saved_answers" (
	"client_id" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" integer NOT NULL,
	"headers" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	"saved_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saved_answers_client_id_key_pk" PRIMARY KEY("client_id","key")
);
--> statement-breakpoint
CREATE TABLE "export_parts" (
	"export_id" uuid NOT NULL,
	"file" text NOT NULL,
	"number" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "export_parts_export_id_file_number_pk" PRIMARY KEY("export_id","file","number"),
	CONSTRAINT "export_parts_size" CHECK (octet_length("export_parts"."bytes") <= 1048576)
);
--> statement-breakpoint
CREATE TABLE "export_subjects" (
	"export_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	CONSTRAINT "export_subjects_export_id_kind_subject_id_pk" PRIMARY KEY("export_id","kind","subject_id")
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"organisation_id" uuid NOT NULL,
	"requester" jsonb NOT NULL,
	"format" text NOT NULL,
	"resources" text[] NOT NULL,
	"state" text NOT NULL,
	"processed_count" integer DEFAULT 0 NOT NULL,
	"row_count" integer DEFAULT 0 NOT NULL,
	"size" bigint,
	"sha256" text,
	"failure" text,
	"failed_attempts" integer DEFAULT 0 NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "exports_state" CHECK ("exports"."state" in ('queued', 'running', 'succeeded', 'cancelled', 'failed', 'expired', 'void')),
	CONSTRAINT "exports_archive" CHECK ("exports"."state" <> 'succeeded' or num_nulls("exports"."size", "exports"."sha256", "exports"."expires_at") = 0)
);
--> statement-breakpoint
CREATE TABLE "peer_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"peer_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"payload" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"told_at" timestamp (3) with time zone,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL,
	"last_error" text,
	CONSTRAINT "peer_messages_number" UNIQUE("peer_id","number"),
	CONSTRAINT "peer_messages_kind" CHECK ("peer_messages"."kind" in ('offered', 'accepted', 'declined', 'withdrawn', 'ended'))
);
--> statement-breakpoint
CREATE TABLE "peers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"base_url" text NOT NULL,
	"name" text NOT NULL,
	"oin" text,
	"state" text NOT NULL,
	"offered_by" text NOT NULL,
	"our_share" text[] NOT NULL,
	"their_share" text[] NOT NULL,
	"valid_from" date NOT NULL,
	"valid_until" date NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"terms" jsonb NOT NULL,
	"offer_hash" text NOT NULL,
	"our_signature" text,
	"their_signature" text,
	"their_key" jsonb,
	"closing_signature" text,
	"key_thumbprints" text[] NOT NULL,
	"reason" text,
	"ended_by" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"last_success_at" timestamp (3) with time zone,
	"last_attempt_at" timestamp (3) with time zone,
	"failure_count" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"lag" bigint,
	"digest_equal" boolean,
	"next_attempt_at" timestamp (3) with time zone,
	"reading_until" timestamp (3) with time zone,
	CONSTRAINT "peers_state" CHECK ("peers"."state" in ('offered', 'accepted', 'declined', 'withdrawn', 'expired', 'ended')),
	CONSTRAINT "peers_offered_by" CHECK ("peers"."offered_by" in ('us', 'them')),
	CONSTRAINT "peers_ended_by" CHECK ("peers"."ended_by" in ('us', 'them')),
	CONSTRAINT "peers_validity" CHECK ("peers"."valid_from" < "peers"."valid_until"),
	CONSTRAINT "peers_signed_by_both" CHECK ("peers"."state" <> 'accepted' or ("peers"."our_signature" is not null and "peers"."their_signature" is not null))
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" uuid NOT NULL,
	"line" integer NOT NULL,
	"key" text,
	"content" jsonb,
	"faults" jsonb NOT NULL,
	"outcome" text DEFAULT 'pending' NOT NULL,
	"subject_id" uuid,
	CONSTRAINT "import_rows_import_id_line_pk" PRIMARY KEY("import_id","line"),
	CONSTRAINT "import_rows_outcome" CHECK ("import_rows"."outcome" in ('pending', 'created', 'updated', 'unchanged', 'refused'))
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"resource" text NOT NULL,
	"source" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"state" text NOT NULL,
	"requester" jsonb NOT NULL,
	"columns" jsonb NOT NULL,
	"row_count" integer NOT NULL,
	"processed_count" integer DEFAULT 0 NOT NULL,
	"created_count" integer DEFAULT 0 NOT NULL,
	"updated_count" integer DEFAULT 0 NOT NULL,
	"unchanged_count" integer DEFAULT 0 NOT NULL,
	"refused_count" integer DEFAULT 0 NOT NULL,
	"warning_count" integer DEFAULT 0 NOT NULL,
	"failed_attempts" integer DEFAULT 0 NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "imports_state" CHECK ("imports"."state" in ('queued', 'running', 'succeeded', 'cancelled', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "commitment_steps" (
	"id" uuid PRIMARY KEY NOT NULL,
	"commitment_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"step" text NOT NULL,
	"organisation_id" uuid,
	"reason" text,
	"due_on" date NOT NULL,
	"evidence" jsonb,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "commitment_steps_number" UNIQUE("commitment_id","number")
);
--> statement-breakpoint
CREATE TABLE "commitments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"initiative_id" uuid,
	"title" text NOT NULL,
	"description" text,
	"promiser_organisation_id" uuid NOT NULL,
	"beneficiary_organisation_id" uuid NOT NULL,
	"due_on" date NOT NULL,
	"first_due_on" date NOT NULL,
	"late_told_due_on" date,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"counter_of_id" uuid,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"fulfilled_at" timestamp (3) with time zone,
	"evidence" jsonb,
	"confirmed_at" timestamp (3) with time zone,
	"outcome_reason" text,
	"cancelled_at" timestamp (3) with time zone,
	"cancelled_by_organisation_id" uuid,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "commitments_counter_of" UNIQUE("counter_of_id"),
	CONSTRAINT "commitments_two_parties" CHECK ("commitments"."promiser_organisation_id" <> "commitments"."beneficiary_organisation_id")
);
--> statement-breakpoint
CREATE TABLE "date_offers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"commitment_id" uuid NOT NULL,
	"due_on" date NOT NULL,
	"reason" text,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "initiative_knowledge" (
	"id" uuid PRIMARY KEY NOT NULL,
	"initiative_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"relation" text NOT NULL,
	"linked_by_organisation_id" uuid NOT NULL,
	"linked_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "initiative_stages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"initiative_id" uuid NOT NULL,
	"stage" text NOT NULL,
	"reason" text,
	"organisation_id" uuid NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "initiatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"title" text NOT NULL,
	"purpose" text,
	"themes" text[] NOT NULL,
	"stage" text NOT NULL,
	"stage_reason" text,
	"stage_changed_at" timestamp (3) with time zone NOT NULL,
	"talked_since" date NOT NULL,
	"stall_told_since" date,
	"created_by_organisation_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "participations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"initiative_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"stance" text,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"joined_at" timestamp (3) with time zone,
	"left_at" timestamp (3) with time zone,
	"leave_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "participations_joined" CHECK ("participations"."state" not in ('accepted', 'ended') or "participations"."joined_at" is not null)
);
--> statement-breakpoint
CREATE TABLE "stances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"participation_id" uuid NOT NULL,
	"stance" text NOT NULL,
	"reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "knowledge_adoptions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"item_id" uuid NOT NULL,
	"version_number" integer NOT NULL,
	"organisation_id" uuid NOT NULL,
	"use" text NOT NULL,
	"setting" text NOT NULL,
	"result" text NOT NULL,
	"evidence_url" text,
	"adopted_on" date NOT NULL,
	"response" text,
	"response_reason" text,
	"responded_at" timestamp (3) with time zone,
	"withdrawn_at" timestamp (3) with time zone,
	"withdrawal_reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "knowledge_contributions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "knowledge_items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"visibility" text NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"summary" text NOT NULL,
	"body" text NOT NULL,
	"links" jsonb NOT NULL,
	"language" text NOT NULL,
	"licence" text NOT NULL,
	"themes" text[] NOT NULL,
	"draft" jsonb,
	"published_version" integer,
	"content_hash" text,
	"first_published_at" timestamp (3) with time zone,
	"published_at" timestamp (3) with time zone,
	"withdrawn_at" timestamp (3) with time zone,
	"withdrawal_reason" text,
	"source" text,
	"source_key" text,
	"home" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"title_search" "tsvector" GENERATED ALWAYS AS (case when language = 'en' then to_tsvector('english', title) else to_tsvector('dutch', title) end) STORED,
	"search" "tsvector" GENERATED ALWAYS AS (case when language = 'en'
        then setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', summary), 'B')
          || setweight(to_tsvector('english', body), 'D')
        else setweight(to_tsvector('dutch', title), 'A') || setweight(to_tsvector('dutch', summary), 'B')
          || setweight(to_tsvector('dutch', body), 'D') end) STORED,
	CONSTRAINT "knowledge_items_source_key" UNIQUE("source","source_key"),
	CONSTRAINT "knowledge_items_published" CHECK ("knowledge_items"."state" = 'draft' or "knowledge_items"."published_version" is not null)
);
--> statement-breakpoint
CREATE TABLE "knowledge_shares" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"alliance_id" uuid NOT NULL,
	"note" text,
	"shared_by_organisation_id" uuid NOT NULL,
	"shared_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "knowledge_versions" (
	"item_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"summary" text NOT NULL,
	"body" text NOT NULL,
	"links" jsonb NOT NULL,
	"language" text NOT NULL,
	"licence" text NOT NULL,
	"themes" text[] NOT NULL,
	"content_hash" text NOT NULL,
	"change_note" text,
	"published_by_organisation_id" uuid NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "knowledge_versions_item_id_number_pk" PRIMARY KEY("item_id","number")
);
--> statement-breakpoint
CREATE TABLE "organisation_moves" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"organisation_id" uuid NOT NULL,
	"peer_id" uuid NOT NULL,
	"from_node" text NOT NULL,
	"to_node" text NOT NULL,
	"offered_by" text NOT NULL,
	"state" text NOT NULL,
	"number" integer NOT NULL,
	"reason" text,
	"decision_reason" text,
	"organisation" jsonb NOT NULL,
	"content" jsonb,
	"offer" text NOT NULL,
	"offer_hash" text NOT NULL,
	"acceptance" text,
	"completion" text,
	"closing" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"moved_at" timestamp (3) with time zone,
	"next_tell_at" timestamp (3) with time zone,
	"tries" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	CONSTRAINT "organisation_moves_state" CHECK ("organisation_moves"."state" in ('offered', 'accepted', 'moved', 'declined', 'withdrawn', 'expired')),
	CONSTRAINT "organisation_moves_offered_by" CHECK ("organisation_moves"."offered_by" in ('us', 'them')),
	CONSTRAINT "organisation_moves_signed_by_both" CHECK ("organisation_moves"."state" <> 'moved' or ("organisation_moves"."acceptance" is not null and "organisation_moves"."completion" is not null))
);
--> statement-breakpoint
CREATE TABLE "merger_predecessors" (
	"organisation_id" uuid PRIMARY KEY NOT NULL,
	"merger_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mergers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"successor_id" uuid NOT NULL,
	"effective_on" date NOT NULL,
	"continued_membership_count" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organisation_identifiers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organisation_id" uuid NOT NULL,
	"scheme" text NOT NULL,
	"value" text NOT NULL,
	"valid_from" date,
	"valid_until" date
);
--> statement-breakpoint
CREATE TABLE "organisation_keys" (
	"source" text NOT NULL,
	"key" text NOT NULL,
	"organisation_id" uuid NOT NULL,
	CONSTRAINT "organisation_keys_source_key_pk" PRIMARY KEY("source","key"),
	CONSTRAINT "organisation_keys_organisation" UNIQUE("organisation_id","source")
);
--> statement-breakpoint
CREATE TABLE "organisation_versions" (
	"organisation_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"operation_id" text NOT NULL,
	"snapshot" jsonb NOT NULL,
	CONSTRAINT "organisation_versions_organisation_id_version_pk" PRIMARY KEY("organisation_id","version")
);
--> statement-breakpoint
CREATE TABLE "organisations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"region" text,
	"starts_on" date,
	"ends_on" date,
	"successor_id" uuid,
	"source" text,
	"source_key" text,
	"home" text,
	"moves" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "organisations_source_key" UNIQUE("source","source_key"),
	CONSTRAINT "organisations_period" CHECK ("organisations"."ends_on" is null or "organisations"."starts_on" is null or "organisations"."ends_on" >= "organisations"."starts_on")
);
--> statement-breakpoint
CREATE TABLE "ownership_offers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"share" text NOT NULL,
	"from_organisation_id" uuid,
	"to_organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"message" text,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ownership_records" (
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"previous_number" integer,
	"id" uuid NOT NULL,
	"change" text NOT NULL,
	"share" text NOT NULL,
	"accountable_organisation_id" uuid,
	"joint_organisation_ids" uuid[] NOT NULL,
	"from_organisation_id" uuid,
	"to_organisation_id" uuid,
	"offer_id" uuid,
	"reason" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"receipt" text NOT NULL,
	"receipt_hash" text NOT NULL,
	"previous_receipt_hash" text,
	CONSTRAINT "ownership_records_subject_type_subject_id_number_pk" PRIMARY KEY("subject_type","subject_id","number"),
	CONSTRAINT "ownership_records_id_unique" UNIQUE("id"),
	CONSTRAINT "ownership_records_one_owner" CHECK (not "ownership_records"."accountable_organisation_id" = any ("ownership_records"."joint_organisation_ids")),
	CONSTRAINT "ownership_records_about" CHECK ("ownership_records"."from_organisation_id" is not null or "ownership_records"."to_organisation_id" is not null),
	CONSTRAINT "ownership_records_chain" CHECK (coalesce("ownership_records"."previous_number", 0) = "ownership_records"."number" - 1)
);
--> statement-breakpoint
CREATE TABLE "processing_records" (
	"id" uuid PRIMARY KEY NOT NULL,
	"trace_id" text NOT NULL,
	"span_id" text NOT NULL,
	"parent_span_id" text,
	"status" text NOT NULL,
	"name" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone NOT NULL,
	"service_version" text NOT NULL,
	"activity_id" text NOT NULL,
	"data_subject_id" text NOT NULL,
	"client_id" text NOT NULL,
	"organisation_id" uuid,
	CONSTRAINT "processing_records_status" CHECK ("processing_records"."status" in ('Unset', 'Ok', 'Error'))
);
--> statement-breakpoint
CREATE TABLE "retention_runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"rule_id" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"removed_count" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "affiliations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"professional_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"role" text,
	"state" text NOT NULL,
	"offered_by" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"starts_on" date NOT NULL,
	"ends_on" date,
	"ended_by" text,
	"end_reason" text,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "affiliations_period" CHECK ("affiliations"."ends_on" is null or "affiliations"."ends_on" >= "affiliations"."starts_on"),
	CONSTRAINT "affiliations_sides" CHECK ("affiliations"."offered_by" in ('professional', 'organisation'))
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY NOT NULL,
	"professional_id" uuid NOT NULL,
	"registered_by_organisation_id" uuid NOT NULL,
	"requested_by" text NOT NULL,
	"requested_by_organisation_id" uuid,
	"ground" text NOT NULL,
	"counts" jsonb NOT NULL,
	"receipt" text NOT NULL,
	"erased_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "erasures_professional_id_unique" UNIQUE("professional_id")
);
--> statement-breakpoint
CREATE TABLE "professional_contributions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"professional_id" uuid,
	"organisation_id" uuid NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"role" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "professional_contributions_erased" CHECK ("professional_contributions"."professional_id" is not null or "professional_contributions"."role" is null)
);
--> statement-breakpoint
CREATE TABLE "professionals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"registered_by_organisation_id" uuid NOT NULL,
	"name" text,
	"contact" text,
	"data_subject_id" text,
	"code_digest" "bytea",
	"code_issued_at" timestamp (3) with time zone,
	"code_used_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"erased_at" timestamp (3) with time zone,
	CONSTRAINT "professionals_data_subject_id_unique" UNIQUE("data_subject_id"),
	CONSTRAINT "professionals_erased" CHECK (("professionals"."erased_at" is null and "professionals"."name" is not null and "professionals"."data_subject_id" is not null)
      or ("professionals"."erased_at" is not null and num_nonnulls("professionals"."name", "professionals"."contact", "professionals"."data_subject_id",
        "professionals"."code_digest", "professionals"."code_issued_at", "professionals"."code_used_at") = 0))
);
--> statement-breakpoint
CREATE TABLE "peer_chains" (
	"peer_id" uuid PRIMARY KEY NOT NULL,
	"position" bigint DEFAULT -1 NOT NULL,
	"told_on" date,
	"floor_seq" bigint DEFAULT 0 NOT NULL,
	"floor_hash" text DEFAULT '' NOT NULL,
	"head_seq" bigint DEFAULT 0 NOT NULL,
	"head_hash" text DEFAULT '' NOT NULL,
	"asked_epoch" text,
	"asked_seq" bigint,
	"asked_hash" text,
	"nudged_seq" bigint DEFAULT 0 NOT NULL,
	"failed_nudges" integer DEFAULT 0 NOT NULL,
	"next_nudge_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "peer_cursors" (
	"peer_id" uuid PRIMARY KEY NOT NULL,
	"epoch" text,
	"seq" bigint,
	"hash" text,
	"baseline_epoch" text,
	"baseline_seq" bigint,
	"baseline_hash" text,
	"after_collection" text,
	"after_id" uuid,
	"mark" uuid
);
--> statement-breakpoint
CREATE TABLE "peer_entries" (
	"peer_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL,
	"collection" text NOT NULL,
	"object_id" uuid NOT NULL,
	"content_hash" text,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "peer_entries_peer_id_seq_pk" PRIMARY KEY("peer_id","seq")
);
--> statement-breakpoint
CREATE TABLE "peer_ledger" (
	"peer_id" uuid NOT NULL,
	"collection" text NOT NULL,
	"object_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"content_hash" text NOT NULL,
	"content" jsonb NOT NULL,
	CONSTRAINT "peer_ledger_peer_id_collection_object_id_pk" PRIMARY KEY("peer_id","collection","object_id")
);
--> statement-breakpoint
CREATE TABLE "replica_removals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"peer_id" uuid NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"receipt" text,
	CONSTRAINT "replica_removals_confirmed" CHECK (("replica_removals"."confirmed_at" is null) = ("replica_removals"."receipt" is null))
);
--> statement-breakpoint
CREATE TABLE "replicas" (
	"peer_id" uuid NOT NULL,
	"collection" text NOT NULL,
	"object_id" uuid NOT NULL,
	"content_hash" text NOT NULL,
	"content" jsonb NOT NULL,
	"mark" uuid,
	"fault" text,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "replicas_peer_id_collection_object_id_pk" PRIMARY KEY("peer_id","collection","object_id")
);
--> statement-breakpoint
CREATE TABLE "calendar_feeds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"alliance_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"membership_id" uuid NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_attendances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"head_count" integer NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "session_attendances_once" UNIQUE("session_id","organisation_id"),
	CONSTRAINT "session_attendances_count" CHECK ("session_attendances"."head_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "session_outcomes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"lesson" text,
	"commitment_id" uuid,
	"item_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "session_outcomes_one" CHECK (("session_outcomes"."kind" = 'lesson') = ("session_outcomes"."lesson" is not null)
        and ("session_outcomes"."kind" = 'commitment') = ("session_outcomes"."commitment_id" is not null)
        and ("session_outcomes"."kind" = 'knowledge_item') = ("session_outcomes"."item_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "session_series" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"place" text,
	"kind" text NOT NULL,
	"not_recorded" boolean NOT NULL,
	"starts_at" text NOT NULL,
	"time_zone" text NOT NULL,
	"duration_minutes" integer NOT NULL,
	"recurrence" text NOT NULL,
	"planned_through" date NOT NULL,
	"complete" boolean NOT NULL,
	"state" text NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"ended_by_organisation_id" uuid,
	"created_by_organisation_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"alliance_id" uuid NOT NULL,
	"series_id" uuid,
	"occurrence" text,
	"title" text NOT NULL,
	"description" text,
	"place" text,
	"kind" text NOT NULL,
	"not_recorded" boolean NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"time_zone" text NOT NULL,
	"planned_on" date NOT NULL,
	"state" text NOT NULL,
	"held_on" date,
	"decided_at" timestamp (3) with time zone,
	"decided_by_organisation_id" uuid,
	"called_off_before" boolean DEFAULT false NOT NULL,
	"reason" text,
	"created_by_organisation_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sessions_occurrence" UNIQUE("series_id","occurrence"),
	CONSTRAINT "sessions_period" CHECK ("sessions"."ends_at" > "sessions"."starts_at"),
	CONSTRAINT "sessions_held" CHECK (("sessions"."state" = 'held') = ("sessions"."held_on" is not null))
);
--> statement-breakpoint
CREATE TABLE "handovers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"commitment_id" uuid NOT NULL,
	"to_alliance_id" uuid NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"decision_reason" text,
	"new_commitment_id" uuid,
	"changed_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "harvest_consents" (
	"id" uuid PRIMARY KEY NOT NULL,
	"harvest_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"decided_at" timestamp (3) with time zone,
	CONSTRAINT "harvest_consents_organisation" UNIQUE("organisation_id","harvest_id")
);
--> statement-breakpoint
CREATE TABLE "harvests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"alliance_id" uuid NOT NULL,
	"visibility" text,
	"to_alliance_id" uuid,
	"message" text,
	"state" text NOT NULL,
	"offered_by_organisation_id" uuid NOT NULL,
	"offered_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "harvests_one_destination" CHECK (("harvests"."visibility" is null) <> ("harvests"."to_alliance_id" is null))
);
--> statement-breakpoint
CREATE TABLE "space_closure_members" (
	"alliance_id" uuid NOT NULL,
	"organisation_id" uuid NOT NULL,
	CONSTRAINT "space_closure_members_alliance_id_organisation_id_pk" PRIMARY KEY("alliance_id","organisation_id")
);
--> statement-breakpoint
CREATE TABLE "space_closures" (
	"alliance_id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"ends_on" date NOT NULL,
	"began_at" timestamp (3) with time zone NOT NULL,
	"archives_on" date NOT NULL,
	"destroys_on" date NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"archive" text,
	"archive_hash" text,
	"settled" jsonb,
	"destroyed_at" timestamp (3) with time zone,
	"receipt" text,
	"changed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "space_closures_archived" CHECK ("space_closures"."state" = 'closing' or "space_closures"."archive_hash" is not null),
	CONSTRAINT "space_closures_destroyed" CHECK ("space_closures"."state" <> 'destroyed' or "space_closures"."archive" is null)
);
--> statement-breakpoint
CREATE TABLE "computations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"network_id" uuid NOT NULL,
	"address" text NOT NULL,
	"parts" jsonb NOT NULL,
	"estimated_seconds" double precision NOT NULL,
	"state" text NOT NULL,
	"progress" double precision DEFAULT 0 NOT NULL,
	"failure" text,
	"failed_attempts" integer DEFAULT 0 NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "computations_state" CHECK ("computations"."state" in ('queued', 'running', 'succeeded', 'cancelled', 'failed')),
	CONSTRAINT "computations_progress" CHECK ("computations"."progress" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "computed_networks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"data_version" text NOT NULL,
	"content" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "computed_networks_version" UNIQUE("name","data_version")
);
--> statement-breakpoint
CREATE TABLE "computed_parts" (
	"network_id" uuid NOT NULL,
	"part" text NOT NULL,
	"content" "bytea" NOT NULL,
	CONSTRAINT "computed_parts_network_id_part_pk" PRIMARY KEY("network_id","part")
);
--> statement-breakpoint
CREATE TABLE "webhook_attempts" (
	"delivery_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"attempted_at" timestamp (3) with time zone NOT NULL,
	"duration_ms" integer NOT NULL,
	"status" integer,
	"reason" text,
	"answer" text,
	CONSTRAINT "webhook_attempts_delivery_id_number_pk" PRIMARY KEY("delivery_id","number")
);
--> statement-breakpoint
CREATE TABLE "webhook_deliveries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"webhook_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"position" bigint,
	"type" text NOT NULL,
	"state" text NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_deliveries_event" UNIQUE("webhook_id","event_id"),
	CONSTRAINT "webhook_deliveries_state" CHECK ("webhook_deliveries"."state" in ('queued', 'delivered', 'parked', 'dropped'))
);
--> statement-breakpoint
CREATE TABLE "webhook_dispatch" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_queues" (
	"webhook_id" uuid PRIMARY KEY NOT NULL,
	"lease_token" uuid,
	"lease_until" timestamp (3) with time zone,
	"served_at" timestamp (3) with time zone NOT NULL,
	"consecutive_failures" integer DEFAULT 0 NOT NULL,
	"failing_since" timestamp (3) with time zone,
	"resumes_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"webhook_id" uuid NOT NULL,
	"sealed_secret" "bytea" NOT NULL,
	"public_key" text NOT NULL,
	"sealed_private_key" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"organisation_id" uuid NOT NULL,
	"client_id" uuid NOT NULL,
	"scopes" text[] NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"types" text[] NOT NULL,
	"alliance_id" uuid,
	"state" text NOT NULL,
	"state_reason" text,
	"paused" boolean NOT NULL,
	"verification" text NOT NULL,
	"verification_reason" text,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"asking_until" timestamp (3) with time zone,
	"rate_per_minute" integer,
	"from_position" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	CONSTRAINT "webhooks_state" CHECK ("webhooks"."state" in ('pending', 'enabled', 'disabled')),
	CONSTRAINT "webhooks_verification" CHECK ("webhooks"."verification" in ('asked', 'granted', 'refused'))
);
--> statement-breakpoint
ALTER TABLE "client_keys" ADD CONSTRAINT "client_keys_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_secrets" ADD CONSTRAINT "client_secrets_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "clients" ADD CONSTRAINT "clients_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alliances" ADD CONSTRAINT "alliances_created_by_organisation_id_organisations_id_fk" FOREIGN KEY ("created_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charter_decisions" ADD CONSTRAINT "charter_decisions_charter_id_charters_id_fk" FOREIGN KEY ("charter_id") REFERENCES "public"."charters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charter_decisions" ADD CONSTRAINT "charter_decisions_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charters" ADD CONSTRAINT "charters_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "charters" ADD CONSTRAINT "charters_published_by_organisation_id_organisations_id_fk" FOREIGN KEY ("published_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_decided_by_organisation_id_organisations_id_fk" FOREIGN KEY ("decided_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_ended_by_organisation_id_organisations_id_fk" FOREIGN KEY ("ended_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sponsorships" ADD CONSTRAINT "sponsorships_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sponsorships" ADD CONSTRAINT "sponsorships_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sponsorships" ADD CONSTRAINT "sponsorships_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_audit_record_id_audit_records_id_fk" FOREIGN KEY ("audit_record_id") REFERENCES "public"."audit_records"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "export_parts" ADD CONSTRAINT "export_parts_export_id_exports_id_fk" FOREIGN KEY ("export_id") REFERENCES "public"."exports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "export_subjects" ADD CONSTRAINT "export_subjects_export_id_exports_id_fk" FOREIGN KEY ("export_id") REFERENCES "public"."exports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exports" ADD CONSTRAINT "exports_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "peer_messages" ADD CONSTRAINT "peer_messages_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitment_steps" ADD CONSTRAINT "commitment_steps_commitment_id_commitments_id_fk" FOREIGN KEY ("commitment_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitment_steps" ADD CONSTRAINT "commitment_steps_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_initiative_id_initiatives_id_fk" FOREIGN KEY ("initiative_id") REFERENCES "public"."initiatives"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_promiser_organisation_id_organisations_id_fk" FOREIGN KEY ("promiser_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_beneficiary_organisation_id_organisations_id_fk" FOREIGN KEY ("beneficiary_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_counter_of_id_commitments_id_fk" FOREIGN KEY ("counter_of_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_cancelled_by_organisation_id_organisations_id_fk" FOREIGN KEY ("cancelled_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "date_offers" ADD CONSTRAINT "date_offers_commitment_id_commitments_id_fk" FOREIGN KEY ("commitment_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "date_offers" ADD CONSTRAINT "date_offers_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiative_knowledge" ADD CONSTRAINT "initiative_knowledge_initiative_id_initiatives_id_fk" FOREIGN KEY ("initiative_id") REFERENCES "public"."initiatives"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiative_knowledge" ADD CONSTRAINT "initiative_knowledge_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiative_knowledge" ADD CONSTRAINT "initiative_knowledge_linked_by_organisation_id_organisations_id_fk" FOREIGN KEY ("linked_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiative_stages" ADD CONSTRAINT "initiative_stages_initiative_id_initiatives_id_fk" FOREIGN KEY ("initiative_id") REFERENCES "public"."initiatives"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiative_stages" ADD CONSTRAINT "initiative_stages_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiatives" ADD CONSTRAINT "initiatives_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "initiatives" ADD CONSTRAINT "initiatives_created_by_organisation_id_organisations_id_fk" FOREIGN KEY ("created_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "participations" ADD CONSTRAINT "participations_initiative_id_initiatives_id_fk" FOREIGN KEY ("initiative_id") REFERENCES "public"."initiatives"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "participations" ADD CONSTRAINT "participations_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "participations" ADD CONSTRAINT "participations_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stances" ADD CONSTRAINT "stances_participation_id_participations_id_fk" FOREIGN KEY ("participation_id") REFERENCES "public"."participations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_adoptions" ADD CONSTRAINT "knowledge_adoptions_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_adoptions" ADD CONSTRAINT "knowledge_adoptions_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_contributions" ADD CONSTRAINT "knowledge_contributions_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_contributions" ADD CONSTRAINT "knowledge_contributions_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_contributions" ADD CONSTRAINT "knowledge_contributions_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_items" ADD CONSTRAINT "knowledge_items_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_shares" ADD CONSTRAINT "knowledge_shares_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_shares" ADD CONSTRAINT "knowledge_shares_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_shares" ADD CONSTRAINT "knowledge_shares_shared_by_organisation_id_organisations_id_fk" FOREIGN KEY ("shared_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_versions" ADD CONSTRAINT "knowledge_versions_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "knowledge_versions" ADD CONSTRAINT "knowledge_versions_published_by_organisation_id_organisations_id_fk" FOREIGN KEY ("published_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisation_moves" ADD CONSTRAINT "organisation_moves_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merger_predecessors" ADD CONSTRAINT "merger_predecessors_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "merger_predecessors" ADD CONSTRAINT "merger_predecessors_merger_id_mergers_id_fk" FOREIGN KEY ("merger_id") REFERENCES "public"."mergers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mergers" ADD CONSTRAINT "mergers_successor_id_organisations_id_fk" FOREIGN KEY ("successor_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisation_identifiers" ADD CONSTRAINT "organisation_identifiers_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisation_keys" ADD CONSTRAINT "organisation_keys_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisation_versions" ADD CONSTRAINT "organisation_versions_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisations" ADD CONSTRAINT "organisations_successor_id_organisations_id_fk" FOREIGN KEY ("successor_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offers" ADD CONSTRAINT "ownership_offers_from_organisation_id_organisations_id_fk" FOREIGN KEY ("from_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offers" ADD CONSTRAINT "ownership_offers_to_organisation_id_organisations_id_fk" FOREIGN KEY ("to_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_offers" ADD CONSTRAINT "ownership_offers_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_records" ADD CONSTRAINT "ownership_records_accountable_organisation_id_organisations_id_fk" FOREIGN KEY ("accountable_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_records" ADD CONSTRAINT "ownership_records_from_organisation_id_organisations_id_fk" FOREIGN KEY ("from_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_records" ADD CONSTRAINT "ownership_records_to_organisation_id_organisations_id_fk" FOREIGN KEY ("to_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_records" ADD CONSTRAINT "ownership_records_offer_id_ownership_offers_id_fk" FOREIGN KEY ("offer_id") REFERENCES "public"."ownership_offers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ownership_records" ADD CONSTRAINT "ownership_records_previous" FOREIGN KEY ("subject_type","subject_id","previous_number") REFERENCES "public"."ownership_records"("subject_type","subject_id","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "affiliations" ADD CONSTRAINT "affiliations_professional_id_professionals_id_fk" FOREIGN KEY ("professional_id") REFERENCES "public"."professionals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "affiliations" ADD CONSTRAINT "affiliations_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "affiliations" ADD CONSTRAINT "affiliations_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_professional_id_professionals_id_fk" FOREIGN KEY ("professional_id") REFERENCES "public"."professionals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_registered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("registered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_requested_by_organisation_id_organisations_id_fk" FOREIGN KEY ("requested_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "professional_contributions" ADD CONSTRAINT "professional_contributions_professional_id_professionals_id_fk" FOREIGN KEY ("professional_id") REFERENCES "public"."professionals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "professional_contributions" ADD CONSTRAINT "professional_contributions_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "professionals" ADD CONSTRAINT "professionals_registered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("registered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "peer_chains" ADD CONSTRAINT "peer_chains_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "peer_cursors" ADD CONSTRAINT "peer_cursors_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "peer_entries" ADD CONSTRAINT "peer_entries_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "peer_ledger" ADD CONSTRAINT "peer_ledger_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replica_removals" ADD CONSTRAINT "replica_removals_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replicas" ADD CONSTRAINT "replicas_peer_id_peers_id_fk" FOREIGN KEY ("peer_id") REFERENCES "public"."peers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_feeds" ADD CONSTRAINT "calendar_feeds_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_feeds" ADD CONSTRAINT "calendar_feeds_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_feeds" ADD CONSTRAINT "calendar_feeds_membership_id_memberships_id_fk" FOREIGN KEY ("membership_id") REFERENCES "public"."memberships"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_attendances" ADD CONSTRAINT "session_attendances_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_attendances" ADD CONSTRAINT "session_attendances_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_outcomes" ADD CONSTRAINT "session_outcomes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_outcomes" ADD CONSTRAINT "session_outcomes_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_outcomes" ADD CONSTRAINT "session_outcomes_commitment_id_commitments_id_fk" FOREIGN KEY ("commitment_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_outcomes" ADD CONSTRAINT "session_outcomes_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_series" ADD CONSTRAINT "session_series_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_series" ADD CONSTRAINT "session_series_ended_by_organisation_id_organisations_id_fk" FOREIGN KEY ("ended_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_series" ADD CONSTRAINT "session_series_created_by_organisation_id_organisations_id_fk" FOREIGN KEY ("created_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_series_id_session_series_id_fk" FOREIGN KEY ("series_id") REFERENCES "public"."session_series"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_decided_by_organisation_id_organisations_id_fk" FOREIGN KEY ("decided_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_created_by_organisation_id_organisations_id_fk" FOREIGN KEY ("created_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_commitment_id_commitments_id_fk" FOREIGN KEY ("commitment_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_to_alliance_id_alliances_id_fk" FOREIGN KEY ("to_alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handovers" ADD CONSTRAINT "handovers_new_commitment_id_commitments_id_fk" FOREIGN KEY ("new_commitment_id") REFERENCES "public"."commitments"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvest_consents" ADD CONSTRAINT "harvest_consents_harvest_id_harvests_id_fk" FOREIGN KEY ("harvest_id") REFERENCES "public"."harvests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvest_consents" ADD CONSTRAINT "harvest_consents_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvests" ADD CONSTRAINT "harvests_item_id_knowledge_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."knowledge_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvests" ADD CONSTRAINT "harvests_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvests" ADD CONSTRAINT "harvests_to_alliance_id_alliances_id_fk" FOREIGN KEY ("to_alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "harvests" ADD CONSTRAINT "harvests_offered_by_organisation_id_organisations_id_fk" FOREIGN KEY ("offered_by_organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "space_closure_members" ADD CONSTRAINT "space_closure_members_alliance_id_space_closures_alliance_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."space_closures"("alliance_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "space_closure_members" ADD CONSTRAINT "space_closure_members_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "space_closures" ADD CONSTRAINT "space_closures_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "computations" ADD CONSTRAINT "computations_network_id_computed_networks_id_fk" FOREIGN KEY ("network_id") REFERENCES "public"."computed_networks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "computed_parts" ADD CONSTRAINT "computed_parts_network_id_computed_networks_id_fk" FOREIGN KEY ("network_id") REFERENCES "public"."computed_networks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_attempts" ADD CONSTRAINT "webhook_attempts_delivery_id_webhook_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."webhook_deliveries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_queues" ADD CONSTRAINT "webhook_queues_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_secrets" ADD CONSTRAINT "webhook_secrets_webhook_id_webhooks_id_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_client_id_clients_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."clients"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_alliance_id_alliances_id_fk" FOREIGN KEY ("alliance_id") REFERENCES "public"."alliances"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "client_secrets_client" ON "client_secrets" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "clients_organisation" ON "clients" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "clients_changed" ON "clients" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "signing_keys_active" ON "signing_keys" USING btree ("purpose","active_from");--> statement-breakpoint
CREATE INDEX "used_assertions_expires_at" ON "used_assertions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "alliances_created_by" ON "alliances" USING btree ("created_by_organisation_id");--> statement-breakpoint
CREATE INDEX "alliances_kind" ON "alliances" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "alliances_changed" ON "alliances" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "alliances_closed" ON "alliances" USING btree ("ends_on") WHERE "alliances"."visibility" = 'closed';--> statement-breakpoint
CREATE INDEX "charter_decisions_charter" ON "charter_decisions" USING btree ("charter_id","organisation_id","id");--> statement-breakpoint
CREATE INDEX "charter_decisions_organisation" ON "charter_decisions" USING btree ("organisation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "charter_decisions_accepted" ON "charter_decisions" USING btree ("charter_id","organisation_id") WHERE "charter_decisions"."decision" = 'accepted';--> statement-breakpoint
CREATE INDEX "charters_published_by" ON "charters" USING btree ("published_by_organisation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "memberships_open_offer" ON "memberships" USING btree ("alliance_id","organisation_id") WHERE "memberships"."state" = 'offered';--> statement-breakpoint
CREATE UNIQUE INDEX "memberships_current" ON "memberships" USING btree ("alliance_id","organisation_id") WHERE "memberships"."state" = 'accepted' and "memberships"."ends_on" is null;--> statement-breakpoint
CREATE INDEX "memberships_alliance" ON "memberships" USING btree ("alliance_id","organisation_id","starts_on","ends_on");--> statement-breakpoint
CREATE INDEX "memberships_organisation" ON "memberships" USING btree ("organisation_id","alliance_id");--> statement-breakpoint
CREATE INDEX "memberships_offered_by" ON "memberships" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "memberships_decided_by" ON "memberships" USING btree ("decided_by_organisation_id");--> statement-breakpoint
CREATE INDEX "memberships_ended_by" ON "memberships" USING btree ("ended_by_organisation_id");--> statement-breakpoint
CREATE INDEX "memberships_changed" ON "memberships" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "memberships_expiry" ON "memberships" USING btree ("expires_at") WHERE "memberships"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "memberships_last_day" ON "memberships" USING btree ("ends_on") WHERE "memberships"."state" = 'accepted';--> statement-breakpoint
CREATE UNIQUE INDEX "sponsorships_open" ON "sponsorships" USING btree ("alliance_id") WHERE "sponsorships"."state" in ('offered', 'accepted');--> statement-breakpoint
CREATE INDEX "sponsorships_organisation" ON "sponsorships" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "sponsorships_alliance" ON "sponsorships" USING btree ("alliance_id");--> statement-breakpoint
CREATE INDEX "sponsorships_changed" ON "sponsorships" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "sponsorships_expiry" ON "sponsorships" USING btree ("expires_at") WHERE "sponsorships"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "sponsorships_offered_by" ON "sponsorships" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "audit_records_organisation" ON "audit_records" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "audit_records_client" ON "audit_records" USING btree ("client_id","id");--> statement-breakpoint
CREATE INDEX "audit_records_subject" ON "audit_records" USING btree ("subject_id","id");--> statement-breakpoint
CREATE INDEX "events_subject" ON "events" USING btree ("subject_type","subject_id","position");--> statement-breakpoint
CREATE INDEX "events_alliance" ON "events" USING btree ("alliance_id","position");--> statement-breakpoint
CREATE INDEX "events_audit_record" ON "events" USING btree ("audit_record_id");--> statement-breakpoint
CREATE INDEX "saved_answers_saved_at" ON "saved_answers" USING btree ("saved_at");--> statement-breakpoint
CREATE INDEX "export_subjects_subject" ON "export_subjects" USING btree ("subject_id");--> statement-breakpoint
CREATE INDEX "exports_client" ON "exports" USING btree ("client_id","id");--> statement-breakpoint
CREATE INDEX "exports_organisation" ON "exports" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "exports_due" ON "exports" USING btree ("id") WHERE "exports"."state" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "exports_kept" ON "exports" USING btree ("expires_at") WHERE "exports"."state" = 'succeeded';--> statement-breakpoint
CREATE INDEX "peer_messages_due" ON "peer_messages" USING btree ("next_attempt_at") WHERE "peer_messages"."told_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "peers_open" ON "peers" USING btree ("base_url") WHERE "peers"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "peers_base_url" ON "peers" USING btree ("base_url");--> statement-breakpoint
CREATE INDEX "peers_received" ON "peers" USING btree ("created_at") WHERE "peers"."offered_by" = 'them';--> statement-breakpoint
CREATE INDEX "import_rows_content" ON "import_rows" USING btree ("import_id") WHERE "import_rows"."content" is not null;--> statement-breakpoint
CREATE INDEX "import_rows_key" ON "import_rows" USING btree ("import_id","key");--> statement-breakpoint
CREATE INDEX "import_rows_pending" ON "import_rows" USING btree ("import_id","line") WHERE "import_rows"."outcome" = 'pending';--> statement-breakpoint
CREATE INDEX "imports_due" ON "imports" USING btree ("id") WHERE "imports"."state" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "commitment_steps_organisation" ON "commitment_steps" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "commitments_alliance" ON "commitments" USING btree ("alliance_id","id");--> statement-breakpoint
CREATE INDEX "commitments_initiative" ON "commitments" USING btree ("initiative_id","state","due_on");--> statement-breakpoint
CREATE INDEX "commitments_promiser" ON "commitments" USING btree ("promiser_organisation_id","id");--> statement-breakpoint
CREATE INDEX "commitments_beneficiary" ON "commitments" USING btree ("beneficiary_organisation_id","id");--> statement-breakpoint
CREATE INDEX "commitments_offered_by" ON "commitments" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "commitments_cancelled_by" ON "commitments" USING btree ("cancelled_by_organisation_id");--> statement-breakpoint
CREATE INDEX "commitments_state" ON "commitments" USING btree ("state","due_on");--> statement-breakpoint
CREATE INDEX "commitments_changed" ON "commitments" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "commitments_expiry" ON "commitments" USING btree ("expires_at") WHERE "commitments"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "commitments_to_come" ON "commitments" USING btree ("due_on") WHERE "commitments"."state" = 'accepted' and "commitments"."late_told_due_on" is distinct from "commitments"."due_on";--> statement-breakpoint
CREATE UNIQUE INDEX "date_offers_open" ON "date_offers" USING btree ("commitment_id") WHERE "date_offers"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "date_offers_commitment" ON "date_offers" USING btree ("commitment_id","id");--> statement-breakpoint
CREATE INDEX "date_offers_offered_by" ON "date_offers" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "date_offers_changed" ON "date_offers" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "date_offers_expiry" ON "date_offers" USING btree ("expires_at") WHERE "date_offers"."state" = 'offered';--> statement-breakpoint
CREATE UNIQUE INDEX "initiative_knowledge_current" ON "initiative_knowledge" USING btree ("initiative_id","item_id","relation") WHERE "initiative_knowledge"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "initiative_knowledge_initiative" ON "initiative_knowledge" USING btree ("initiative_id","id");--> statement-breakpoint
CREATE INDEX "initiative_knowledge_item" ON "initiative_knowledge" USING btree ("item_id");--> statement-breakpoint
CREATE INDEX "initiative_knowledge_linked_by" ON "initiative_knowledge" USING btree ("linked_by_organisation_id");--> statement-breakpoint
CREATE INDEX "initiative_knowledge_changed" ON "initiative_knowledge" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "initiative_stages_initiative" ON "initiative_stages" USING btree ("initiative_id","recorded_at");--> statement-breakpoint
CREATE INDEX "initiative_stages_organisation" ON "initiative_stages" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "initiatives_alliance" ON "initiatives" USING btree ("alliance_id","id");--> statement-breakpoint
CREATE INDEX "initiatives_created_by" ON "initiatives" USING btree ("created_by_organisation_id");--> statement-breakpoint
CREATE INDEX "initiatives_stage" ON "initiatives" USING btree ("stage","id");--> statement-breakpoint
CREATE INDEX "initiatives_themes" ON "initiatives" USING gin ("themes");--> statement-breakpoint
CREATE INDEX "initiatives_open" ON "initiatives" USING btree ("talked_since") WHERE "initiatives"."stage" in ('idea', 'active');--> statement-breakpoint
CREATE INDEX "initiatives_changed" ON "initiatives" USING btree ("changed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "participations_open" ON "participations" USING btree ("initiative_id","organisation_id") WHERE "participations"."state" in ('offered', 'accepted');--> statement-breakpoint
CREATE INDEX "participations_initiative" ON "participations" USING btree ("initiative_id","id");--> statement-breakpoint
CREATE INDEX "participations_organisation" ON "participations" USING btree ("organisation_id","initiative_id");--> statement-breakpoint
CREATE INDEX "participations_offered_by" ON "participations" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "participations_changed" ON "participations" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "participations_expiry" ON "participations" USING btree ("expires_at") WHERE "participations"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "stances_participation" ON "stances" USING btree ("participation_id","recorded_at");--> statement-breakpoint
CREATE INDEX "knowledge_adoptions_item" ON "knowledge_adoptions" USING btree ("item_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_adoptions_organisation" ON "knowledge_adoptions" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_adoptions_changed" ON "knowledge_adoptions" USING btree ("changed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "knowledge_contributions_open" ON "knowledge_contributions" USING btree ("item_id","organisation_id") WHERE "knowledge_contributions"."state" in ('offered', 'accepted');--> statement-breakpoint
CREATE INDEX "knowledge_contributions_item" ON "knowledge_contributions" USING btree ("item_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_contributions_organisation" ON "knowledge_contributions" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_contributions_offered_by" ON "knowledge_contributions" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "knowledge_contributions_changed" ON "knowledge_contributions" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "knowledge_items_organisation" ON "knowledge_items" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_items_type" ON "knowledge_items" USING btree ("type","id");--> statement-breakpoint
CREATE INDEX "knowledge_items_language" ON "knowledge_items" USING btree ("language","id");--> statement-breakpoint
CREATE INDEX "knowledge_items_licence" ON "knowledge_items" USING btree ("licence","id");--> statement-breakpoint
CREATE INDEX "knowledge_items_changed" ON "knowledge_items" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "knowledge_items_themes" ON "knowledge_items" USING gin ("themes");--> statement-breakpoint
CREATE INDEX "knowledge_items_title_search" ON "knowledge_items" USING gin ("title_search");--> statement-breakpoint
CREATE INDEX "knowledge_items_search" ON "knowledge_items" USING gin ("search");--> statement-breakpoint
CREATE UNIQUE INDEX "knowledge_shares_current" ON "knowledge_shares" USING btree ("item_id","alliance_id") WHERE "knowledge_shares"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "knowledge_shares_item" ON "knowledge_shares" USING btree ("item_id","id");--> statement-breakpoint
CREATE INDEX "knowledge_shares_alliance" ON "knowledge_shares" USING btree ("alliance_id","item_id");--> statement-breakpoint
CREATE INDEX "knowledge_shares_shared_by" ON "knowledge_shares" USING btree ("shared_by_organisation_id");--> statement-breakpoint
CREATE INDEX "knowledge_shares_changed" ON "knowledge_shares" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "knowledge_versions_published_by" ON "knowledge_versions" USING btree ("published_by_organisation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "knowledge_versions_name" ON "knowledge_versions" USING btree ((md5(item_id::text || ' ' || number::text)::uuid));--> statement-breakpoint
CREATE UNIQUE INDEX "organisation_moves_open" ON "organisation_moves" USING btree ("organisation_id") WHERE "organisation_moves"."state" in ('offered', 'accepted');--> statement-breakpoint
CREATE INDEX "organisation_moves_organisation" ON "organisation_moves" USING btree ("organisation_id","created_at");--> statement-breakpoint
CREATE INDEX "organisation_moves_peer" ON "organisation_moves" USING btree ("peer_id");--> statement-breakpoint
CREATE INDEX "organisation_moves_created" ON "organisation_moves" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "organisation_moves_due" ON "organisation_moves" USING btree ("next_tell_at") WHERE "organisation_moves"."next_tell_at" is not null;--> statement-breakpoint
CREATE INDEX "merger_predecessors_merger" ON "merger_predecessors" USING btree ("merger_id");--> statement-breakpoint
CREATE INDEX "mergers_successor" ON "mergers" USING btree ("successor_id");--> statement-breakpoint
CREATE UNIQUE INDEX "organisation_identifiers_current" ON "organisation_identifiers" USING btree ("scheme","value") WHERE "organisation_identifiers"."valid_until" is null;--> statement-breakpoint
CREATE INDEX "organisation_identifiers_value" ON "organisation_identifiers" USING btree ("scheme","value");--> statement-breakpoint
CREATE INDEX "organisation_identifiers_organisation" ON "organisation_identifiers" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "organisations_successor" ON "organisations" USING btree ("successor_id");--> statement-breakpoint
CREATE INDEX "organisations_kind" ON "organisations" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "organisations_region" ON "organisations" USING btree ("region","id");--> statement-breakpoint
CREATE INDEX "organisations_changed" ON "organisations" USING btree ("changed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "ownership_offers_open" ON "ownership_offers" USING btree ("subject_type","subject_id","share","to_organisation_id") WHERE "ownership_offers"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "ownership_offers_subject" ON "ownership_offers" USING btree ("subject_type","subject_id","id");--> statement-breakpoint
CREATE INDEX "ownership_offers_from" ON "ownership_offers" USING btree ("from_organisation_id");--> statement-breakpoint
CREATE INDEX "ownership_offers_to" ON "ownership_offers" USING btree ("to_organisation_id");--> statement-breakpoint
CREATE INDEX "ownership_offers_offered_by" ON "ownership_offers" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "ownership_offers_changed" ON "ownership_offers" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "ownership_offers_expiry" ON "ownership_offers" USING btree ("expires_at") WHERE "ownership_offers"."state" = 'offered';--> statement-breakpoint
CREATE UNIQUE INDEX "ownership_records_next" ON "ownership_records" USING btree ("subject_type","subject_id","previous_number");--> statement-breakpoint
CREATE INDEX "ownership_records_accountable" ON "ownership_records" USING btree ("accountable_organisation_id");--> statement-breakpoint
CREATE INDEX "ownership_records_joint" ON "ownership_records" USING gin ("joint_organisation_ids");--> statement-breakpoint
CREATE INDEX "ownership_records_from" ON "ownership_records" USING btree ("from_organisation_id");--> statement-breakpoint
CREATE INDEX "ownership_records_to" ON "ownership_records" USING btree ("to_organisation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ownership_records_offer" ON "ownership_records" USING btree ("offer_id");--> statement-breakpoint
CREATE INDEX "ownership_records_recorded" ON "ownership_records" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "processing_records_organisation" ON "processing_records" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "processing_records_data_subject" ON "processing_records" USING btree ("data_subject_id","id");--> statement-breakpoint
CREATE INDEX "processing_records_activity" ON "processing_records" USING btree ("activity_id","id");--> statement-breakpoint
CREATE INDEX "processing_records_trace" ON "processing_records" USING btree ("trace_id");--> statement-breakpoint
CREATE INDEX "processing_records_started" ON "processing_records" USING btree ("started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "retention_runs_open" ON "retention_runs" USING btree ("rule_id") WHERE "retention_runs"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "retention_runs_rule" ON "retention_runs" USING btree ("rule_id","id");--> statement-breakpoint
CREATE INDEX "retention_runs_finished" ON "retention_runs" USING btree ("finished_at");--> statement-breakpoint
CREATE UNIQUE INDEX "affiliations_open" ON "affiliations" USING btree ("professional_id","organisation_id") WHERE "affiliations"."state" in ('offered', 'accepted');--> statement-breakpoint
CREATE INDEX "affiliations_professional" ON "affiliations" USING btree ("professional_id","id");--> statement-breakpoint
CREATE INDEX "affiliations_organisation" ON "affiliations" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "affiliations_offered_by" ON "affiliations" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "affiliations_changed" ON "affiliations" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "affiliations_expiry" ON "affiliations" USING btree ("expires_at") WHERE "affiliations"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "erasures_registered_by" ON "erasures" USING btree ("registered_by_organisation_id","id");--> statement-breakpoint
CREATE INDEX "erasures_requested_by" ON "erasures" USING btree ("requested_by_organisation_id");--> statement-breakpoint
CREATE INDEX "erasures_erased" ON "erasures" USING btree ("erased_at");--> statement-breakpoint
CREATE UNIQUE INDEX "professional_contributions_once" ON "professional_contributions" USING btree ("professional_id","organisation_id","subject_type","subject_id");--> statement-breakpoint
CREATE INDEX "professional_contributions_organisation" ON "professional_contributions" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "professional_contributions_subject" ON "professional_contributions" USING btree ("subject_type","subject_id");--> statement-breakpoint
CREATE INDEX "professional_contributions_changed" ON "professional_contributions" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "professionals_registered_by" ON "professionals" USING btree ("registered_by_organisation_id","id");--> statement-breakpoint
CREATE INDEX "professionals_changed" ON "professionals" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "professionals_created" ON "professionals" USING btree ("created_at") WHERE "professionals"."erased_at" is null;--> statement-breakpoint
CREATE INDEX "professionals_code" ON "professionals" USING btree ("code_issued_at") WHERE "professionals"."code_digest" is not null;--> statement-breakpoint
CREATE INDEX "peer_entries_recorded" ON "peer_entries" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "replica_removals_peer" ON "replica_removals" USING btree ("peer_id","seq");--> statement-breakpoint
CREATE INDEX "replica_removals_subject" ON "replica_removals" USING btree ("subject_id","id");--> statement-breakpoint
CREATE INDEX "replicas_object" ON "replicas" USING btree ("object_id");--> statement-breakpoint
CREATE INDEX "replicas_fault" ON "replicas" USING btree ("peer_id","object_id") WHERE "replicas"."fault" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "calendar_feeds_secret" ON "calendar_feeds" USING btree ("secret_hash");--> statement-breakpoint
CREATE INDEX "calendar_feeds_alliance" ON "calendar_feeds" USING btree ("alliance_id");--> statement-breakpoint
CREATE INDEX "calendar_feeds_organisation" ON "calendar_feeds" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "calendar_feeds_membership" ON "calendar_feeds" USING btree ("membership_id");--> statement-breakpoint
CREATE INDEX "calendar_feeds_changed" ON "calendar_feeds" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "session_attendances_organisation" ON "session_attendances" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "session_attendances_changed" ON "session_attendances" USING btree ("changed_at");--> statement-breakpoint
CREATE UNIQUE INDEX "session_outcomes_commitment" ON "session_outcomes" USING btree ("session_id","commitment_id");--> statement-breakpoint
CREATE UNIQUE INDEX "session_outcomes_item" ON "session_outcomes" USING btree ("session_id","item_id");--> statement-breakpoint
CREATE INDEX "session_outcomes_session" ON "session_outcomes" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "session_outcomes_organisation" ON "session_outcomes" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "session_outcomes_of_commitment" ON "session_outcomes" USING btree ("commitment_id");--> statement-breakpoint
CREATE INDEX "session_outcomes_of_item" ON "session_outcomes" USING btree ("item_id");--> statement-breakpoint
CREATE INDEX "session_outcomes_recorded" ON "session_outcomes" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "session_series_alliance" ON "session_series" USING btree ("alliance_id","id");--> statement-breakpoint
CREATE INDEX "session_series_created_by" ON "session_series" USING btree ("created_by_organisation_id");--> statement-breakpoint
CREATE INDEX "session_series_ended_by" ON "session_series" USING btree ("ended_by_organisation_id");--> statement-breakpoint
CREATE INDEX "session_series_changed" ON "session_series" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "session_series_planning" ON "session_series" USING btree ("planned_through") WHERE "session_series"."state" = 'active' and not "session_series"."complete";--> statement-breakpoint
CREATE INDEX "sessions_alliance" ON "sessions" USING btree ("alliance_id","planned_on");--> statement-breakpoint
CREATE INDEX "sessions_starts" ON "sessions" USING btree ("starts_at");--> statement-breakpoint
CREATE INDEX "sessions_changed" ON "sessions" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "sessions_created_by" ON "sessions" USING btree ("created_by_organisation_id");--> statement-breakpoint
CREATE INDEX "sessions_decided_by" ON "sessions" USING btree ("decided_by_organisation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "handovers_open" ON "handovers" USING btree ("commitment_id") WHERE "handovers"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "handovers_commitment" ON "handovers" USING btree ("commitment_id","id");--> statement-breakpoint
CREATE INDEX "handovers_to_alliance" ON "handovers" USING btree ("to_alliance_id");--> statement-breakpoint
CREATE INDEX "handovers_offered_by" ON "handovers" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "handovers_new_commitment" ON "handovers" USING btree ("new_commitment_id");--> statement-breakpoint
CREATE INDEX "handovers_changed" ON "handovers" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "handovers_expiry" ON "handovers" USING btree ("expires_at") WHERE "handovers"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "harvest_consents_harvest" ON "harvest_consents" USING btree ("harvest_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "harvests_open" ON "harvests" USING btree ("item_id") WHERE "harvests"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "harvests_item" ON "harvests" USING btree ("item_id","id");--> statement-breakpoint
CREATE INDEX "harvests_alliance" ON "harvests" USING btree ("alliance_id","id");--> statement-breakpoint
CREATE INDEX "harvests_to_alliance" ON "harvests" USING btree ("to_alliance_id");--> statement-breakpoint
CREATE INDEX "harvests_offered_by" ON "harvests" USING btree ("offered_by_organisation_id");--> statement-breakpoint
CREATE INDEX "harvests_changed" ON "harvests" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "harvests_expiry" ON "harvests" USING btree ("expires_at") WHERE "harvests"."state" = 'offered';--> statement-breakpoint
CREATE INDEX "space_closure_members_organisation" ON "space_closure_members" USING btree ("organisation_id");--> statement-breakpoint
CREATE INDEX "space_closures_due" ON "space_closures" USING btree ("state","destroys_on");--> statement-breakpoint
CREATE INDEX "computations_client" ON "computations" USING btree ("client_id","id");--> statement-breakpoint
CREATE INDEX "computations_network" ON "computations" USING btree ("network_id");--> statement-breakpoint
CREATE INDEX "computations_ended" ON "computations" USING btree ("finished_at") WHERE "computations"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX "computations_due" ON "computations" USING btree ("id") WHERE "computations"."state" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "computed_networks_expiry" ON "computed_networks" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_list" ON "webhook_deliveries" USING btree ("webhook_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_first" ON "webhook_deliveries" USING btree ("webhook_id","position" NULLS FIRST) WHERE "webhook_deliveries"."state" = 'queued' and "webhook_deliveries"."tries" = 0;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("webhook_id","due_at") WHERE "webhook_deliveries"."state" = 'queued' and "webhook_deliveries"."tries" > 0;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_created" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhook_secrets_webhook" ON "webhook_secrets" USING btree ("webhook_id");--> statement-breakpoint
CREATE INDEX "webhooks_organisation" ON "webhooks" USING btree ("organisation_id","id");--> statement-breakpoint
CREATE INDEX "webhooks_client" ON "webhooks" USING btree ("client_id");--> statement-breakpoint
CREATE INDEX "webhooks_alliance" ON "webhooks" USING btree ("alliance_id");--> statement-breakpoint
CREATE INDEX "webhooks_asked" ON "webhooks" USING btree ("asked_at") WHERE "webhooks"."verification" = 'asked' and "webhooks"."removed_at" is null;