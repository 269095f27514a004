-- Runs are listed and counted by owner: of each, as of all before. See `20261130100000_runs_at_size`, whose tally is made anew.
-- DropIndex
DROP INDEX "Run_kind_status_modelName_method_pinned_id_idx";

-- CreateIndex
CREATE INDEX "Run_owner_kind_status_modelName_method_pinned_id_idx" ON "Run"("owner", "kind", "status", "modelName", "method", "pinned", "id");

DROP TRIGGER "Run_tally_insert";
DROP TRIGGER "Run_tally_before_update";
DROP TRIGGER "Run_tally_after_update";
DROP TRIGGER "Run_tally_delete";
DROP TRIGGER "ExperimentRun_tally_insert";
DROP TRIGGER "ExperimentRun_tally_delete";
DROP TRIGGER "Experiment_tally_delete";
DROP TABLE "RunTally";
DROP VIEW "CountedRun";

-- A run as it is counted. A score counts in units of 2^-24, since whole numbers add up to the same in whatever order they
-- come and go; one of 2^20 and more has no room there, and is counted apart.
CREATE VIEW "CountedRun" AS
SELECT "id", "owner", "kind", "status", "modelName", COALESCE("method", '') AS "method", "pinned",
    1 AS "runs",
    "eventCount" AS "events",
    "storedBytes" AS "bytes",
    "score" IS NOT NULL AS "scored",
    CASE WHEN ABS("score") < 1048576 THEN CAST(ROUND("score" * 16777216) AS INTEGER) ELSE 0 END AS "scoreSum",
    COALESCE(ABS("score") >= 1048576, 0) AS "scoresBeyond",
    "auditPassed" IS NOT NULL AS "audited",
    COALESCE("auditPassed", 0) AS "auditsPassed"
FROM "Run";

-- Of an experiment; of all runs under the empty text. An owner's are next to each other. "method" is empty where there is none.
CREATE TABLE "RunTally" (
    "experimentId" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "modelName" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "pinned" BOOLEAN NOT NULL,
    "runs" INTEGER NOT NULL,
    "events" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "scored" INTEGER NOT NULL,
    "scoreSum" INTEGER NOT NULL,
    "scoresBeyond" INTEGER NOT NULL,
    "audited" INTEGER NOT NULL,
    "auditsPassed" INTEGER NOT NULL,

    PRIMARY KEY ("experimentId", "owner", "kind", "status", "modelName", "method", "pinned")
) WITHOUT ROWID;

INSERT INTO "RunTally"
SELECT '', "owner", "kind", "status", "modelName", "method", "pinned", SUM("runs"), SUM("events"), SUM("bytes"), SUM("scored"),
    SUM("scoreSum"), SUM("scoresBeyond"), SUM("audited"), SUM("auditsPassed")
FROM "CountedRun" GROUP BY "owner", "kind", "status", "modelName", "method", "pinned";

INSERT INTO "RunTally"
SELECT m."experimentId", "owner", "kind", "status", "modelName", "method", "pinned", SUM("runs"), SUM("events"), SUM("bytes"),
    SUM("scored"), SUM("scoreSum"), SUM("scoresBeyond"), SUM("audited"), SUM("auditsPassed")
FROM "ExperimentRun" m JOIN "CountedRun" r ON r."id" = m."runId"
GROUP BY m."experimentId", "owner", "kind", "status", "modelName", "method", "pinned";

CREATE TRIGGER "Run_tally_insert" AFTER INSERT ON "Run" BEGIN
    INSERT INTO "RunTally"
    SELECT '', "owner", "kind", "status", "modelName", "method", "pinned", "runs", "events", "bytes", "scored",
        "scoreSum", "scoresBeyond", "audited", "auditsPassed"
    FROM "CountedRun" WHERE "id" = NEW."id"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "bytes" = "bytes" + excluded."bytes",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

CREATE TRIGGER "Run_tally_before_update"
BEFORE UPDATE OF "owner", "kind", "status", "modelName", "method", "pinned", "eventCount", "storedBytes", "score", "auditPassed" ON "Run" BEGIN
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "bytes" = "RunTally"."bytes" - r."bytes",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."id"
        AND "RunTally"."experimentId" IN (SELECT '' UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = OLD."id")
        AND "RunTally"."owner" = r."owner" AND "RunTally"."kind" = r."kind"
        AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

CREATE TRIGGER "Run_tally_after_update"
AFTER UPDATE OF "owner", "kind", "status", "modelName", "method", "pinned", "eventCount", "storedBytes", "score", "auditPassed" ON "Run" BEGIN
    INSERT INTO "RunTally"
    SELECT m."experimentId", "owner", "kind", "status", "modelName", "method", "pinned", "runs", "events", "bytes", "scored",
        "scoreSum", "scoresBeyond", "audited", "auditsPassed"
    FROM (SELECT '' AS "experimentId" UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = NEW."id") m
        CROSS JOIN "CountedRun" r
    WHERE r."id" = NEW."id"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "bytes" = "bytes" + excluded."bytes",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

-- Its experiments first: behind it they would find no run any more.
CREATE TRIGGER "Run_tally_delete" BEFORE DELETE ON "Run" BEGIN
    DELETE FROM "ExperimentRun" WHERE "runId" = OLD."id";
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "bytes" = "RunTally"."bytes" - r."bytes",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."id" AND "RunTally"."experimentId" = ''
        AND "RunTally"."owner" = r."owner" AND "RunTally"."kind" = r."kind"
        AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

CREATE TRIGGER "ExperimentRun_tally_insert" AFTER INSERT ON "ExperimentRun" BEGIN
    INSERT INTO "RunTally"
    SELECT NEW."experimentId", "owner", "kind", "status", "modelName", "method", "pinned", "runs", "events", "bytes", "scored",
        "scoreSum", "scoresBeyond", "audited", "auditsPassed"
    FROM "CountedRun" WHERE "id" = NEW."runId"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "bytes" = "bytes" + excluded."bytes",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

CREATE TRIGGER "ExperimentRun_tally_delete" AFTER DELETE ON "ExperimentRun"
WHEN EXISTS (SELECT 1 FROM "RunTally" WHERE "experimentId" = OLD."experimentId") BEGIN
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "bytes" = "RunTally"."bytes" - r."bytes",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."runId" AND "RunTally"."experimentId" = OLD."experimentId"
        AND "RunTally"."owner" = r."owner" AND "RunTally"."kind" = r."kind"
        AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

-- So that its runs, which leave it one by one, find nothing to count down.
CREATE TRIGGER "Experiment_tally_delete" BEFORE DELETE ON "Experiment" BEGIN
    DELETE FROM "RunTally" WHERE "experimentId" = OLD."id";
END;
