-- AlterTable
ALTER TABLE "Experiment" ADD COLUMN "description" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Experiment" ADD COLUMN "tags" TEXT NOT NULL DEFAULT '[]';

-- CreateTable
CREATE TABLE "ExperimentRun" (
    "experimentId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "addedAt" DATETIME NOT NULL,

    PRIMARY KEY ("experimentId", "runId"),
    CONSTRAINT "ExperimentRun_experimentId_fkey" FOREIGN KEY ("experimentId") REFERENCES "Experiment" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "ExperimentRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- A run of before belongs to one experiment at the most.
INSERT INTO "ExperimentRun" ("experimentId", "runId", "addedAt")
SELECT "experimentId", "id", "createdAt" FROM "Run" WHERE "experimentId" IS NOT NULL;

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Run" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "contentHash" TEXT NOT NULL,
    "answers" TEXT,
    "modelName" TEXT NOT NULL,
    "modelRevision" TEXT NOT NULL,
    "input" TEXT NOT NULL,
    "method" TEXT,
    "promptText" TEXT,
    "promptFolded" TEXT,
    "createdAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "eventCount" INTEGER NOT NULL DEFAULT 0,
    "pinned" BOOLEAN NOT NULL DEFAULT false,
    "note" TEXT NOT NULL DEFAULT '',
    "programVersion" TEXT,
    "methodVersion" TEXT,
    "machine" TEXT,
    "profile" TEXT,
    "score" REAL,
    "auditPassed" BOOLEAN,
    "storedBytes" INTEGER NOT NULL DEFAULT 0
);
INSERT INTO "new_Run" ("answers", "contentHash", "createdAt", "errorCode", "errorMessage", "eventCount", "finishedAt", "id", "input", "kind", "method", "modelName", "modelRevision", "promptFolded", "promptText", "startedAt", "status") SELECT "answers", "contentHash", "createdAt", "errorCode", "errorMessage", "eventCount", "finishedAt", "id", "input", "kind", "method", "modelName", "modelRevision", "promptFolded", "promptText", "startedAt", "status" FROM "Run";
DROP TABLE "Run";
ALTER TABLE "new_Run" RENAME TO "Run";
CREATE UNIQUE INDEX "Run_answers_key" ON "Run"("answers");
CREATE INDEX "Run_status_id_idx" ON "Run"("status", "id");
CREATE INDEX "Run_modelName_id_idx" ON "Run"("modelName", "id");
CREATE INDEX "Run_method_id_idx" ON "Run"("method", "id");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- What runs of before take of the file, and what attributions of before answer.
UPDATE "Run" SET "storedBytes" =
    COALESCE((SELECT SUM(OCTET_LENGTH("payload") + OCTET_LENGTH("arrays")) FROM "Event" WHERE "runId" = "Run"."id"), 0)
  + COALESCE((SELECT SUM(OCTET_LENGTH("payload") + OCTET_LENGTH("arrays")) FROM "Part" WHERE "runId" = "Run"."id"), 0);
UPDATE "Run" SET
    "score" = (SELECT json_extract("payload", '$.audit.logit') FROM "Part" WHERE "runId" = "Run"."id" AND "name" = 'summary'),
    "auditPassed" = (SELECT json_extract("payload", '$.audit.passed') FROM "Part" WHERE "runId" = "Run"."id" AND "name" = 'summary')
WHERE "kind" = 'LOGIT_ATTRIBUTION' AND "status" = 'COMPLETED';

-- CreateTable
CREATE TABLE "Sweep" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "experimentId" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "rowCount" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "finishedAt" DATETIME,
    CONSTRAINT "Sweep_experimentId_fkey" FOREIGN KEY ("experimentId") REFERENCES "Experiment" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SweepRow" (
    "sweepId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "slots" TEXT NOT NULL,
    "request" TEXT NOT NULL,
    "runId" TEXT,
    "found" BOOLEAN NOT NULL DEFAULT false,
    "errorCode" TEXT,
    "errorMessage" TEXT,

    PRIMARY KEY ("sweepId", "index"),
    CONSTRAINT "SweepRow_sweepId_fkey" FOREIGN KEY ("sweepId") REFERENCES "Sweep" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "SweepRow_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Upload" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "rowCount" INTEGER NOT NULL,
    "columns" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "UploadRow" (
    "uploadId" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "values" TEXT NOT NULL,

    PRIMARY KEY ("uploadId", "index"),
    CONSTRAINT "UploadRow_uploadId_fkey" FOREIGN KEY ("uploadId") REFERENCES "Upload" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "ExperimentRun_runId_idx" ON "ExperimentRun"("runId");

-- CreateIndex
CREATE INDEX "Sweep_experimentId_id_idx" ON "Sweep"("experimentId", "id");

-- CreateIndex
CREATE INDEX "Sweep_status_idx" ON "Sweep"("status");

-- CreateIndex
CREATE INDEX "SweepRow_sweepId_status_index_idx" ON "SweepRow"("sweepId", "status", "index");

-- CreateIndex
CREATE INDEX "SweepRow_runId_idx" ON "SweepRow"("runId");
