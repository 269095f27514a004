-- What runs are filtered by is equality of few values, and a page is in the order of ids: see `src/runs/admitted.ts`.
-- DropIndex
DROP INDEX "Run_modelName_id_idx";
DROP INDEX "Run_method_id_idx";

-- CreateIndex
CREATE INDEX "Run_kind_status_modelName_method_pinned_id_idx" ON "Run"("kind", "status", "modelName", "method", "pinned", "id");

-- Two things about runs are kept by triggers: how many of them are alike, and by which three letters in a row their prompts
-- are found. Prisma knows nothing of these tables, nobody else writes them, and what they say follows from "Run" and
-- "ExperimentRun". Whoever makes "Run" anew has to drop the view and all triggers before, and make them again.

-- A run as it is counted. A score counts in units of 2^-24, since whole numbers add up to the same in whatever order they
-- come and go; one of 2^20 and more has no room there, and is counted apart.
CREATE VIEW "CountedRun" AS
SELECT "id", "kind", "status", "modelName", COALESCE("method", '') AS "method", "pinned",
    1 AS "runs",
    "eventCount" AS "events",
    "score" IS NOT NULL AS "scored",
    CASE WHEN ABS("score") < 1048576 THEN CAST(ROUND("score" * 16777216) AS INTEGER) ELSE 0 END AS "scoreSum",
    COALESCE(ABS("score") >= 1048576, 0) AS "scoresBeyond",
    "auditPassed" IS NOT NULL AS "audited",
    COALESCE("auditPassed", 0) AS "auditsPassed"
FROM "Run";

-- Of an experiment; of all runs under the empty text. "method" is empty where there is none.
CREATE TABLE "RunTally" (
    "experimentId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "modelName" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "pinned" BOOLEAN NOT NULL,
    "runs" INTEGER NOT NULL,
    "events" INTEGER NOT NULL,
    "scored" INTEGER NOT NULL,
    "scoreSum" INTEGER NOT NULL,
    "scoresBeyond" INTEGER NOT NULL,
    "audited" INTEGER NOT NULL,
    "auditsPassed" INTEGER NOT NULL,

    PRIMARY KEY ("experimentId", "kind", "status", "modelName", "method", "pinned")
) WITHOUT ROWID;

INSERT INTO "RunTally"
SELECT '', "kind", "status", "modelName", "method", "pinned", SUM("runs"), SUM("events"), SUM("scored"), SUM("scoreSum"),
    SUM("scoresBeyond"), SUM("audited"), SUM("auditsPassed")
FROM "CountedRun" GROUP BY "kind", "status", "modelName", "method", "pinned";

INSERT INTO "RunTally"
SELECT m."experimentId", "kind", "status", "modelName", "method", "pinned", SUM("runs"), SUM("events"), SUM("scored"),
    SUM("scoreSum"), SUM("scoresBeyond"), SUM("audited"), SUM("auditsPassed")
FROM "ExperimentRun" m JOIN "CountedRun" r ON r."id" = m."runId"
GROUP BY m."experimentId", "kind", "status", "modelName", "method", "pinned";

CREATE TRIGGER "Run_tally_insert" AFTER INSERT ON "Run" BEGIN
    INSERT INTO "RunTally"
    SELECT '', "kind", "status", "modelName", "method", "pinned", "runs", "events", "scored", "scoreSum", "scoresBeyond",
        "audited", "auditsPassed"
    FROM "CountedRun" WHERE "id" = NEW."id"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

CREATE TRIGGER "Run_tally_before_update"
BEFORE UPDATE OF "kind", "status", "modelName", "method", "pinned", "eventCount", "score", "auditPassed" ON "Run" BEGIN
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."id"
        AND "RunTally"."experimentId" IN (SELECT '' UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = OLD."id")
        AND "RunTally"."kind" = r."kind" AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

CREATE TRIGGER "Run_tally_after_update"
AFTER UPDATE OF "kind", "status", "modelName", "method", "pinned", "eventCount", "score", "auditPassed" ON "Run" BEGIN
    INSERT INTO "RunTally"
    SELECT m."experimentId", "kind", "status", "modelName", "method", "pinned", "runs", "events", "scored", "scoreSum",
        "scoresBeyond", "audited", "auditsPassed"
    FROM (SELECT '' AS "experimentId" UNION ALL SELECT "experimentId" FROM "ExperimentRun" WHERE "runId" = NEW."id") m
        CROSS JOIN "CountedRun" r
    WHERE r."id" = NEW."id"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

-- Its experiments first: behind it they would find no run any more.
CREATE TRIGGER "Run_tally_delete" BEFORE DELETE ON "Run" BEGIN
    DELETE FROM "ExperimentRun" WHERE "runId" = OLD."id";
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."id" AND "RunTally"."experimentId" = ''
        AND "RunTally"."kind" = r."kind" AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

CREATE TRIGGER "ExperimentRun_tally_insert" AFTER INSERT ON "ExperimentRun" BEGIN
    INSERT INTO "RunTally"
    SELECT NEW."experimentId", "kind", "status", "modelName", "method", "pinned", "runs", "events", "scored", "scoreSum",
        "scoresBeyond", "audited", "auditsPassed"
    FROM "CountedRun" WHERE "id" = NEW."runId"
    ON CONFLICT DO UPDATE SET "runs" = "runs" + excluded."runs", "events" = "events" + excluded."events",
        "scored" = "scored" + excluded."scored", "scoreSum" = "scoreSum" + excluded."scoreSum",
        "scoresBeyond" = "scoresBeyond" + excluded."scoresBeyond", "audited" = "audited" + excluded."audited",
        "auditsPassed" = "auditsPassed" + excluded."auditsPassed";
END;

CREATE TRIGGER "ExperimentRun_tally_delete" AFTER DELETE ON "ExperimentRun"
WHEN EXISTS (SELECT 1 FROM "RunTally" WHERE "experimentId" = OLD."experimentId") BEGIN
    UPDATE "RunTally" SET "runs" = "RunTally"."runs" - r."runs", "events" = "RunTally"."events" - r."events",
        "scored" = "RunTally"."scored" - r."scored", "scoreSum" = "RunTally"."scoreSum" - r."scoreSum",
        "scoresBeyond" = "RunTally"."scoresBeyond" - r."scoresBeyond", "audited" = "RunTally"."audited" - r."audited",
        "auditsPassed" = "RunTally"."auditsPassed" - r."auditsPassed"
    FROM "CountedRun" r
    WHERE r."id" = OLD."runId" AND "RunTally"."experimentId" = OLD."experimentId"
        AND "RunTally"."kind" = r."kind" AND "RunTally"."status" = r."status" AND "RunTally"."modelName" = r."modelName"
        AND "RunTally"."method" = r."method" AND "RunTally"."pinned" = r."pinned";
END;

-- So that its runs, which leave it one by one, find nothing to count down.
CREATE TRIGGER "Experiment_tally_delete" BEFORE DELETE ON "Experiment" BEGIN
    DELETE FROM "RunTally" WHERE "experimentId" = OLD."id";
END;

-- Numbers of runs that stay when the file is made anew by VACUUM, as those of SQLite's own do not.
CREATE TABLE "RunPrompt" (
    "number" INTEGER PRIMARY KEY,
    "runId" TEXT NOT NULL UNIQUE
);

-- "promptFolded" of these runs by three letters in a row, without their places: some 70 bytes a run.
CREATE VIRTUAL TABLE "PromptTrigrams" USING fts5("text", content = '', detail = none, columnsize = 0, tokenize = 'trigram case_sensitive 1');

INSERT INTO "RunPrompt" ("runId") SELECT "id" FROM "Run" WHERE "promptFolded" IS NOT NULL ORDER BY "id";
INSERT INTO "PromptTrigrams" (rowid, "text")
SELECT "number", "promptFolded" FROM "RunPrompt" JOIN "Run" ON "Run"."id" = "RunPrompt"."runId" ORDER BY "number";

CREATE TRIGGER "Run_prompt_insert" AFTER INSERT ON "Run" WHEN NEW."promptFolded" IS NOT NULL BEGIN
    INSERT INTO "RunPrompt" ("runId") VALUES (NEW."id");
    INSERT INTO "PromptTrigrams" (rowid, "text") SELECT "number", NEW."promptFolded" FROM "RunPrompt" WHERE "runId" = NEW."id";
END;

CREATE TRIGGER "Run_prompt_update" AFTER UPDATE OF "promptFolded" ON "Run" WHEN OLD."promptFolded" IS NOT NEW."promptFolded" BEGIN
    INSERT INTO "PromptTrigrams" ("PromptTrigrams", rowid, "text")
    SELECT 'delete', "number", OLD."promptFolded" FROM "RunPrompt" WHERE "runId" = OLD."id";
    DELETE FROM "RunPrompt" WHERE "runId" = OLD."id";
    INSERT INTO "RunPrompt" ("runId") SELECT NEW."id" WHERE NEW."promptFolded" IS NOT NULL;
    INSERT INTO "PromptTrigrams" (rowid, "text") SELECT "number", NEW."promptFolded" FROM "RunPrompt" WHERE "runId" = NEW."id";
END;

CREATE TRIGGER "Run_prompt_delete" BEFORE DELETE ON "Run" WHEN OLD."promptFolded" IS NOT NULL BEGIN
    INSERT INTO "PromptTrigrams" ("PromptTrigrams", rowid, "text")
    SELECT 'delete', "number", OLD."promptFolded" FROM "RunPrompt" WHERE "runId" = OLD."id";
    DELETE FROM "RunPrompt" WHERE "runId" = OLD."id";
END;
