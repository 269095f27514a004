-- DropIndex
DROP INDEX "Run_status_idx";

-- AlterTable
ALTER TABLE "Run" ADD COLUMN "method" TEXT;
ALTER TABLE "Run" ADD COLUMN "promptText" TEXT;
ALTER TABLE "Run" ADD COLUMN "promptFolded" TEXT;

-- Runs of before have their method in the request. Their prompts stay null: only a tokenizer can tell the text.
UPDATE "Run" SET "method" = json_extract("input", '$.method') WHERE "kind" = 'LOGIT_ATTRIBUTION';

-- CreateIndex
CREATE INDEX "Run_status_id_idx" ON "Run"("status", "id");

-- CreateIndex
CREATE INDEX "Run_modelName_id_idx" ON "Run"("modelName", "id");

-- CreateIndex
CREATE INDEX "Run_method_id_idx" ON "Run"("method", "id");
