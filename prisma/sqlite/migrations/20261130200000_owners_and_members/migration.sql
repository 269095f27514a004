-- AlterTable
ALTER TABLE "Run" ADD COLUMN "owner" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Run" ADD COLUMN "shared" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Run" ADD COLUMN "attempt" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Run" ADD COLUMN "worker" TEXT;
ALTER TABLE "Experiment" ADD COLUMN "owner" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Sweep" ADD COLUMN "server" TEXT;
ALTER TABLE "Upload" ADD COLUMN "owner" TEXT NOT NULL DEFAULT '';

-- DropIndex
DROP INDEX "Experiment_name_key";

-- CreateIndex
CREATE UNIQUE INDEX "Experiment_owner_name_key" ON "Experiment"("owner", "name");

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "hash" BLOB NOT NULL,
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "limits" TEXT NOT NULL DEFAULT '{}',
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME,
    "revokedAt" DATETIME
);

-- CreateTable
CREATE TABLE "Member" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "seenAt" DATETIME NOT NULL,
    "state" TEXT NOT NULL DEFAULT '{}'
);

-- CreateTable
CREATE TABLE "Task" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "server" TEXT NOT NULL,
    "worker" TEXT,
    "revision" TEXT NOT NULL,
    "modelName" TEXT NOT NULL,
    "client" TEXT NOT NULL,
    "share" TEXT NOT NULL,
    "mostTaken" INTEGER,
    "trace" TEXT,
    "work" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "answer" BLOB
);

-- CreateTable
CREATE TABLE "TaskStep" (
    "taskId" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "step" BLOB NOT NULL,

    PRIMARY KEY ("taskId", "sequence"),
    CONSTRAINT "TaskStep_taskId_fkey" FOREIGN KEY ("taskId") REFERENCES "Task" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "TaskRun" (
    "runId" TEXT NOT NULL PRIMARY KEY,
    "taskId" TEXT NOT NULL,
    CONSTRAINT "TaskRun_taskId_fkey" FOREIGN KEY ("taskId") REFERENCES "Task" ("id") ON DELETE CASCADE ON UPDATE CASCADE
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
