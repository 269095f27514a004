-- Texts are compared by their bytes, as SQLite compares them: the order of runs is that of their ids, whatever the locale of the
-- database.

-- CreateTable
CREATE TABLE "Member" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "seenAt" TIMESTAMP(3) NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL DEFAULT '{}',

    CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Task" (
    "id" TEXT COLLATE "C" NOT NULL,
    "server" TEXT COLLATE "C" NOT NULL,
    "worker" TEXT COLLATE "C",
    "revision" TEXT COLLATE "C" NOT NULL,
    "modelName" TEXT COLLATE "C" NOT NULL,
    "client" TEXT COLLATE "C" NOT NULL,
    "share" TEXT COLLATE "C" NOT NULL,
    "mostTaken" INTEGER,
    "trace" TEXT COLLATE "C",
    "work" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "answer" BYTEA,

    CONSTRAINT "Task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TaskStep" (
    "taskId" TEXT COLLATE "C" NOT NULL,
    "sequence" INTEGER NOT NULL,
    "step" BYTEA NOT NULL,

    CONSTRAINT "TaskStep_pkey" PRIMARY KEY ("taskId","sequence")
);

-- CreateTable
CREATE TABLE "TaskRun" (
    "runId" TEXT COLLATE "C" NOT NULL,
    "taskId" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "TaskRun_pkey" PRIMARY KEY ("runId")
);

-- CreateTable
CREATE TABLE "Event" (
    "runId" TEXT COLLATE "C" NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "arrays" BYTEA NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("runId","sequence")
);

-- CreateTable
CREATE TABLE "Experiment" (
    "id" TEXT COLLATE "C" NOT NULL,
    "owner" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "name" TEXT COLLATE "C" NOT NULL,
    "description" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "tags" TEXT COLLATE "C" NOT NULL DEFAULT '[]',
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Experiment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ExperimentRun" (
    "experimentId" TEXT COLLATE "C" NOT NULL,
    "runId" TEXT COLLATE "C" NOT NULL,
    "addedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ExperimentRun_pkey" PRIMARY KEY ("experimentId","runId")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hash" BYTEA NOT NULL,
    "owner" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "limits" TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3),
    "revokedAt" TIMESTAMP(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Part" (
    "runId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "count" INTEGER NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "arrays" BYTEA NOT NULL,

    CONSTRAINT "Part_pkey" PRIMARY KEY ("runId","name")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "contentHash" TEXT COLLATE "C" NOT NULL,
    "answers" TEXT COLLATE "C",
    "modelName" TEXT COLLATE "C" NOT NULL,
    "modelRevision" TEXT COLLATE "C" NOT NULL,
    "input" TEXT COLLATE "C" NOT NULL,
    "method" TEXT COLLATE "C",
    "promptText" TEXT COLLATE "C",
    "promptFolded" TEXT COLLATE "C",
    "createdAt" TIMESTAMP(3) NOT NULL,
    "startedAt" TIMESTAMP(3),
    "finishedAt" TIMESTAMP(3),
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "eventCount" INTEGER NOT NULL DEFAULT 0,
    "owner" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "shared" BOOLEAN NOT NULL DEFAULT false,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "worker" TEXT COLLATE "C",
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "note" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "programVersion" TEXT COLLATE "C",
    "methodVersion" TEXT COLLATE "C",
    "machine" TEXT COLLATE "C",
    "profile" TEXT COLLATE "C",
    "score" DOUBLE PRECISION,
    "auditPassed" BOOLEAN,
    "storedBytes" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Sweep" (
    "id" TEXT COLLATE "C" NOT NULL,
    "experimentId" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "request" TEXT COLLATE "C" NOT NULL,
    "rowCount" INTEGER NOT NULL,
    "done" INTEGER NOT NULL DEFAULT 0,
    "found" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "finishedAt" TIMESTAMP(3),
    "server" TEXT COLLATE "C",

    CONSTRAINT "Sweep_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SweepRow" (
    "sweepId" TEXT COLLATE "C" NOT NULL,
    "index" INTEGER NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "slots" TEXT COLLATE "C" NOT NULL,
    "request" TEXT COLLATE "C" NOT NULL,
    "runId" TEXT COLLATE "C",
    "found" BOOLEAN NOT NULL DEFAULT false,
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",

    CONSTRAINT "SweepRow_pkey" PRIMARY KEY ("sweepId","index")
);

-- CreateTable
CREATE TABLE "Upload" (
    "id" TEXT COLLATE "C" NOT NULL,
    "owner" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "name" TEXT COLLATE "C" NOT NULL,
    "bytes" INTEGER NOT NULL,
    "rowCount" INTEGER NOT NULL,
    "columns" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "storedAt" TIMESTAMP(3),

    CONSTRAINT "Upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "UploadRow" (
    "uploadId" TEXT COLLATE "C" NOT NULL,
    "index" INTEGER NOT NULL,
    "values" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "UploadRow_pkey" PRIMARY KEY ("uploadId","index")
);

-- CreateIndex
CREATE INDEX "Member_kind_id_idx" ON "Member"("kind", "id");

-- CreateIndex
CREATE INDEX "Task_worker_idx" ON "Task"("worker");

-- CreateIndex
CREATE INDEX "Task_server_idx" ON "Task"("server");

-- CreateIndex
CREATE INDEX "Task_client_idx" ON "Task"("client");

-- CreateIndex
CREATE INDEX "Task_share_idx" ON "Task"("share");

-- CreateIndex
CREATE INDEX "TaskRun_taskId_idx" ON "TaskRun"("taskId");

-- CreateIndex
CREATE UNIQUE INDEX "Experiment_owner_name_key" ON "Experiment"("owner", "name");

-- CreateIndex
CREATE INDEX "ExperimentRun_runId_idx" ON "ExperimentRun"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "Run_answers_key" ON "Run"("answers");

-- CreateIndex
CREATE INDEX "Run_status_id_idx" ON "Run"("status", "id");

-- CreateIndex
-- Also runs without a method are next to each other in it: equality would not find them where it is null.
CREATE INDEX "Run_owner_kind_status_modelName_method_pinned_id_idx"
    ON "Run"("owner", "kind", "status", "modelName", (COALESCE("method", '')), "pinned", "id");

-- CreateIndex
CREATE INDEX "Sweep_experimentId_id_idx" ON "Sweep"("experimentId", "id");

-- CreateIndex
CREATE INDEX "Sweep_status_idx" ON "Sweep"("status");

-- CreateIndex
CREATE INDEX "SweepRow_sweepId_status_index_idx" ON "SweepRow"("sweepId", "status", "index");

-- CreateIndex
CREATE INDEX "SweepRow_runId_idx" ON "SweepRow"("runId");

-- AddForeignKey
ALTER TABLE "TaskStep" ADD CONSTRAINT "TaskStep_taskId_fkey" FOREIGN KEY ("taskId") REFERENCES "Task"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TaskRun" ADD CONSTRAINT "TaskRun_taskId_fkey" FOREIGN KEY ("taskId") REFERENCES "Task"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Event" ADD CONSTRAINT "Event_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ExperimentRun" ADD CONSTRAINT "ExperimentRun_experimentId_fkey" FOREIGN KEY ("experimentId") REFERENCES "Experiment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ExperimentRun" ADD CONSTRAINT "ExperimentRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Part" ADD CONSTRAINT "Part_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Sweep" ADD CONSTRAINT "Sweep_experimentId_fkey" FOREIGN KEY ("experimentId") REFERENCES "Experiment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SweepRow" ADD CONSTRAINT "SweepRow_sweepId_fkey" FOREIGN KEY ("sweepId") REFERENCES "Sweep"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SweepRow" ADD CONSTRAINT "SweepRow_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UploadRow" ADD CONSTRAINT "UploadRow_uploadId_fkey" FOREIGN KEY ("uploadId") REFERENCES "Upload"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What is told of a run is written as it is: so that bytes of events and parts are bytes of the disk, and what is free of the
-- disk follows from them. Arrays of floats would hardly become smaller.
ALTER TABLE "Event" ALTER COLUMN "payload" SET STORAGE EXTERNAL, ALTER COLUMN "arrays" SET STORAGE EXTERNAL;
ALTER TABLE "Part" ALTER COLUMN "payload" SET STORAGE EXTERNAL, ALTER COLUMN "arrays" SET STORAGE EXTERNAL;

-- A run tells its events one by one, and each counts: with room beside it, no index has to be told.
ALTER TABLE "Run" SET (fillfactor = 70);

-- Of each transaction that has written, until whoever wrote it knows that it was stored, or that it never will be: see
-- `src/runs/postgresql/transact.ts`.
CREATE TABLE "Stored" (
    "id" UUID NOT NULL PRIMARY KEY,
    "stored" BOOLEAN NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Two things about runs are kept by triggers: how many of them are alike, and by which three letters in a row their prompts
-- are found. Prisma knows nothing of these tables, nobody else writes them, and what they say follows from "Run" and
-- "ExperimentRun".

-- Many transactions count at once. None waits for another: each adds what it changes, and now and then one sums that up.
CREATE TABLE "RunTallyChange" (
    -- Of an experiment; of all runs under the empty text.
    "experimentId" TEXT COLLATE "C" NOT NULL,
    "owner" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "modelName" TEXT COLLATE "C" NOT NULL,
    -- Empty where there is none.
    "method" TEXT COLLATE "C" NOT NULL,
    "pinned" BOOLEAN NOT NULL,
    "runs" BIGINT NOT NULL,
    "events" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "scored" BIGINT NOT NULL,
    -- In units of 2^-24, since whole numbers add up to the same in whatever order they come and go.
    "scoreSum" BIGINT NOT NULL,
    -- One of 2^20 and more has no room there, and is counted apart.
    "scoresBeyond" BIGINT NOT NULL,
    "audited" BIGINT NOT NULL,
    "auditsPassed" BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE INDEX "RunTallyChange_experimentId_idx" ON "RunTallyChange"("experimentId");

CREATE TABLE "RunTallySum" (
    LIKE "RunTallyChange",
    PRIMARY KEY ("experimentId", "owner", "kind", "status", "modelName", "method", "pinned")
);

-- To be summed by whoever reads it: what is alike is in it several times.
CREATE VIEW "RunTally" AS SELECT * FROM "RunTallySum" UNION ALL SELECT * FROM "RunTallyChange";

-- One at a time. What is added meanwhile is not seen, and stays; of an experiment that was deleted nothing does.
CREATE FUNCTION "sumRunTally"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_try_advisory_xact_lock(7166245801) THEN
        WITH "change" AS (DELETE FROM "RunTallyChange" RETURNING *)
        INSERT INTO "RunTallySum" AS t
        SELECT "experimentId", "owner", "kind", "status", "modelName", "method", "pinned", SUM("runs"), SUM("events"), SUM("bytes"),
            SUM("scored"), SUM("scoreSum"), SUM("scoresBeyond"), SUM("audited"), SUM("auditsPassed")
        FROM "change"
        WHERE "experimentId" = '' OR EXISTS (SELECT 1 FROM "Experiment" WHERE "id" = "experimentId")
        GROUP BY "experimentId", "owner", "kind", "status", "modelName", "method", "pinned"
        ON CONFLICT ("experimentId", "owner", "kind", "status", "modelName", "method", "pinned") DO UPDATE SET
            "runs" = t."runs" + excluded."runs", "events" = t."events" + excluded."events",
            "bytes" = t."bytes" + excluded."bytes", "scored" = t."scored" + excluded."scored",
            "scoreSum" = t."scoreSum" + excluded."scoreSum", "scoresBeyond" = t."scoresBeyond" + excluded."scoresBeyond",
            "audited" = t."audited" + excluded."audited", "auditsPassed" = t."auditsPassed" + excluded."auditsPassed";
    END IF;
    RETURN NULL;
END $$;

-- After so many changes on average: as many are summed by whoever reads.
CREATE TRIGGER "RunTallyChange_sum" AFTER INSERT ON "RunTallyChange" FOR EACH STATEMENT
WHEN (random() < 0.005) EXECUTE FUNCTION "sumRunTally"();

-- A run as it is counted.
CREATE FUNCTION "countRun"("experimentId" TEXT, "times" INTEGER, "run" "Run") RETURNS SETOF "RunTallyChange"
LANGUAGE sql IMMUTABLE AS $$
    SELECT "experimentId", run."owner", run."kind", run."status", run."modelName", COALESCE(run."method", ''), run."pinned",
        "times"::BIGINT,
        "times" * run."eventCount"::BIGINT,
        "times" * run."storedBytes"::BIGINT,
        "times" * (run."score" IS NOT NULL)::INTEGER::BIGINT,
        "times" * CASE WHEN ABS(run."score") < 1048576 THEN ROUND(run."score" * 16777216)::BIGINT ELSE 0 END,
        "times" * COALESCE(ABS(run."score") >= 1048576, FALSE)::INTEGER::BIGINT,
        "times" * (run."auditPassed" IS NOT NULL)::INTEGER::BIGINT,
        "times" * COALESCE(run."auditPassed", FALSE)::INTEGER::BIGINT
$$;

CREATE FUNCTION "tallyInsertedRun"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "RunTallyChange" SELECT * FROM "countRun"('', 1, NEW);
    RETURN NULL;
END $$;

CREATE TRIGGER "Run_tally_insert" AFTER INSERT ON "Run" FOR EACH ROW EXECUTE FUNCTION "tallyInsertedRun"();

CREATE FUNCTION "tallyUpdatedRun"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "RunTallyChange"
    SELECT c."experimentId", c."owner", c."kind", c."status", c."modelName", c."method", c."pinned", SUM(c."runs"), SUM(c."events"),
        SUM(c."bytes"), SUM(c."scored"), SUM(c."scoreSum"), SUM(c."scoresBeyond"), SUM(c."audited"), SUM(c."auditsPassed")
    FROM (SELECT '' AS "experimentId" UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = NEW."id") m
        CROSS JOIN LATERAL (
            SELECT * FROM "countRun"(m."experimentId", -1, OLD) UNION ALL SELECT * FROM "countRun"(m."experimentId", 1, NEW)
        ) c
    GROUP BY c."experimentId", c."owner", c."kind", c."status", c."modelName", c."method", c."pinned";
    RETURN NULL;
END $$;

CREATE TRIGGER "Run_tally_update"
AFTER UPDATE OF "owner", "kind", "status", "modelName", "method", "pinned", "eventCount", "storedBytes", "score", "auditPassed" ON "Run"
FOR EACH ROW EXECUTE FUNCTION "tallyUpdatedRun"();

-- Of its experiments as well: they leave it when it is gone, and find nothing to count any more.
CREATE FUNCTION "tallyDeletedRun"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "RunTallyChange"
    SELECT c.*
    FROM (SELECT '' AS "experimentId" UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = OLD."id") m
        CROSS JOIN LATERAL "countRun"(m."experimentId", -1, OLD) c;
    RETURN OLD;
END $$;

CREATE TRIGGER "Run_tally_delete" BEFORE DELETE ON "Run" FOR EACH ROW EXECUTE FUNCTION "tallyDeletedRun"();

-- The run is locked: whoever changes it waits until that it belongs to the experiment can be seen, and counts there as well.
CREATE FUNCTION "tallyJoinedRun"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run "Run";
BEGIN
    SELECT * INTO run FROM "Run" WHERE "id" = NEW."runId" FOR NO KEY UPDATE;
    INSERT INTO "RunTallyChange" SELECT * FROM "countRun"(NEW."experimentId", 1, run);
    RETURN NULL;
END $$;

CREATE TRIGGER "ExperimentRun_tally_insert" AFTER INSERT ON "ExperimentRun" FOR EACH ROW EXECUTE FUNCTION "tallyJoinedRun"();

-- Nothing where the experiment is deleted, whose tally goes as a whole, or the run, which is counted already.
CREATE FUNCTION "tallyLeftRun"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run "Run";
BEGIN
    IF EXISTS (SELECT 1 FROM "Experiment" WHERE "id" = OLD."experimentId") THEN
        SELECT * INTO run FROM "Run" WHERE "id" = OLD."runId" FOR NO KEY UPDATE;
        IF FOUND THEN
            INSERT INTO "RunTallyChange" SELECT * FROM "countRun"(OLD."experimentId", -1, run);
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "ExperimentRun_tally_delete" AFTER DELETE ON "ExperimentRun" FOR EACH ROW EXECUTE FUNCTION "tallyLeftRun"();

CREATE FUNCTION "dropTally"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "RunTallyChange" WHERE "experimentId" = OLD."id";
    DELETE FROM "RunTallySum" WHERE "experimentId" = OLD."id";
    RETURN NULL;
END $$;

CREATE TRIGGER "Experiment_tally_delete" AFTER DELETE ON "Experiment" FOR EACH ROW EXECUTE FUNCTION "dropTally"();

-- Each three letters in a row as one number: 21 bits hold any character. The extension pg_trgm would leave out all that is no
-- letter or digit, and may not be there.
CREATE FUNCTION "trigramsOf"("text" TEXT) RETURNS BIGINT[] LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(array_agg(DISTINCT ("first"::BIGINT << 42) | ("second"::BIGINT << 21) | "third"), '{}')
    FROM (
        SELECT ascii("letter") AS "first", ascii(lead("letter", 1) OVER places) AS "second", ascii(lead("letter", 2) OVER places) AS "third"
        FROM unnest(string_to_array("text", NULL)) WITH ORDINALITY AS letters("letter", "place")
        WINDOW places AS (ORDER BY "place")
    ) t
    WHERE "third" IS NOT NULL
$$;

-- Beside the run, whose other columns change: of each of its versions the index would be told anew.
CREATE TABLE "RunPrompt" (
    "runId" TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "trigrams" BIGINT[] NOT NULL
);

CREATE INDEX "RunPrompt_trigrams_idx" ON "RunPrompt" USING gin ("trigrams");

CREATE FUNCTION "indexPrompt"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."promptFolded" IS NULL THEN
        DELETE FROM "RunPrompt" WHERE "runId" = NEW."id";
    ELSE
        INSERT INTO "RunPrompt" VALUES (NEW."id", "trigramsOf"(NEW."promptFolded"))
        ON CONFLICT ("runId") DO UPDATE SET "trigrams" = excluded."trigrams";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "Run_prompt" AFTER INSERT OR UPDATE OF "promptFolded" ON "Run" FOR EACH ROW EXECUTE FUNCTION "indexPrompt"();
